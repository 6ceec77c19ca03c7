//! How the story prints.

use crossings_netlink::{Gauge, listener::Event};
use std::fmt::Display;

/// Prints what a call returned, or how it was refused.
pub fn show<T: Display, E: Display>(call: &str, result: Result<T, E>) {
    match result {
        Ok(value) => println!("{call}: {value}"),
        Err(error) => println!("{call}: {error}"),
    }
}

/// Prints all that is known of a gauge.
pub fn print_gauge(what: &str, gauge: &Gauge) {
    let Gauge { id, name, value, range, alarm } = gauge;
    println!(
        "{what}: gauge {id} \"{name}\", value {value}, range {} to {}, alarm {alarm}",
        range.start(),
        range.end()
    );
}

/// What an event says.
pub fn said(event: Option<Event>) -> String {
    match event {
        Some(Event::Changed(gauge)) => format!("changed to {}", gauge.value),
        Some(Event::Gone(_)) => "gone".into(),
        None => "nothing".into(),
    }
}

/// What a call that returns nothing of interest has to say.
pub fn done<T>(_: T) -> &'static str {
    "done"
}
