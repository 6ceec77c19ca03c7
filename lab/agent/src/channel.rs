//! The way to the host, for all threads that have something to tell it.

use agent::{Answer, Event, News, send};
use std::{
    fs::File,
    sync::{Arc, Mutex, PoisonError},
};

/// The channel's writing half. Copies speak through the same one.
#[derive(Clone)]
pub struct Channel(
    /// Guards the port, so that frames stay whole.
    Arc<Mutex<File>>,
);

impl Channel {
    /// The channel through the port to the host.
    pub fn new(port: File) -> Self {
        Channel(Arc::new(Mutex::new(port)))
    }

    /// Says that the guest has booted.
    pub fn ready(&self) {
        self.send(&Event::Ready);
    }

    /// Answers a call.
    pub fn answer(&self, to: u32, answer: Answer) {
        self.send(&Event::Answer { to, answer });
    }

    /// Tells what has happened to a program.
    pub fn tell(&self, program: u32, news: News) {
        self.send(&Event::News { program, news });
    }

    /// The port can only fail when the host has gone, and then this machine goes with it.
    fn send(&self, event: &Event) {
        let _ = send(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner), event);
    }
}
