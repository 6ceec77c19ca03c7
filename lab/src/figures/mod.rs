//! Pictures that the tool draws for the book: what every crossing costs, measured on this machine and kept beside the lesson
//! `choosing`, and recordings of a terminal.

mod chart;
pub mod compare;
mod latency;
pub mod markdown;
pub mod measure;
pub mod measured;
pub mod pictures;
pub mod recording;
mod relation;
mod throughput;
