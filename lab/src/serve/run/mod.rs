//! Runs that a reader asks for on a page: each has a WebSocket, a place in a queue, and a VM of its own.

pub mod message;
mod player;
pub mod queue;
mod session;
pub mod stop;

use crate::{course::Course, lessons::kept::Kept, serve::socket};
use axum::{extract::ws::WebSocketUpgrade, response::Response};
use queue::Queue;
use std::sync::Arc;

/// What all runs share.
pub struct Runs {
    course: Course,
    kept: Arc<Kept>,
    queue: Queue,
}

impl Runs {
    /// Nothing runs yet. Runs wait in this queue.
    pub fn new(course: &Course, kept: Arc<Kept>, queue: Queue) -> Self {
        Runs { course: course.clone(), kept, queue }
    }
}

/// Lets a page ask for a run over a WebSocket. Whether it may is known already.
pub fn open(runs: Arc<Runs>, upgrade: WebSocketUpgrade) -> Response {
    socket::open(upgrade, message::LONGEST, |socket| session::hold(socket, runs))
}
