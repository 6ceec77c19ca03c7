//! `cargo lab dev draw`: what the book shows of kept figures and of records: charts, tables and pictures, made from these
//! and from nothing else, so that `cargo lab dev lint` can make them again and compare.

use crate::{
    course::Course,
    figures::{latency, markdown, measure, measured::Measured, relation, throughput, trace},
};
use anyhow::{Context, Result};
use std::{fs, process::ExitCode};

/// What the book shows of the figures: each file's name in `book/figures` and its content.
fn pictures(measured: &Measured) -> [(&'static str, String); 9] {
    [
        ("choosing-latency.svg", latency::draw(&measured.lab, &measured.host)),
        ("choosing-throughput.svg", throughput::draw(&measured.lab, &measured.host)),
        ("choosing-machine.md", markdown::machine(measured)),
        ("choosing-latency.md", markdown::latency(&measured.lab)),
        ("choosing-sizes.md", markdown::sizes(&measured.lab)),
        ("choosing-apart.md", markdown::apart(measured)),
        ("choosing-emulation.md", markdown::emulation(measured)),
        ("choosing-rep.md", markdown::rep(measured)),
        ("choosing-compared.md", markdown::compared(&measured.compared)),
    ]
}

/// Runs the command: draws the kept figures and the lessons' records.
pub fn command() -> Result<ExitCode> {
    let course = Course::find()?;
    let slugs = course.slugs()?;
    if slugs.iter().any(|slug| slug == measure::LESSON) {
        draw(&Measured::read(&Measured::path(&course))?, &course)?;
        println!("drawn: what was measured last");
    }
    for slug in &slugs {
        write(&course, &trace::name(slug), &trace::draw(&course, slug)?)?;
    }
    println!("drawn: what {} lessons recorded", slugs.len());
    Ok(ExitCode::SUCCESS)
}

/// Draws what the book shows of the figures.
pub fn draw(measured: &Measured, course: &Course) -> Result<()> {
    pictures(measured).iter().try_for_each(|(name, content)| write(course, name, content))
}

fn write(course: &Course, name: &str, content: &str) -> Result<()> {
    let path = course.book().join("figures").join(name);
    fs::write(&path, content).with_context(|| format!("write {}", path.display()))
}

/// What in the book is not what the kept figures give, for `cargo lab dev lint`: charts and tables, and sentences that quote a
/// relation. A course without the chapter has none.
pub fn faults(course: &Course) -> Result<Vec<String>> {
    if !course.lesson(measure::LESSON).is_dir() {
        return Ok(Vec::new());
    }
    let measured = match Measured::read(&Measured::path(course)) {
        Ok(measured) => measured,
        Err(error) => return Ok(vec![format!("{error:#}: run `cargo lab dev measure`")]),
    };
    let stale = |(name, content): &(&str, String)| {
        fs::read_to_string(course.book().join("figures").join(name)).ok().as_ref() != Some(content)
    };
    let pictures = pictures(&measured);
    let stale = pictures
        .iter()
        .filter(|picture| stale(picture))
        .map(|(name, _)| format!("book/figures/{name} is not what measured.json gives: run `cargo lab dev draw`"));
    let page = fs::read_to_string(course.book().join("choosing.md")).unwrap_or_default();
    Ok(stale.chain(measured.short_batches()).chain(relation::faults("book/choosing.md", &page, &measured)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figures::{
        chart::{WIDTH, tests::texts},
        measured::{Figure, To, tests::figure},
    };
    use regex::Regex;
    use std::path::Path;

    fn charts() -> [String; 2] {
        let ways = [
            ("pipe", To::Process),
            ("message queue", To::Process),
            ("shared memory", To::Process),
            ("/sys", To::Kernel),
        ];
        let figures = ways.map(|(way, to)| [0, 1, 4, 7].map(|n| figure(way, to, 64 << (2 * n), 10_u64.pow(n + 2))));
        let figures = figures.concat();
        let host: Vec<_> = figures.iter().map(|one| Figure { median: one.median / 7 + 1, ..one.clone() }).collect();
        [latency::draw(&figures, &host), throughput::draw(&figures, &host)]
    }

    #[test]
    fn nothing_lies_outside_of_the_picture() {
        let circle = Regex::new(r#"cx="([-0-9.]+)""#).expect("regex");
        for chart in charts() {
            for found in circle.captures_iter(&chart) {
                let x: f64 = found[1].parse().expect("a number");
                assert!((0.0..=WIDTH).contains(&x), "{x}");
            }
            for (words, left, right, ..) in texts(&chart) {
                assert!(left >= 0.0 && right <= WIDTH, "{words}: {left} to {right}");
            }
        }
    }

    #[test]
    fn the_scale_has_its_name_in_words() {
        for chart in charts() {
            assert!(
                texts(&chart).iter().any(|(words, ..)| words.contains("on a logarithmic scale")
                    || words.starts_with("On logarithmic scales")),
                "{chart}"
            );
        }
    }

    #[test]
    fn a_bar_shows_beside_the_dot_on_it() {
        let dot = Regex::new(r#"r="([0-9.]+)" style="fill: var\(--(?:user|kernel)"#).expect("regex");
        let bar = Regex::new("stroke-width: ([0-9.]+); stroke-opacity: 0.4").expect("regex");
        let number = |found: Option<regex::Captures>| found.expect("one")[1].parse::<f64>().expect("a number");
        for chart in charts() {
            let (radius, width) = (number(dot.captures(&chart)), number(bar.captures(&chart)));
            assert!(width >= 2.0 * radius + 4.0, "a bar of {width}, a dot of {}", 2.0 * radius);
        }
    }

    /// A page of 390 px shows a picture 360 px wide, or 348 px where the browser has a scroll bar, and nothing in it may be
    /// smaller than 10 px there.
    #[test]
    fn every_text_can_be_read_on_a_phone() {
        const LEAST: f64 = 10.0 / 348.0 * WIDTH;
        let figures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../book/figures");
        let files = fs::read_dir(figures).expect("book/figures").map(|file| file.expect("a file").path());
        // Recordings of a terminal are shown at their own size, and scroll on a phone.
        let is_recording = |path: &Path| ["crash.svg", "learn.svg"].iter().any(|name| path.ends_with(name));
        let drawn = files.filter(|path| path.extension().is_some_and(|end| end == "svg") && !is_recording(path));
        let size = Regex::new("font[^;\"]* ([0-9.]+)px").expect("regex");
        for (name, drawing) in drawn.map(|path| (path.display().to_string(), fs::read_to_string(path).expect("read"))) {
            assert!(drawing.contains("viewBox=\"0 0 400 "), "{name}");
            for found in size.captures_iter(&drawing) {
                assert!(found[1].parse::<f64>().expect("a number") >= LEAST, "{name}: {}", &found[0]);
            }
        }
    }
}
