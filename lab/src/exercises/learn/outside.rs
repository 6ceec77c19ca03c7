//! Other programs that a learner uses beside the screen: their editor, and what shows the book.

use super::short;
use crate::course::Course;
use anyhow::{Context, Result};
use ratatui::{
    DefaultTerminal, Terminal,
    backend::CrosstermBackend,
    crossterm::{
        execute,
        terminal::{Clear, ClearType, EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode},
    },
};
use std::{
    env, io,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// What opens a file or an address with the program that the desktop has for it.
const OPENER: &str = "xdg-open";

/// Opens the learner's file in their editor, which has the terminal until it ends. Returns what the learner should know.
pub fn edit(file: &Path, terminal: &mut DefaultTerminal) -> Result<Option<String>> {
    let named = ["VISUAL", "EDITOR"].into_iter().find_map(|name| env::var(name).ok().filter(|value| !value.is_empty()));
    let found = || ["editor", "nano", "vi"].into_iter().find(|name| which::which(name).is_ok()).map(str::to_string);
    let Some(editor) = named.or_else(found) else {
        return Ok(Some("no editor was found: put the name of yours into the variable EDITOR".into()));
    };
    terminal.show_cursor()?;
    disable_raw_mode()?;
    execute!(io::stdout(), LeaveAlternateScreen)?;
    // A shell, because the variable may hold options, as in `code --wait`.
    let status = Command::new("sh").args(["-c", &format!("{editor} \"$1\""), "sh"]).arg(file).status();
    enable_raw_mode()?;
    execute!(io::stdout(), EnterAlternateScreen, Clear(ClearType::All))?;
    // A new one knows that nothing of it is on the screen. To clear the old one would ask the terminal where its cursor is, and
    // not every terminal answers.
    *terminal = Terminal::new(CrosstermBackend::new(io::stdout()))?;
    let status = status.context("start sh")?;
    Ok((!status.success()).then(|| format!("the editor `{editor}`: {status}")))
}

/// The page of a chapter: as it was built last, or else its source.
pub fn page(course: &Course, slug: &str) -> PathBuf {
    let built = course.pages().join(slug).with_extension("html");
    if built.exists() { built } else { course.book().join(slug).with_extension("md") }
}

/// Shows a chapter's page where there is a desktop. Returns where the page is.
pub fn read(course: &Course, slug: &str) -> String {
    let page = page(course, slug);
    let has_desktop = ["DISPLAY", "WAYLAND_DISPLAY"].iter().any(|name| env::var_os(name).is_some());
    if has_desktop {
        let mut opener = Command::new(OPENER);
        // It says on the screen what goes wrong, or nothing at all; the path is said in any case.
        let _ = opener.arg(&page).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    }
    format!("the chapter: {}", short(&page))
}
