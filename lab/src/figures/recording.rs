//! `cargo lab dev recording`: what was recorded in a terminal, as an SVG picture that plays in a browser. The recording is an
//! asciicast, version 2 (a file format of asciinema's); `ci/record.py` makes one of a real session. Nothing in the picture is
//! made up: it is what a terminal shows that is told the same.

use crate::report::verdict::Mistake;
use anyhow::{Context, Result, bail};
use serde::Deserialize;
use std::{
    fmt::Write,
    fs,
    num::NonZero,
    path::{Path, PathBuf},
    process::ExitCode,
};

/// The size of a cell in the picture, in pixels.
const CELL: (usize, usize) = (8, 17);

/// How long the last screen stays before the recording begins again, in seconds.
const LAST: f64 = 6.0;

/// What is written within this time of something else is shown with it, in seconds.
const AT_ONCE: f64 = 0.03;

/// What to draw.
#[derive(clap::Args)]
pub struct Options {
    /// The recording, an asciicast
    cast: PathBuf,
    /// The picture to write
    picture: PathBuf,
    /// Its title, for those who do not see it
    #[arg(long)]
    title: String,
}

/// The first line of an asciicast.
#[derive(Deserialize)]
struct Header {
    version: u32,
    width: NonZero<u16>,
    height: NonZero<u16>,
}

/// A row of the terminal: stretches of text that look alike, each with the column that it begins in and its class.
type Row = Vec<(usize, String, String)>;

/// What a terminal showed, and when, in seconds.
struct Screen {
    at: f64,
    rows: Vec<Row>,
}

/// Runs the command.
pub fn command(Options { cast, picture, title }: &Options) -> Result<ExitCode> {
    let text = fs::read_to_string(cast).with_context(|| format!("read {}", cast.display()))?;
    let screens = screens(&text, cast)?;
    let name = picture.file_stem().unwrap_or_default().to_string_lossy();
    fs::write(picture, draw(&screens, &name, title)?).with_context(|| format!("write {}", picture.display()))?;
    Ok(ExitCode::SUCCESS)
}

/// Each screen that differs from the one before.
fn screens(cast: &str, path: &Path) -> Result<Vec<Screen>> {
    let (header, events) = cast.split_once('\n').unwrap_or((cast, ""));
    let header: Header = serde_json::from_str(header)
        .ok()
        .filter(|header: &Header| header.version == 2)
        .with_context(|| Mistake(format!("{} is no asciicast of version 2", path.display())))?;
    let mut terminal = vt100::Parser::new(header.height, header.width, 0);
    let mut screens: Vec<Screen> = Vec::new();
    for event in events.lines() {
        let (at, kind, text): (f64, String, String) =
            serde_json::from_str(event).context("an event of the asciicast")?;
        if kind != "o" {
            continue;
        }
        terminal.process(text.as_bytes());
        let rows = rows(terminal.screen());
        match screens.last_mut() {
            Some(last) if last.rows == rows => {}
            Some(last) if at - last.at < AT_ONCE => last.rows = rows,
            _ => screens.push(Screen { at, rows }),
        }
    }
    if screens.is_empty() {
        bail!(Mistake(format!("{} has recorded nothing", path.display())));
    }
    Ok(screens)
}

fn rows(screen: &vt100::Screen) -> Vec<Row> {
    let (height, width) = screen.size();
    (0..height.get())
        .map(|row| {
            let cells: Vec<_> = (0..width.get()).filter_map(|column| screen.cell(row, column)).collect();
            let mut stretches = Row::new();
            let mut column = 0;
            for stretch in cells.chunk_by(|one, other| class(one) == class(other)) {
                let said: String =
                    stretch.iter().map(|cell| if cell.has_contents() { cell.contents() } else { " " }).collect();
                if !said.trim().is_empty() {
                    stretches.push((column, said.trim_end().to_string(), class(stretch[0])));
                }
                column += stretch.len();
            }
            stretches
        })
        .collect()
}

/// How a cell looks, as classes of the style sheet.
fn class(cell: &vt100::Cell) -> String {
    let color = match cell.fgcolor() {
        vt100::Color::Idx(1 | 9) => "r",
        vt100::Color::Idx(2 | 10) => "g",
        vt100::Color::Idx(3 | 11) => "y",
        _ if cell.dim() => "d",
        _ => "",
    };
    let weight = if cell.bold() { "b" } else { "" };
    format!("{color} {weight}").trim().to_string()
}

