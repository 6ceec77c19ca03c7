//! One WebSocket: a page asks for a run and is told of it. A page that goes, or does not listen, ends the run.

use crate::serve::run::{
    Runs,
    message::{Ask, Ended, How, News, Source, Told, Wanted},
    player,
    queue::Turn,
    stop::Stop,
};
use anyhow::Result;
use axum::extract::ws::{Message, WebSocket};
use std::{sync::Arc, time::Duration};
use tokio::{
    sync::mpsc::{self, UnboundedSender},
    task,
    time::timeout,
};

/// A page says what it wants, and takes what it is told, within this time.
const PATIENCE: Duration = Duration::from_secs(30);

/// What the run's thread has to say. It is bounded by what a program may print and by how much of a log is told.
type Teller = UnboundedSender<News>;

/// Holds the conversation with a page.
pub async fn hold(mut socket: WebSocket, runs: Arc<Runs>) {
    let Ok(Some(asked)) = timeout(PATIENCE, next(&mut socket)).await else { return };
    let refused = |error: anyhow::Error| News::Ended(Ended::because(How::Refused, format!("{error:#}")));
    let answer = match asked {
        Ok(Ask::Run { scene, part, kernel, edits }) => match Wanted::find(&runs.course, &scene, part, &kernel, edits) {
            Ok(wanted) => {
                run(&mut socket, runs, wanted).await;
                None
            }
            Err(error) => Some(refused(error)),
        },
        Ok(Ask::Source { slug, file }) => {
            Some(Source::find(&runs.course, &slug, &file).map_or_else(refused, News::Source))
        }
        Ok(Ask::Stop) => Some(refused(anyhow::anyhow!("there is nothing to stop yet"))),
        Err(error) => Some(refused(error)),
    };
    if let Some(answer) = answer {
        let _ = tell(&mut socket, answer).await;
    }
    let _ = timeout(PATIENCE, socket.send(Message::Close(None))).await;
}

/// Runs what is wanted, and passes on what happens to it.
async fn run(socket: &mut WebSocket, runs: Arc<Runs>, wanted: Wanted) {
    let (teller, mut news) = mpsc::unbounded_channel();
    let stop = Arc::new(Stop::default());
    let waiting = task::spawn(wait_and_play(runs, wanted, stop.clone(), teller));
    let is_heard = loop {
        tokio::select! {
            heard = news.recv() => match heard {
                Some(heard) => {
                    if !tell(socket, heard).await {
                        break false;
                    }
                }
                None => break true,
            },
            asked = next(socket) => match asked {
                Some(Ok(Ask::Stop)) => stop.stop(),
                // Nothing else is to be said now; who says it is no page of ours.
                _ => break false,
            },
        }
    };
    if !is_heard {
        stop.stop();
        // If it still waits, it leaves the queue. If it runs, its thread holds its turn until its VM has gone.
        waiting.abort();
    }
}

async fn wait_and_play(runs: Arc<Runs>, wanted: Wanted, stop: Arc<Stop>, teller: Teller) {
    let tell = |news| drop(teller.send(news));
    let turn = tokio::select! {
        turn = runs.queue.turn(|place| tell(News::Queued { place })) => turn,
        () = stop.stopped() => return tell(News::Ended(Ended::stopped())),
    };
    match turn {
        Ok(turn) => play(runs.clone(), wanted, stop, teller, turn),
        Err(full) => tell(News::Ended(Ended::because(How::Refused, full.to_string()))),
    }
}

/// Plays it in a thread of its own: the VM dies with the thread that has started it.
fn play(runs: Arc<Runs>, wanted: Wanted, stop: Arc<Stop>, teller: Teller, turn: Turn) {
    task::spawn_blocking(move || {
        // Who does not listen any more stops the run.
        let tell = |news| drop(teller.send(news));
        let ended = player::play(&runs, &wanted, &stop, &tell);
        drop(turn);
        tell(News::Ended(ended));
    });
}

/// What the page asks next. None: it has gone, or has said what is no message.
async fn next(socket: &mut WebSocket) -> Option<Result<Ask>> {
    loop {
        match socket.recv().await? {
            Ok(Message::Text(text)) => return Some(Ask::read(&text)),
            Ok(Message::Ping(_) | Message::Pong(_)) => {}
            Ok(Message::Binary(_) | Message::Close(_)) | Err(_) => return None,
        }
    }
}

/// Whether the page has taken it.
async fn tell(socket: &mut WebSocket, news: News) -> bool {
    let text = serde_json::to_string(&Told::from(news)).unwrap_or_default();
    matches!(timeout(PATIENCE, socket.send(Message::Text(text.into()))).await, Ok(Ok(())))
}
