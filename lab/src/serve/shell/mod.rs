//! Shells that a reader opens on a page: each is a WebSocket, and a terminal in a VM of its own with the chapter's module loaded.

mod message;
mod terminal;

use crate::{
    course::Course,
    lessons::kept::Kept,
    serve::{
        run::{message::kernel_named, stop::Stop},
        socket,
    },
    vm::kernel::Kernel,
};
use agent::Size;
use anyhow::{Context, Result, bail, ensure};
use axum::{
    extract::ws::{Message, WebSocket, WebSocketUpgrade},
    response::Response,
};
use message::{Ask, News, Typed, bounded};
use std::sync::{
    Arc,
    mpsc::{SyncSender, sync_channel},
};
use terminal::Teller;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore, mpsc::unbounded_channel},
    task,
};

/// So many may be open at a time.
const SHELLS: usize = 6;

/// So many messages of the page may wait for the guest.
const TYPED: usize = 256;

/// What all shells share.
pub struct Shells {
    course: Course,
    kept: Arc<Kept>,
    room: Arc<Semaphore>,
}

/// What a page wants.
struct Wanted {
    slug: String,
    kernel: Kernel,
    size: Size,
}

impl Shells {
    /// None is open yet.
    pub fn new(course: &Course, kept: Arc<Kept>) -> Self {
        Shells { course: course.clone(), kept, room: Arc::new(Semaphore::new(SHELLS)) }
    }

    /// A name that a page has sent is compared with those that there are, and never opened.
    fn find(&self, asked: Ask) -> Result<Wanted> {
        let Ask::Open { slug, kernel, rows, columns } = asked else { bail!("there is no shell yet") };
        ensure!(self.course.slugs()?.contains(&slug), "there is no lesson {slug:?}");
        Ok(Wanted { slug, kernel: kernel_named(&kernel)?, size: bounded(rows, columns) })
    }
}

/// Lets a page ask for a shell. Whether it may is known already.
pub fn open(shells: Arc<Shells>, upgrade: WebSocketUpgrade) -> Response {
    socket::open(upgrade, message::LONGEST, |socket| hold(socket, shells))
}

/// Holds the conversation with a page.
async fn hold(mut socket: WebSocket, shells: Arc<Shells>) {
    let Some(asked) = socket::first(&mut socket).await else { return };
    let room = || {
        let full = || format!("{SHELLS} shells are open already: close one, and open this one again");
        shells.room.clone().try_acquire_owned().ok().with_context(full)
    };
    match asked.and_then(|asked| shells.find(asked)).and_then(|wanted| Ok((wanted, room()?))) {
        Ok((wanted, room)) => talk(&mut socket, shells, wanted, room).await,
        Err(error) => drop(socket::send(&mut socket, News::Ended(format!("{error:#}")).message()).await),
    }
    socket::close(socket).await;
}

/// Passes on what the page types and what the shell says, until one of them ends.
async fn talk(socket: &mut WebSocket, shells: Arc<Shells>, wanted: Wanted, room: OwnedSemaphorePermit) {
    let (news, mut told) = unbounded_channel();
    let (keys, typed) = sync_channel(TYPED);
    let teller = Arc::new(Teller::new(news));
    let stop = Arc::new(Stop::default());
    {
        let (teller, stop) = (teller.clone(), stop.clone());
        // The VM dies with the thread that has started it; its place is free when it has gone.
        task::spawn_blocking(move || {
            let why = terminal::converse(&shells, &wanted, &stop, &teller, typed)
                .unwrap_or_else(|error| format!("{error:#}"));
            drop(room);
            teller.tell(News::Ended(why));
        });
    }
    let mut goes_on = true;
    while goes_on {
        goes_on = tokio::select! {
            Some(news) = told.recv() => {
                let is_end = matches!(news, News::Ended(_));
                if let News::Shown(bytes) = &news {
                    teller.taken(bytes.len());
                }
                socket::send(socket, news.message()).await && !is_end
            },
            heard = socket.recv() => is_taken(heard, &keys),
        };
    }
    stop.stop();
}

/// Passes on what the page says; false: it has gone, says what is no message, or more than the guest takes.
fn is_taken(heard: Option<Result<Message, axum::Error>>, keys: &SyncSender<Typed>) -> bool {
    match heard {
        Some(Ok(Message::Ping(_) | Message::Pong(_))) => true,
        Some(Ok(message)) => Typed::read(message).is_some_and(|typed| keys.try_send(typed).is_ok()),
        Some(Err(_)) | None => false,
    }
}
