//! The host's end of the channel to a guest's agent. Calls go out with a number each, and an answer goes to whoever made the
//! call that it names; what a program writes waits for whoever started it, whatever else is asked meanwhile.

use crate::vm::emulator::pace::{Deadline, Pace};
use agent::{Answer, Call, Event, Exit, News, Progress, Request, Size, Stream, receive, send};
use anyhow::{Result, bail};
use std::{
    collections::HashMap,
    io,
    os::unix::net::UnixStream,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU32, Ordering},
        mpsc::{self, Receiver, RecvTimeoutError, Sender},
    },
    thread,
    time::Duration,
};

/// A guest that does not read for this long is gone: it must not hold up its host.
const READS: Duration = Duration::from_secs(10);

/// The way to the agent, for any thread. Copies are the same channel.
#[derive(Clone)]
pub struct Channel(Arc<Shared>);

struct Shared {
    /// Guards the port's writing half, so that frames stay whole.
    port: Mutex<UnixStream>,
    /// Guards who waits for what. Nobody once the port has closed: what would wait then learns at once that nothing comes.
    waiting: Mutex<Option<Waiting>>,
    next_id: AtomicU32,
    pace: Pace,
}

/// Who waits.
#[derive(Default)]
struct Waiting {
    /// For the answer to a call.
    answers: HashMap<u32, Sender<Answer>>,
    /// For what happens to a program.
    programs: HashMap<u32, Sender<Heard>>,
}

/// How to start a program.
#[derive(Clone, Copy, Default)]
pub struct Spawn<'a> {
    /// Program and arguments.
    pub argv: &'a [&'a str],
    /// Variables added to the guest's environment.
    pub env: &'a [(&'a str, &'a str)],
    /// The size of its terminal; none for pipes.
    pub terminal: Option<Size>,
    /// Where in the guest to make the named pipe of [`Stream::Aside`], if it needs one.
    pub aside: Option<&'a str>,
    /// The guest looks again and again how it gets on ([`Heard::Looked`]).
    pub watched: bool,
}

/// A program in the guest. What it writes is kept until it is read here; once this is dropped, it is kept no more.
pub struct Program {
    id: u32,
    heard: Receiver<Heard>,
}

/// What was heard of a program.
#[derive(Debug)]
pub enum Heard {
    /// It wrote this there.
    Output(Stream, Vec<u8>),
    /// It is watched, and gets on like this.
    Looked(Progress),
    /// It ended; the last that is heard.
    Exited(Exit),
    /// It could not be started, and why; the last that is heard.
    Failed(String),
}

/// The guest did not answer in time.
#[derive(Debug, thiserror::Error)]
#[error("the guest did not answer in time")]
pub struct TimedOut;

/// The port to the guest has closed.
#[derive(Debug, thiserror::Error)]
#[error("the guest has gone")]
pub struct Gone;

impl Channel {
    /// The channel through `port` to a guest that fares as `pace` says. What is returned with it hears when the guest has
    /// booted. Fails when the port cannot be shared between threads.
    pub fn open(port: &UnixStream, pace: Pace) -> io::Result<(Self, Receiver<()>)> {
        let (writer, mut reader) = (port.try_clone()?, port.try_clone()?);
        writer.set_write_timeout(Some(READS))?;
        let channel = Channel(Arc::new(Shared {
            port: Mutex::new(writer),
            waiting: Mutex::new(Some(Waiting::default())),
            next_id: AtomicU32::new(1),
            pace,
        }));
        let (ready, booted) = mpsc::channel();
        let incoming = channel.clone();
        // Ends with the emulator, which closes the port.
        thread::spawn(move || {
            while let Ok(event) = receive(&mut reader) {
                match event {
                    Event::Ready => drop(ready.send(())),
                    Event::Answer { to, answer } => incoming.answered(to, answer),
                    Event::News { program, news } => incoming.heard(program, news),
                }
            }
            *incoming.waiting() = None;
        });
        Ok((channel, booted))
    }

    fn waiting(&self) -> MutexGuard<'_, Option<Waiting>> {
        self.0.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Passes an answer on. One that nobody waits for is dropped, unless it says that a program could not be started.
    fn answered(&self, to: u32, answer: Answer) {
        let mut waiting = self.waiting();
        let Some(waiting) = waiting.as_mut() else { return };
        if let Some(caller) = waiting.answers.remove(&to) {
            let _ = caller.send(answer);
        } else if let Answer::Failed { why } = answer
            && let Some(reader) = waiting.programs.remove(&to)
        {
            let _ = reader.send(Heard::Failed(why));
        }
    }

