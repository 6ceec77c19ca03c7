//! What calls cost: measured, and shown, and never held against what they cost elsewhere.
//!
//! A measured figure begins with `≈`. [`Time`], [`Times`] and [`table`] print such figures, and
//! [`without_figures`] finds them again: whoever compares two outputs leaves them out.

use std::{
    fmt::{self, Display, Formatter},
    time::{Duration, Instant},
};

/// The mark of a measured figure.
const MARK: char = '≈';

/// The units of time, each a thousand of the one before it.
const UNITS: [&str; 4] = ["ns", "µs", "ms", "s"];

/// The unit of [`Times`].
const TIMES: &str = "times";

/// The time that one of each of `calls` takes, from the best of so many `rounds`, in each of
/// which it is made so many `times` in a row.
///
/// The calls take turns and only the best round counts, because whatever else the machine
/// does can only add to a time. Print the results as [`Time`] or by [`table`]; they say as
/// much about the machine as about the calls. Whether a call succeeds is to be seen before
/// it is timed.
pub fn costs<const N: usize>(
    rounds: u32,
    times: u32,
    mut calls: [&mut dyn FnMut(); N],
) -> [Duration; N] {
    let mut best = [Duration::MAX; N];
    for _ in 0..rounds {
        for (best, call) in best.iter_mut().zip(&mut calls) {
            let start = Instant::now();
            (0..times).for_each(|_| call());
            *best = (start.elapsed() / times).min(*best);
        }
    }
    best
}

/// A measured time: `≈ 4.84 µs`, always as wide as this, so that columns line up.
#[derive(Clone, Copy, Debug)]
pub struct Time(pub Duration);

impl Display for Time {
    fn fmt(&self, f: &mut Formatter) -> fmt::Result {
        let (number, unit) = three_digits(self.0.as_nanos() as f64, &UNITS);
        write!(f, "{MARK} {number:>4} {unit:>2}")
    }
}

/// How many times one measured time fits into another: `≈  2.5 times`.
#[derive(Clone, Copy, Debug)]
pub struct Times(f64);

impl Times {
    /// `time`, counted in `units`.
    pub fn of(time: Duration, unit: Duration) -> Times {
        // A clock may be too coarse to see the unit at all.
        Times(time.as_nanos() as f64 / unit.as_nanos().max(1) as f64)
    }
}

impl Display for Times {
    fn fmt(&self, f: &mut Formatter) -> fmt::Result {
        let digits = if self.0 >= 9.95 { 0 } else { 1 + usize::from(self.0 < 0.995) };
        write!(f, "{MARK} {:>4.digits$} {TIMES}", self.0)
    }
}

/// Prints what things cost, a line for each, and how many times the first of them fits into
/// each of the others.
pub fn table(rows: &[(&str, Duration)]) {
    print!("{}", lines(rows));
}

fn lines(rows: &[(&str, Duration)]) -> String {
    let width = rows.iter().map(|(what, _)| what.chars().count()).max().unwrap_or(0);
    let mut text = String::new();
    for (place, (what, cost)) in rows.iter().enumerate() {
        text += &format!("{what:width$}  {}", Time(*cost));
        if place > 0 {
            text += &format!("  {} the top row", Times::of(*cost, rows[0].1));
        }
        text.push('\n');
    }
    text
}

/// A number in three digits, and its unit: the first of `units`, or a later one, each of
/// which is a thousand of the one before it.
pub fn three_digits<'a>(mut value: f64, units: &[&'a str]) -> (String, &'a str) {
    let mut units = units.iter();
    let mut unit = units.next().copied().unwrap_or_default();
    let mut whole = true;
    while value >= 999.5
        && let Some(larger) = units.next()
    {
        (value, unit, whole) = (value / 1000.0, larger, false);
    }
    let digits = if whole || value >= 99.95 { 0 } else { 1 + usize::from(value < 9.995) };
    (format!("{value:.digits$}"), unit)
}

