//! Exercises that a reader does on a page: each is a WebSocket, over which the page is told of the reader's own file and record,
//! has the file written and checked, and hears when either is changed from elsewhere.

mod check;
mod desk;
mod message;
mod session;

use crate::{
    course::Course,
    exercises::{exercise::Exercise, learner::Learner},
    lessons::kept::Kept,
    serve::{learner::Follower, run::queue::Queue, socket},
};
use anyhow::{Context, Result};
use axum::{extract::ws::WebSocketUpgrade, response::Response};
use std::sync::{Arc, Mutex};
use tokio::sync::Semaphore;

/// So many may be open at a time, in all tabs.
const OPEN: usize = 64;

/// What all exercises on pages share.
pub struct Exercises {
    course: Course,
    learner: Learner,
    kept: Arc<Kept>,
    queue: Queue,
    /// Hears of changes in the learner's folder.
    follower: Follower,
    /// Guards the reader's files: a page's message reads one and writes it, and no other page's comes between.
    writing: Mutex<()>,
    room: Arc<Semaphore>,
}

impl Exercises {
    /// None is open yet. Checks wait in this queue.
    pub fn new(course: &Course, kept: Arc<Kept>, queue: Queue, follower: Follower) -> Self {
        Exercises {
            course: course.clone(),
            learner: Learner::of(course),
            kept,
            queue,
            follower,
            writing: Mutex::new(()),
            room: Arc::new(Semaphore::new(OPEN)),
        }
    }

    /// A name that a page has sent is compared with those that there are, and never opened.
    fn find(&self, slug: &str, name: &str) -> Result<Exercise> {
        let slugs = self.course.slugs()?;
        let slug =
            slugs.iter().find(|known| *known == slug).with_context(|| format!("there is no chapter {slug:?}"))?;
        let found = Exercise::of(&self.course, slug)?.into_iter().find(|one| one.id == format!("{slug}/{name}"));
        found.with_context(|| format!("{slug} has no exercise {name:?}"))
    }
}

/// Lets a page ask for an exercise. Whether it may is known already.
pub fn open(exercises: Arc<Exercises>, upgrade: WebSocketUpgrade) -> Response {
    socket::open(upgrade, message::LONGEST, |socket| session::hold(socket, exercises))
}
