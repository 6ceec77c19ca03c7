//! What the agent promises, in guests as every command uses them.

use super::template;
use crate::vm::{
    channel::{self, Heard, Program, Spawn},
    guest::{Guest, Limits},
    kernels::DEFAULT,
};
use agent::{Answer, Exit, QUEUE_MAX, Request, Size, Stream};
use nix::sys::signal::Signal;
use std::time::Duration;

const TIME: Duration = Duration::from_secs(60);

fn guest() -> Guest {
    template(DEFAULT).and_then(|template| template.clone_guest()).expect("a guest")
}

fn input(program: &Program, bytes: Vec<u8>) -> Request {
    Request::Input { program: program.id(), bytes }
}

/// All that a program writes from now on, and how it ends.
fn end(guest: &mut Guest, program: &Program) -> (String, Exit) {
    let (mut text, deadline) = (Vec::new(), guest.deadline(TIME));
    loop {
        match guest.next_of(program, &deadline).expect("news") {
            Heard::Output(_, bytes) => text.extend(bytes),
            Heard::Exited(exit) => return (String::from_utf8(text).expect("UTF-8"), exit),
            Heard::Looked(_) => {}
            Heard::Failed(why) => panic!("{why}"),
        }
    }
}

#[test]
fn a_program_that_never_reads_holds_up_nobody() {
    let mut guest = guest();
    for terminal in [None, Some(Size { rows: 24, columns: 80 })] {
        let sleeper = guest.spawn(Spawn { argv: &["/bin/sleep", "1000"], terminal, ..Spawn::default() });
        let sleeper = sleeper.expect("spawn");
        // Lines, because a terminal takes no end of a line that has none; more than a pipe or a terminal holds.
        let taken = guest.channel().call(input(&sleeper, b"line\n".repeat(50_000))).expect("call");
        guest.put("/tmp/meanwhile", 0o644, vec![]).expect("put");
        guest.kill(&sleeper, Signal::SIGKILL).expect("kill");
        assert_eq!(end(&mut guest, &sleeper).1, Exit::Signal(Signal::SIGKILL as i32));
        assert_eq!(channel::wait(&taken, &guest.deadline(TIME)).expect("an answer"), Answer::Done);
    }
}

#[test]
fn input_that_nobody_reads_is_refused_and_what_was_taken_arrives_in_order() {
    let mut guest = guest();
    guest.run(&["/bin/mkfifo", "/tmp/gate"], Limits { time: TIME, bytes: 0 }).expect("mkfifo");
    let script = "read go < /tmp/gate; cat; read more || echo end";
    let counter = guest.spawn(Spawn { argv: &["/bin/sh", "-c", script], ..Spawn::default() }).expect("spawn");
    let (piece, mut taken) = (256 << 10, 0);
    let refused = loop {
        let bytes = vec![b'a' + taken; piece];
        let answer = guest.channel().call(input(&counter, bytes)).expect("call");
        // Only a refusal comes at once. What is asked afterwards is answered afterwards.
        guest.put("/tmp/meanwhile", 0o644, vec![]).expect("put");
        match answer.try_recv() {
            Ok(Answer::Failed { why }) => break why,
            _ => taken += 1,
        }
        assert!(usize::from(taken) * piece <= 2 * QUEUE_MAX, "so much fits into the guest");
    };
    assert!(refused.contains("do not fit"), "{refused}");
    guest.ask(input(&counter, vec![])).expect("the end of its input");
    guest.run(&["/bin/sh", "-c", "echo go > /tmp/gate"], Limits { time: TIME, bytes: 0 }).expect("open the gate");
    let (text, exit) = end(&mut guest, &counter);
    let expected: String = (0..taken).map(|number| char::from(b'a' + number).to_string().repeat(piece)).collect();
    assert!(text == expected + "end\n" && exit == Exit::Code(0), "{exit}, {} bytes", text.len());
}

#[test]
fn what_a_program_prints_while_something_else_is_asked_arrives_whole() {
    let mut guest = guest();
    let limits = Limits { time: TIME, bytes: 16 };
    guest.run(&["/bin/mkfifo", "/tmp/gate"], limits).expect("mkfifo");
    let script = "seq 1 50000; echo printed > /tmp/gate; seq 50001 50010";
    let printer = guest.spawn(Spawn { argv: &["/bin/sh", "-c", script], ..Spawn::default() }).expect("spawn");
    // Ends when most has been printed, and so has come before the answers to what is asked next.
    assert_eq!(guest.run(&["/bin/cat", "/tmp/gate"], limits).expect("cat").stdout, b"printed\n");
    guest.put("/tmp/meanwhile", 0o644, vec![]).expect("put");
    guest.threads("/bin/sh").expect("threads");
    guest.settled_log().expect("the log");
    let expected: String = (1..=50010).map(|number| format!("{number}\n")).collect();
    assert!(end(&mut guest, &printer) == (expected, Exit::Code(0)), "something is missing");
}

#[test]
fn a_program_that_cannot_be_started_says_why_and_no_other_failure_is_taken_for_it() {
    let mut guest = guest();
    let nowhere = guest.spawn(Spawn { argv: &["/nowhere"], ..Spawn::default() }).expect("spawn");
    let heard = guest.next_of(&nowhere, &guest.deadline(TIME)).expect("news");
    assert!(matches!(&heard, Heard::Failed(why) if why.contains("start /nowhere")), "{heard:?}");
    let shell = guest.spawn(Spawn { argv: &["/bin/sh", "-c", "read line; echo $line"], ..Spawn::default() });
    let shell = shell.expect("spawn");
    guest.channel().send(Request::Kill { program: shell.id(), signal: 12345 }).expect("send");
    guest.ask(Request::Kill { program: shell.id(), signal: 12345 }).expect_err("no such signal");
    guest.ask(input(&shell, b"fine\n".to_vec())).expect("input");
    assert_eq!(end(&mut guest, &shell), ("fine\n".to_string(), Exit::Code(0)));
}

#[test]
fn a_program_has_a_way_to_speak_beside_its_output() {
    let mut guest = guest();
    let script = "echo aside > /run/aside; echo aloud";
    let how = Spawn { argv: &["/bin/sh", "-c", script], aside: Some("/run/aside"), ..Spawn::default() };
    let program = guest.spawn(how).expect("spawn");
    let (mut heard, deadline) = (Vec::new(), guest.deadline(TIME));
    while let Heard::Output(stream, bytes) = guest.next_of(&program, &deadline).expect("news") {
        heard.push((stream, String::from_utf8(bytes).expect("UTF-8")));
    }
    heard.sort_by_key(|(_, text)| text.clone());
    assert_eq!(heard, [(Stream::Stdout, "aloud\n".to_string()), (Stream::Aside, "aside\n".to_string())]);
}