/// A text with `≈ …` for every measured figure, however wide it is. Everything else stays.
pub fn without_figures(text: &str) -> String {
    let mut rest = text;
    let mut plain = String::with_capacity(text.len());
    while let Some((before, after)) = rest.split_once(MARK) {
        plain += before;
        plain.push(MARK);
        rest = match after_figure(after) {
            Some(after) => {
                plain += " …";
                after
            }
            None => after,
        };
    }
    plain + rest
}

/// Whether a text holds a measured figure.
pub fn has_figure(text: &str) -> bool {
    text.split(MARK).skip(1).any(|after| after_figure(after).is_some())
}

/// What comes behind the number and the unit at the beginning of a text, if they are there.
fn after_figure(text: &str) -> Option<&str> {
    let number = text.strip_prefix(' ')?.trim_start_matches(' ');
    let unit = number.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
    let is_number = unit.len() < number.len();
    let unit = unit.strip_prefix(' ').filter(|_| is_number)?.trim_start_matches(' ');
    let mut units = UNITS.iter().chain([&TIMES]);
    let rest = units.find_map(|name| unit.strip_prefix(name))?;
    (!rest.starts_with(char::is_alphanumeric)).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NANOSECONDS: [u64; 9] =
        [0, 57, 999, 1000, 4841, 12_340, 383_525, 999_600, 4_000_000_000];

    #[test]
    fn a_time_has_three_digits_and_a_unit_and_is_always_as_wide() {
        let times = NANOSECONDS.map(|time| Time(Duration::from_nanos(time)).to_string());
        assert_eq!(
            times,
            [
                "≈    0 ns",
                "≈   57 ns",
                "≈  999 ns",
                "≈ 1.00 µs",
                "≈ 4.84 µs",
                "≈ 12.3 µs",
                "≈  384 µs",
                "≈ 1.00 ms",
                "≈ 4.00  s"
            ]
        );
    }

    #[test]
    fn a_ratio_has_two_digits_or_as_many_as_it_needs() {
        let times = [25, 99, 100, 190, 994, 2940, 123_456].map(|time| {
            Times::of(Duration::from_nanos(time), Duration::from_nanos(100)).to_string()
        });
        assert_eq!(
            times,
            [
                "≈ 0.25 times",
                "≈ 0.99 times",
                "≈  1.0 times",
                "≈  1.9 times",
                "≈  9.9 times",
                "≈   29 times",
                "≈ 1235 times"
            ]
        );
        let nothing = Times::of(Duration::from_nanos(8), Duration::ZERO);
        assert_eq!(nothing.to_string(), "≈  8.0 times");
    }

    #[test]
    fn the_columns_of_a_table_line_up() {
        let costs = [("a call", 312), ("another", 8900)]
            .map(|(what, cost)| (what, Duration::from_nanos(cost)));
        assert_eq!(
            lines(&costs),
            "a call   ≈  312 ns\nanother  ≈ 8.90 µs  ≈   29 times the top row\n"
        );
    }

    #[test]
    fn every_figure_that_is_written_is_found_again() {
        for time in NANOSECONDS.map(Duration::from_nanos) {
            for other in NANOSECONDS.map(Duration::from_nanos) {
                let text = lines(&[("one", time), ("the other", other)]);
                assert!(has_figure(&text), "{text}");
                assert_eq!(
                    without_figures(&text),
                    "one        ≈ …\nthe other  ≈ …  ≈ … the top row\n",
                    "{text}"
                );
            }
        }
    }

    #[test]
    fn what_is_no_figure_stays() {
        for text in [
            "",
            "0.52 µs",
            "≈",
            "≈ …",
            "≈ µs",
            "≈0.52 µs",
            "≈ 0.52µs",
            "≈ 3 sheep",
            "≈ 3 apples, ≈ 4",
            "π ≈ 3.14",
        ] {
            assert_eq!(without_figures(text), text);
            assert!(!has_figure(text), "{text}");
        }
        assert_eq!(without_figures("about ≈ 3 s."), "about ≈ ….");
        assert_eq!(without_figures("≈ ≈ 1.5  s≈ 2 times"), "≈ ≈ …≈ …");
    }
}