/// Each row for itself: what it says, from when until when. Most rows stay while others change. The picture may become a part
/// of a page, so what it calls its parts begins with its `name`.
fn draw(screens: &[Screen], name: &str, title: &str) -> Result<String> {
    let (first, last) = screens.first().zip(screens.last()).context("no screen")?;
    let whole = last.at - first.at + LAST;
    let (mut styles, mut rows) = (String::new(), String::new());
    for row in 0..first.rows.len() {
        let (mut from, mut shown) = (0.0, 0);
        for (number, stretch) in screens.chunk_by(|one, other| one.rows[row] == other.rows[row]).enumerate() {
            shown += stretch.len();
            let next = screens.get(shown);
            let until = next.map_or(100.0, |screen| (screen.at - first.at) / whole * 100.0);
            let text = elements(&stretch[0].rows[row], row)?;
            if !text.is_empty() {
                let name = format!("{name}-{row}-{number}");
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
    let widest = screens.iter().flat_map(|screen| &screen.rows).flatten();
    let columns = widest.map(|(column, text, _)| column + text.chars().count()).max().unwrap_or_default();
    let (width, height) = (columns * CELL.0 + 24, first.rows.len() * CELL.1 + 24);
    Ok(format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" id=\"{name}\" role=\"img\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" font-size=\"13\" \
         font-family=\"ui-monospace,Menlo,Consolas,'DejaVu Sans Mono',monospace\">\n<title>{}</title>\n\
         <style>#{name} text{{fill:#d8dee9;white-space:pre}}#{name} .b{{font-weight:bold}}#{name} .d{{fill:#8a93a5}}\
         #{name} .r{{fill:#ff8080}}#{name} .g{{fill:#8fd18f}}#{name} .y{{fill:#e6c86e}}{styles}\
         #{name}:hover g,:focus>#{name} g{{animation-play-state:paused!important}}\
         @media (prefers-reduced-motion:reduce),print{{#{name} g{{animation:none!important}}}}\
         @media print{{#{name} rect{{fill:#fff;stroke:#888}}#{name} text{{fill:#222!important}}}}</style>\n\
         <rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"#1b1f27\"/>\n{rows}</svg>\n",
        escaped(title)
    ))
}

/// A row's text: an element for each stretch.
fn elements(stretches: &Row, row: usize) -> Result<String> {
    let mut text = String::new();
    for (column, said, class) in stretches {
        let (x, y) = (12 + column * CELL.0, 12 + row * CELL.1 + 13);
        write!(text, "<text x=\"{x}\" y=\"{y}\" class=\"{class}\" xml:space=\"preserve\">{}</text>", escaped(said))?;
    }
    Ok(text)
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(cast: &str) -> Result<String> {
        draw(&screens(cast, Path::new("a.cast"))?, "a", "a < title")
    }

    #[test]
    fn a_row_that_stays_is_drawn_once() {
        let cast = "{\"version\": 2, \"width\": 20, \"height\": 2}\n\
                    [0.0, \"o\", \"stays <here>\\r\\none\"]\n[1.0, \"i\", \"typed\"]\n\
                    [2.0, \"o\", \"\\r\\u001b[31mtwo\\u001b[0m\"]\n[4.0, \"o\", \"\\r   \"]\n";
        let picture = picture(cast).expect("draw");
        assert_eq!(picture.matches("stays &lt;here&gt;").count(), 1, "{picture}");
        assert!(picture.contains("class=\"r\" xml:space=\"preserve\">two<"), "{picture}");
        for frames in [
            "@keyframes a-1-0{0%{visibility:hidden}0.000%{visibility:visible}20.000%{visibility:hidden}}",
            "@keyframes a-1-1{0%{visibility:hidden}20.000%{visibility:visible}40.000%{visibility:hidden}}",
        ] {
            assert!(picture.contains(frames), "{picture}");
        }
    }

    #[test]
    fn what_is_no_recording_is_refused() {
        for (cast, why) in
            [("hello", "is no asciicast"), ("{\"version\": 2, \"width\": 2, \"height\": 2}\n", "recorded nothing")]
        {
            let error = format!("{:#}", picture(cast).expect_err("no recording"));
            assert!(error.contains(why), "{error}");
        }
    }
}
