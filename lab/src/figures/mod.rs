//! What every crossing costs: measured on this machine, kept beside the lesson `choosing`, and drawn for the book; and what the kernel recorded of every
//! crossing, drawn too.

mod chart;
pub mod compare;
mod latency;
pub mod markdown;
pub mod measure;
pub mod measured;
pub mod pictures;
mod relation;
mod throughput;
pub mod trace;
