//! One WebSocket: a page does an exercise. A page that goes, or does not listen, ends the check.

use crate::serve::{
    exercise::{
        Exercises,
        check::{Check, Teller},
        desk::Desk,
        message::{Ask, News},
    },
    run::{message::kernel_named, stop::Stop},
    socket,
};
use anyhow::{Context, Result, bail};
use axum::extract::ws::WebSocket;
use std::sync::Arc;
use tokio::{
    sync::mpsc::{UnboundedReceiver, unbounded_channel},
    task::{self, JoinHandle},
};

/// Holds the conversation with a page.
pub async fn hold(mut socket: WebSocket, exercises: Arc<Exercises>) {
    let Some(asked) = socket::first(&mut socket).await else { return };
    let room = exercises.room.clone().try_acquire_owned().context("too many exercises are open: close some pages");
    let opened = match (asked, room) {
        (Ok(Ask::Open { slug, name }), Ok(room)) => {
            let begun = aside(move || Desk::of(exercises.clone(), exercises.find(&slug, &name)?));
            begun.await.map(|desk| (desk, room))
        }
        (Ok(_), Ok(_)) => Err(anyhow::anyhow!("no exercise is open yet")),
        (Err(error), _) | (_, Err(error)) => Err(error),
    };
    match opened {
        Ok((desk, _room)) => talk(&mut socket, desk).await,
        Err(error) => drop(socket::tell(&mut socket, &News::Refused { why: format!("{error:#}") }).await),
    }
    socket::close(socket).await;
}

/// A check that is under way.
struct Running {
    stop: Arc<Stop>,
    waiting: JoinHandle<()>,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop.stop();
        // If it still waits, it leaves the queue. If it runs, its thread holds its turn until its VM has gone.
        self.waiting.abort();
    }
}

/// Does what the page asks, and tells what has changed, until the page goes.
async fn talk(socket: &mut WebSocket, desk: Desk) {
    let mut changes = desk.changes();
    let (teller, mut told): (Teller, UnboundedReceiver<News>) = unbounded_channel();
    let mut running: Option<Running> = None;
    let Some(mut desk) = work(socket, desk, Desk::news).await else { return };
    loop {
        tokio::select! {
            Some(news) = told.recv() => {
                if matches!(news, News::Ended(_)) {
                    running = None;
                    // The record first: whoever hears the end knows what it has changed.
                    let Some(same) = work(socket, desk, Desk::news).await else { return };
                    desk = same;
                }
                if !socket::tell(socket, &news).await {
                    return;
                }
            }
            Ok(()) = changes.changed() => {
                let Some(same) = work(socket, desk, Desk::news).await else { return };
                desk = same;
            }
            asked = socket::next(socket) => {
                let Some(Ok(asked)) = asked else { return };
                match asked {
                    Ask::Stop => running.iter().for_each(|check| check.stop.stop()),
                    Ask::Check { kernel } => match check(&desk, &kernel, running.is_some(), &teller) {
                        Ok(check) => running = Some(check),
                        Err(error) => {
                            if !socket::tell(socket, &News::Trouble { why: format!("{error:#}") }).await {
                                return;
                            }
                        }
                    },
                    asked => {
                        let Some(same) = work(socket, desk, move |desk| answer(desk, asked)).await else { return };
                        desk = same;
                    }
                }
            }
        }
    }
}

/// What is said to a message that is answered at once.
fn answer(desk: &mut Desk, asked: Ask) -> Result<Vec<News>> {
    match asked {
        Ask::Save { text, seen } => desk.save(&text, seen.as_deref()),
        Ask::Settle { keep, text, seen } => desk.settle(keep, &text, seen.as_deref()),
        Ask::Hint => desk.hint(),
        Ask::Reset { text } => desk.reset(text.as_deref()),
        Ask::Open { .. } | Ask::Check { .. } | Ask::Stop => bail!("an exercise is open already"),
    }
}

/// Begins a check.
fn check(desk: &Desk, kernel: &str, runs: bool, teller: &Teller) -> Result<Running> {
    if runs {
        bail!("a check runs already");
    }
    let stop = Arc::new(Stop::default());
    let check = Check {
        exercises: desk.exercises.clone(),
        exercise: desk.exercise.clone(),
        kernel: kernel_named(kernel)?,
        stop: stop.clone(),
        teller: teller.clone(),
    };
    Ok(Running { stop, waiting: task::spawn(check.wait_and_run()) })
}

/// Has something done that reads and writes files and may wait for others, and tells what came of it. None: the page has gone.
async fn work(
    socket: &mut WebSocket,
    mut desk: Desk,
    what: impl FnOnce(&mut Desk) -> Result<Vec<News>> + Send + 'static,
) -> Option<Desk> {
    let (desk, news) = task::spawn_blocking(move || {
        let news = what(&mut desk);
        (desk, news)
    })
    .await
    .ok()?;
    for news in news.unwrap_or_else(|error| vec![News::Trouble { why: format!("{error:#}") }]) {
        if !socket::tell(socket, &news).await {
            return None;
        }
    }
    Some(desk)
}

/// Does what may wait for others in a thread of its own.
async fn aside<T: Send + 'static>(what: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    task::spawn_blocking(what).await.context("the server's thread has ended")?
}
