//! One WebSocket: a page asks for a run and is told of it. A page that goes, or does not listen, ends the run.

use crate::serve::{
    run::{
        Runs,
        message::{Ask, Ended, How, News, Source, Wanted},
        player,
        queue::Turn,
        stop::Stop,
    },
    socket,
};
use axum::extract::ws::WebSocket;
use std::sync::Arc;
use tokio::{
    sync::mpsc::{self, UnboundedSender},
    task,
};

/// What the run's thread has to say. It is bounded by what a program may print and by how much of a log is told.
type Teller = UnboundedSender<News>;

/// Holds the conversation with a page.
pub async fn hold(mut socket: WebSocket, runs: Arc<Runs>) {
    let Some(asked) = socket::first(&mut socket).await else { return };
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
        let _ = socket::tell(&mut socket, &answer).await;
    }
    socket::close(socket).await;
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
                    if !socket::tell(socket, &heard).await {
                        break false;
                    }
                }
                None => break true,
            },
            asked = socket::next(socket) => match asked {
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
