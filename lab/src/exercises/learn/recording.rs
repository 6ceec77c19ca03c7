//! A recording of the screen: what was drawn and when, as an SVG picture that plays in a browser. Nothing in it is made
//! up: it is the cells of the terminal, as ratatui drew them.

use anyhow::{Context, Result};
use ratatui::{
    buffer::{Buffer, Cell},
    style::{Color, Modifier},
};
use std::{
    fmt::Write,
    fs,
    path::PathBuf,
    time::{Duration, Instant},
};

/// The size of a cell in the picture, in pixels.
const CELL: (u16, u16) = (8, 17);

/// How long the last screen stays before the recording begins again.
const LAST: Duration = Duration::from_secs(6);

/// A recording.
pub struct Recording {
    path: PathBuf,
    started: Instant,
    /// What was drawn, each with the time since the start.
    screens: Vec<(Duration, Buffer)>,
}

impl Recording {
    /// Begins a recording that is written to `path` at its end.
    pub fn start(path: PathBuf) -> Self {
        Recording { path, started: Instant::now(), screens: Vec::new() }
    }

    /// Adds a screen, if it is another than the last.
    pub fn add(&mut self, screen: &Buffer) {
        if self.screens.last().is_none_or(|(_, last)| last != screen) {
            self.screens.push((self.started.elapsed(), screen.clone()));
        }
    }

    /// Writes it.
    pub fn finish(&self) -> Result<()> {
        fs::write(&self.path, self.picture()?).with_context(|| format!("write {}", self.path.display()))
    }

    /// Each row for itself: what it says, from when until when. Most rows stay while others change.
    fn picture(&self) -> Result<String> {
        let (_, first) = self.screens.first().context("nothing was drawn")?;
        let (start, end) = (self.screens[0].0, self.screens[self.screens.len() - 1].0);
        let whole = (end - start + LAST).as_secs_f64();
        let (mut styles, mut rows) = (String::new(), String::new());
        for row in 0..first.area.height {
            let same =
                |one: &(Duration, Buffer), other: &(Duration, Buffer)| cells(&one.1, row) == cells(&other.1, row);
            let mut from = 0.0;
            let mut shown = 0;
            for (number, stretch) in self.screens.chunk_by(same).enumerate() {
                shown += stretch.len();
                let next = self.screens.get(shown);
                let until = next.map_or(100.0, |(time, _)| (*time - start).as_secs_f64() / whole * 100.0);
                let text = elements(&cells(&stretch[0].1, row), row)?;
                if !text.is_empty() {
                    let name = format!("r{row}-{number}");
                    // Where nothing is animated, the last screen stands.
                    let still = if next.is_none() { "visible" } else { "hidden" };
                    write!(styles, "#{name}{{visibility:{still};animation:{name} {whole:.2}s step-end infinite}}")?;
                    write!(styles, "@keyframes {name}{{0%{{visibility:hidden}}{from:.3}%{{visibility:visible}}")?;
                    styles += &if next.is_some() { format!("{until:.3}%{{visibility:hidden}}}}") } else { "}".into() };
                    writeln!(rows, "<g id=\"{name}\">{text}</g>")?;
                }
                from = until;
            }
        }
        let (width, height) = (first.area.width * CELL.0 + 24, first.area.height * CELL.1 + 24);
        Ok(format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" font-size=\"13\" \
             font-family=\"ui-monospace,Menlo,Consolas,'DejaVu Sans Mono',monospace\">\n<title>A recording of cargo lab \
             learn</title>\n<style>text{{fill:#d8dee9;white-space:pre}}.b{{font-weight:bold}}.d{{fill:#8a93a5}}\
             .r{{fill:#ff8080}}.g{{fill:#8fd18f}}.y{{fill:#e6c86e}}{styles}</style>\n\
             <rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"#1b1f27\"/>\n{rows}</svg>\n"
        ))
    }
}

/// The cells of one row of the screen.
fn cells(screen: &Buffer, row: u16) -> Vec<&Cell> {
    (0..screen.area.width).filter_map(|column| screen.cell((column, row))).collect()
}

/// A row's text: an element for each stretch of cells that look alike.
fn elements(cells: &[&Cell], row: u16) -> Result<String> {
    let (mut text, mut column) = (String::new(), 0);
    for stretch in cells.chunk_by(|one, other| class(one) == class(other)) {
        let said: String = stretch.iter().map(|cell| cell.symbol()).collect();
        if !said.trim().is_empty() {
            let (x, y) = (12 + column * CELL.0, 12 + row * CELL.1 + 13);
            let escaped = said.trim_end().replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
            let class = class(stretch[0]);
            write!(text, "<text x=\"{x}\" y=\"{y}\" class=\"{class}\" xml:space=\"preserve\">{escaped}</text>")?;
        }
        column += u16::try_from(stretch.len())?;
    }
    Ok(text)
}

/// How a cell looks, as classes of the style sheet.
fn class(cell: &Cell) -> String {
    let color = match cell.fg {
        Color::Red => "r",
        Color::Green => "g",
        Color::Yellow => "y",
        _ if cell.modifier.contains(Modifier::DIM) => "d",
        _ => "",
    };
    let weight = if cell.modifier.contains(Modifier::BOLD) { "b" } else { "" };
    format!("{color} {weight}").trim().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_that_stays_is_drawn_once() {
        let screen = |state: &str| Buffer::with_lines(["a < title", state]);
        let mut recording = Recording::start("unused".into());
        recording.screens = vec![
            (Duration::from_secs(0), screen("one")),
            (Duration::from_secs(2), screen("two")),
            (Duration::from_secs(4), screen("")),
        ];
        let picture = recording.picture().expect("draw");
        assert_eq!(picture.matches("a &lt; title").count(), 1, "{picture}");
        assert!(
            picture
                .contains("@keyframes r1-0{0%{visibility:hidden}0.000%{visibility:visible}20.000%{visibility:hidden}}")
        );
        assert!(
            picture.contains(
                "@keyframes r1-1{0%{visibility:hidden}20.000%{visibility:visible}40.000%{visibility:hidden}}"
            )
        );
    }
}