    /// Passes on what has happened to a program. Forgets a program of which nothing more is, or needs to be, heard.
    fn heard(&self, program: u32, news: News) {
        let mut waiting = self.waiting();
        let Some(programs) = waiting.as_mut().map(|waiting| &mut waiting.programs) else { return };
        let Some(reader) = programs.get(&program) else { return };
        let (heard, last) = match news {
            News::Output { stream, bytes } => (Heard::Output(stream, bytes), false),
            News::Looked(progress) => (Heard::Looked(progress), false),
            News::Exited(exit) => (Heard::Exited(exit), true),
        };
        if reader.send(heard).is_err() || last {
            programs.remove(&program);
        }
    }

    /// A number that no call had.
    fn next_id(&self) -> u32 {
        self.0.next_id.fetch_add(1, Ordering::Relaxed)
    }

    fn write(&self, id: u32, request: Request) -> Result<(), Gone> {
        let mut port = self.0.port.lock().unwrap_or_else(PoisonError::into_inner);
        send(&mut *port, &Call { id, request }).map_err(|_| Gone)
    }

    /// Makes a call whose answer is of no interest. Fails when the guest has gone or does not read.
    pub fn send(&self, request: Request) -> Result<(), Gone> {
        self.write(self.next_id(), request)
    }

    /// Makes a call; the answer comes, or the other end closes when the guest has gone. Fails when that is known already.
    pub fn call(&self, request: Request) -> Result<Receiver<Answer>, Gone> {
        let (caller, answer) = mpsc::channel();
        let id = self.next_id();
        self.waiting().as_mut().ok_or(Gone)?.answers.insert(id, caller);
        self.write(id, request)?;
        Ok(answer)
    }

    /// Makes a call and waits for its answer until the guest has had `patience`. Fails with [`TimedOut`], with [`Gone`], and
    /// with what the guest says when it could not do it.
    pub fn ask(&self, request: Request, patience: Duration) -> Result<Answer> {
        match wait(&self.call(request)?, &self.0.pace.deadline(patience))? {
            Answer::Failed { why } => bail!("{why}"),
            answer => Ok(answer),
        }
    }

    /// Starts a program; whether it did start is heard of it like all else. Fails when the guest has gone.
    pub fn spawn(&self, how: Spawn) -> Result<Program, Gone> {
        let (reader, heard) = mpsc::channel();
        let id = self.next_id();
        self.waiting().as_mut().ok_or(Gone)?.programs.insert(id, reader);
        let argv = how.argv.iter().map(|word| word.to_string()).collect();
        let env = how.env.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
        let aside = how.aside.map(str::to_string);
        self.write(id, Request::Spawn { argv, env, terminal: how.terminal, aside, watched: how.watched })?;
        Ok(Program { id, heard })
    }
}

impl Program {
    /// What requests about it name.
    pub fn id(&self) -> u32 {
        self.id
    }

    /// What is heard next of it. Fails with [`TimedOut`], and with [`Gone`] when the guest has gone or the last was heard.
    pub fn next(&self, deadline: &Deadline) -> Result<Heard> {
        wait(&self.heard, deadline)
    }
}

