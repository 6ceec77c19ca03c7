use crate::{
    Result, Text,
    request::{self, Request},
};

/// Checks your copy of an exercise, `SLUG/NAME`, on a fresh kernel of its own, as `cargo lab verify` does; returns why it
/// works, or what is wrong with it and where your copy is. Err: there is no such exercise, or it could not be checked.
pub fn verify(exercise: &str) -> Result<Text> {
    let said = request::ask(&format!("check {exercise}"), &Request::Verify(exercise.into()))?;
    Ok(Text(said.concat()))
}
