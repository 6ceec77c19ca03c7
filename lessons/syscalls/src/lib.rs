//! How a program calls the kernel.
//!
//! [`instruction`] makes a call with nothing in between, and [`ways`] makes the same call
//! in five ways, from the instruction up to std. [`clock`] asks for the time with and
//! without a call. [`tracer`] watches the calls of a child, [`call`] prints them, and
//! [`registers`] and [`interrupted`] are two things to see with it. [`filter`] has the
//! kernel refuse a call. [`numbers`] looks names up, [`mistake`] holds the calls that fail,
//! [`copied`] two habits that do harm, and [`path`] records the way through the kernel.
//! [`child`] starts processes.
//!
//! Only x86-64 has these registers and numbers; the lab's kernels are for it too. What a 32-bit
//! x86 program has instead stands below each of them.

pub mod call;
pub mod child;
pub mod clock;
pub mod copied;
pub mod filter;
pub mod instruction;
pub mod interrupted;
pub mod mistake;
pub mod numbers;
pub mod path;
pub mod registers;
pub mod tracer;
pub mod ways;
