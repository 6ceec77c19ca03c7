//! The book as a site: lessons that run on a kernel in the reader's browser. What such a run takes is a machine that has booted
//! ([`template`]) and the files of each chapter ([`chapter`]). `cargo lab site` makes a folder of both and of the book
//! ([`publish`]), with the same on [`paper`]; `cargo lab dev site` runs the chapters as a browser does, in the same emulator under Node ([`check`]).

mod address;
mod asset;
mod chapter;
pub mod check;
mod contents;
mod epub;
mod head;
mod node;
mod paper;
mod policy;
pub mod publish;
mod table;
mod template;