/// Waits for a message. What has come is taken even when the time is up.
pub fn wait<T>(from: &Receiver<T>, deadline: &Deadline) -> Result<T> {
    loop {
        let left = deadline.left();
        match from.recv_timeout(left.unwrap_or_default()) {
            Ok(message) => return Ok(message),
            Err(RecvTimeoutError::Timeout) if left.is_some() => {}
            Err(RecvTimeoutError::Timeout) => return Err(TimedOut.into()),
            Err(RecvTimeoutError::Disconnected) => return Err(Gone.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATIENCE: Duration = Duration::from_secs(60);

    /// A channel, and the guest's end of it.
    fn channel() -> (Channel, UnixStream) {
        let (ours, guests) = UnixStream::pair().expect("socketpair");
        (Channel::open(&ours, Pace::of(std::process::id())).expect("open").0, guests)
    }

    fn called(guest: &mut UnixStream) -> Call {
        receive(guest).expect("a call")
    }

    fn says(guest: &mut UnixStream, event: Event) {
        send(guest, &event).expect("send");
    }

    fn failed(to: u32, why: &str) -> Event {
        Event::Answer { to, answer: Answer::Failed { why: why.to_string() } }
    }

    fn output(program: u32, text: &str) -> Event {
        let (stream, bytes) = (Stream::Stdout, text.into());
        Event::News { program, news: News::Output { stream, bytes } }
    }

    fn text(program: &Program) -> String {
        match program.next(&deadline()).expect("news") {
            Heard::Output(Stream::Stdout, bytes) => String::from_utf8(bytes).expect("UTF-8"),
            other => panic!("heard {other:?}"),
        }
    }

    fn deadline() -> Deadline {
        Pace::of(std::process::id()).deadline(PATIENCE)
    }

    fn spawn(channel: &Channel, program: &str) -> Program {
        channel.spawn(Spawn { argv: &[program], ..Spawn::default() }).expect("spawn")
    }

    fn log(line: &str) -> Request {
        Request::Log { line: line.to_string() }
    }

    #[test]
    fn answers_find_their_callers_in_any_order() {
        let (channel, mut guest) = channel();
        let (one, other) = (channel.call(log("one")).expect("call"), channel.call(log("other")).expect("call"));
        let (first, second) = (called(&mut guest).id, called(&mut guest).id);
        says(&mut guest, failed(second, "no"));
        says(&mut guest, Event::Answer { to: first, answer: Answer::Done });
        assert_eq!(one.recv(), Ok(Answer::Done));
        assert_eq!(other.recv(), Ok(Answer::Failed { why: "no".into() }));
    }

    #[test]
    fn what_a_program_writes_waits_while_something_else_is_asked() {
        let (channel, mut guest) = channel();
        let program = spawn(&channel, "/x");
        let other = spawn(&channel, "/y");
        let (id, other_id) = (called(&mut guest).id, called(&mut guest).id);
        let answers = thread::spawn(move || {
            let asked = called(&mut guest).id;
            for event in [output(id, "one"), output(other_id, "other"), output(id, "two")] {
                says(&mut guest, event);
            }
            says(&mut guest, Event::Answer { to: asked, answer: Answer::Done });
            guest
        });
        assert_eq!(channel.ask(log("asked"), PATIENCE).expect("ask"), Answer::Done);
        assert_eq!([text(&program), text(&program), text(&other)], ["one", "two", "other"]);
        drop(answers.join());
        assert!(program.next(&deadline()).expect_err("the guest has gone").is::<Gone>());
    }

    #[test]
    fn only_the_failure_of_its_own_start_is_a_programs() {
        let (channel, mut guest) = channel();
        let program = spawn(&channel, "/x");
        channel.send(Request::Resize { program: program.id(), size: Size { rows: 1, columns: 1 } }).expect("send");
        let (id, resized) = (called(&mut guest).id, called(&mut guest).id);
        says(&mut guest, failed(resized, "set the terminal's size"));
        says(&mut guest, output(id, "it runs"));
        assert_eq!(text(&program), "it runs");
        let nowhere = spawn(&channel, "/nowhere");
        let id = called(&mut guest).id;
        says(&mut guest, failed(id, "start /nowhere: ENOENT"));
        let heard = nowhere.next(&deadline()).expect("heard");
        assert!(matches!(heard, Heard::Failed(why) if why == "start /nowhere: ENOENT"));
    }

    #[test]
    fn whoever_waits_for_a_guest_that_goes_is_told_and_so_is_who_comes_later() {
        let (channel, guest) = channel();
        let answer = channel.call(log("one")).expect("call");
        drop(guest);
        answer.recv().expect_err("the guest has gone");
        let error = channel.ask(log("two"), PATIENCE).expect_err("the guest has gone");
        assert!(error.is::<Gone>(), "{error:#}");
        assert!(channel.spawn(Spawn::default()).is_err());
    }

    #[test]
    fn a_guest_that_says_nothing_is_given_up() {
        let (channel, _guest) = channel();
        assert!(channel.ask(log("one"), Duration::from_millis(20)).expect_err("silence").is::<TimedOut>());
    }
}
