//! The parts of the story.

pub mod copied;
pub mod file;
pub mod inside;
pub mod instead;
pub mod lasting;
pub mod limits;
pub mod notified;
pub mod sending;
pub mod waiting;

/// What a call that returns nothing has to say.
fn done((): ()) -> &'static str {
    "done"
}
