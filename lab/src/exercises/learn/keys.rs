//! The keys: who reads them, and what each of them does.

use super::{Event, Session, outside, screen::Screen, short};
use crate::{lessons::log, vm::kernels::DEFAULT};
use anyhow::Result;
use ratatui::{
    DefaultTerminal,
    crossterm::event::{self, KeyCode, KeyEventKind, KeyModifiers},
};
use std::{
    sync::mpsc::{self, Receiver, SyncSender},
    thread,
};

/// Reads the terminal. It reads on only when what it has read was seen to: meanwhile, the terminal may be an editor's.
pub struct Keyboard(SyncSender<()>);

impl Keyboard {
    /// Sends each key, and each change of size, to `events`.
    pub fn read(events: mpsc::Sender<Event>) -> Self {
        let (go_on, turn) = mpsc::sync_channel(1);
        thread::spawn(move || while read_one(&events, &turn).is_ok() {});
        Keyboard(go_on)
    }

    /// What was read last was seen to.
    pub fn go_on(&self) {
        // It has ended if the terminal has gone.
        let _ = self.0.try_send(());
    }
}

/// Waits for the next key or change of size, and until it was seen to. Fails when nobody listens any more.
fn read_one(events: &mpsc::Sender<Event>, turn: &Receiver<()>) -> Result<()> {
    let event = match event::read()? {
        event::Event::Key(key) if key.kind == KeyEventKind::Press => match key.code {
            KeyCode::Char('c') if key.modifiers.contains(KeyModifiers::CONTROL) => Event::Key(KeyCode::Char('q')),
            code => Event::Key(code),
        },
        event::Event::Resize(..) => Event::Resized,
        _ => return Ok(()),
    };
    events.send(event)?;
    Ok(turn.recv()?)
}

impl Session {
    /// Does what a key is for.
    pub fn press(&mut self, key: KeyCode, screen: &mut Screen, terminal: &mut DefaultTerminal) -> Result<()> {
        let exercise = screen.page.exercise.clone();
        screen.note = None;
        match key {
            KeyCode::Up => screen.up(1),
            KeyCode::Down => screen.down(1),
            KeyCode::PageUp => screen.up(10),
            KeyCode::PageDown | KeyCode::Char(' ') => screen.down(10),
            KeyCode::Home => screen.go_to_top(),
            KeyCode::End => screen.go_to_end(),
            KeyCode::Char('l') => screen.toggle_list(),
            KeyCode::Esc => screen.leave_or_list(),
            KeyCode::Enter => {
                if let Some(chosen) = screen.selected() {
                    *screen = self.open(chosen)?;
                }
            }
            KeyCode::Char('h') => self.hint(screen)?,
            KeyCode::Char('n') => match screen.page.progress.next(&self.exercises, &exercise).cloned() {
                Some(next) => *screen = self.open(next)?,
                None => screen.note = Some("there is no other exercise that has not passed".into()),
            },
            KeyCode::Char('r') => {
                let kept = self.learner.reset(&exercise)?;
                *screen = self.open(exercise)?;
                screen.note = Some(match kept {
                    Some(kept) => format!("begun anew; what you had is in {}", short(&kept)),
                    None => "it is as it was at first".into(),
                });
            }
            KeyCode::Char('e') => screen.note = outside::edit(&self.learner.file(&exercise), terminal)?,
            KeyCode::Char('k') => match log::of(&self.course, &exercise.id.replace('/', "-"), DEFAULT) {
                Some(text) => screen.toggle_log(text),
                None => screen.note = Some("no check has left a kernel log yet".into()),
            },
            KeyCode::Char('b') => screen.note = Some(outside::read(&self.course, exercise.slug())),
            _ => {}
        }
        Ok(())
    }

    /// Gives one more hint, unless the last one is not in view: then it shows that, and spends no other.
    fn hint(&mut self, screen: &mut Screen) -> Result<()> {
        let exercise = screen.page.exercise.clone();
        let taken = screen.page.progress.hints(&exercise).len();
        if taken == 0 || screen.shows_hint() {
            self.learner.take_hint(&exercise)?;
            screen.page.progress = self.learner.progress()?;
        }
        if taken == exercise.hints.len() {
            screen.note = Some("that was the last hint".into());
        }
        screen.show_hint();
        Ok(())
    }
}
