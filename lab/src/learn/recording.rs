//! A recording of the screen: what was drawn and when, as an SVG picture that plays in a browser. Nothing in it is made up: it is
//! the cells of the terminal, as ratatui drew them.

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

    fn picture(&self) -> Result<String> {
        let (_, first) = self.screens.first().context("nothing was drawn")?;
        let (start, end) = (self.screens[0].0, self.screens[self.screens.len() - 1].0);
        let whole = (end - start + LAST).as_secs_f64();
        let (width, height) = (first.area.width * CELL.0 + 24, first.area.height * CELL.1 + 24);
        let mut text = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" font-size=\"13\" \
             font-family=\"ui-monospace,Menlo,Consolas,'DejaVu Sans Mono',monospace\">\n<title>A recording of cargo lab \
             learn</title>\n<style>g{{visibility:hidden}}text{{fill:#d8dee9;white-space:pre}}.b{{font-weight:bold}}\
             .d{{fill:#8a93a5}}.r{{fill:#ff8080}}.g{{fill:#8fd18f}}.y{{fill:#e6c86e}}"
        );
        for (number, (time, _)) in self.screens.iter().enumerate() {
            let from = (*time - start).as_secs_f64() / whole * 100.0;
            let until =
                self.screens.get(number + 1).map_or(100.0, |(next, _)| (*next - start).as_secs_f64() / whole * 100.0);
            // Before, during, after; a step has no time to move in.
            write!(text, "#s{number}{{animation:k{number} {whole:.2}s step-end infinite}}@keyframes k{number}{{")?;
            write!(text, "0%{{visibility:hidden}}{from:.3}%{{visibility:visible}}{until:.3}%{{visibility:hidden}}}}")?;
        }
        text += "</style>\n<rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"#1b1f27\"/>\n";
        for (number, (_, screen)) in self.screens.iter().enumerate() {
            writeln!(text, "<g id=\"s{number}\">")?;
            for row in 0..screen.area.height {
                self::row(&mut text, screen, row)?;
            }
            text += "</g>\n";
        }
        Ok(text + "</svg>\n")
    }
}

/// One row: a `text` element for each stretch of cells that look alike.
fn row(text: &mut String, screen: &Buffer, row: u16) -> Result<()> {
    let cells: Vec<&Cell> = (0..screen.area.width).map(|column| &screen[(column, row)]).collect();
    let mut column = 0;
    for stretch in cells.chunk_by(|one, other| class(one) == class(other)) {
        let said: String = stretch.iter().map(|cell| cell.symbol()).collect();
        if !said.trim().is_empty() {
            let (x, y) = (12 + column * CELL.0, 12 + row * CELL.1 + 13);
            let escaped = said.trim_end().replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
            let class = class(stretch[0]);
            writeln!(text, "<text x=\"{x}\" y=\"{y}\" class=\"{class}\" xml:space=\"preserve\">{escaped}</text>")?;
        }
        column += u16::try_from(stretch.len())?;
    }
    Ok(())
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
