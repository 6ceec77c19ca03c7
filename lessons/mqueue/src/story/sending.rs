//! The part of the story in which messages go from here to there, or do not.

use super::done;
use anyhow::{Context, Result};
use crossings_mqueue::queue::{Queue, drain, receive};
use lesson::{child::Child, errno, part, show};
use posixmq::OpenOptions;

const QUESTIONS: &str = "/crossings-questions";
const ANSWERS: &str = "/crossings-answers";

// ANCHOR: two_processes
pub fn two_processes() -> Result<()> {
    part("two processes");
    let questions = Queue::create(QUESTIONS, 4, 64).context("create a queue")?;
    let answers = Queue::create(ANSWERS, 4, 64).context("create a queue")?;
    let child = Child::counting(answer)?;
    for text in ["stressed", "a", ""] {
        questions.send(0, text.as_bytes())?;
        println!("{text:?} was answered with {}", receive(&answers)?);
    }
    println!("the child has answered {} questions, and has ended", child.number()?);
    Ok(())
}

/// The other process. It knows two names, and nothing else of us.
fn answer() -> nix::Result<usize> {
    let questions = errno(OpenOptions::readonly().open(QUESTIONS))?;
    let answers = errno(OpenOptions::writeonly().open(ANSWERS))?;
    for count in 1.. {
        let mut message = receive(&questions)?;
        message.bytes.reverse();
        errno(answers.send(message.priority, &message.bytes))?;
        if message.bytes.is_empty() {
            return Ok(count);
        }
    }
    Ok(0)
}
// ANCHOR_END: two_processes

// ANCHOR: priorities
pub fn priorities() -> Result<()> {
    part("priorities");
    let queue = Queue::create("/crossings-priorities", 8, 16)?;
    let messages = [("a", 0), ("b", 9), ("c", 0), ("d", 32767), ("e", 9)];
    for (text, priority) in messages {
        queue.send(priority, text.as_bytes())?;
    }
    print!("sent:    ");
    messages.iter().for_each(|(text, priority)| print!(" {text:?} ({priority})"));
    print!("\nreceived:");
    drain(&queue)?.iter().for_each(|message| print!(" {message}"));
    println!();
    Ok(())
}
// ANCHOR_END: priorities

// ANCHOR: the_size
pub fn the_size() -> Result<()> {
    part("the size");
    let queue = Queue::create("/crossings-size", 4, 8)?;
    show("send 8 bytes", errno(queue.send(0, &[1; 8])).map(done));
    show("send 9 bytes", errno(queue.send(0, &[1; 9])).map(done));
    drain(&queue)?;
    queue.send(0, b"x")?;
    let length = |(_, length)| format!("{length} byte");
    show("receive 1 byte into 7", errno(queue.recv(&mut [0; 7])).map(length));
    println!("messages in the queue: {}", queue.attributes()?.current_messages);
    show("receive 1 byte into 8", errno(queue.recv(&mut [0; 8])).map(length));
    Ok(())
}
// ANCHOR_END: the_size

pub fn refused() -> Result<()> {
    part("refused");
    let queue = Queue::create("/crossings-refused", 4, 8)?;
    let name = queue.name();
    show("priority 32767", errno(queue.send(32767, b"x")).map(done));
    show("priority 32768", errno(queue.send(32768, b"x")).map(done));
    let reader = OpenOptions::readonly().open(name)?;
    show("send to what is open to receive", errno(reader.send(0, b"x")).map(done));
    let writer = OpenOptions::writeonly().open(name)?;
    let received = errno(writer.recv(&mut [0; 8])).map(|_| "done");
    show("receive from what is open to send", received);

    let open =
        |options: &OpenOptions, name: &str| errno(options.open(name)).map(|_| "open");
    let readwrite = OpenOptions::readwrite;
    show("a name that is not there", open(&readwrite(), "/crossings-nobody"));
    show("a new queue of a name that is", open(readwrite().create_new(), name));
    show("no name but the slash", open(readwrite().create(), "/"));
    show("a second slash", open(readwrite().create(), "/crossings/refused"));
    show("255 letters", open(&readwrite(), &format!("/{:x<255}", "")));
    show("256 letters", open(&readwrite(), &format!("/{:x<256}", "")));
    let name = "/crossings-half";
    show("a capacity, but no size", open(readwrite().create().capacity(4), name));
    Ok(())
}
