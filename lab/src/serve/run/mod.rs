//! Runs that a reader asks for on a page: each has a WebSocket, a place in a queue, and a VM of its own.

pub mod message;
mod player;
pub mod queue;
mod session;
pub mod stop;

use crate::{course::Course, lessons::kept::Kept};
use axum::{
    extract::ws::{WebSocket, WebSocketUpgrade},
    response::Response,
};
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
    upgrade
        .max_message_size(message::LONGEST)
        .max_frame_size(message::LONGEST)
        .on_upgrade(|socket: WebSocket| session::hold(socket, runs))
}
