//! A course, most often a copy, served by the real tool.

use super::{copy::Copy, lab};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use serde_json::Value;
use std::{
    io::{BufRead, BufReader},
    process::{Child, Command},
    sync::mpsc::{self, Receiver},
    thread,
    time::Duration,
};
use ureq::{Body, http::Response};

/// A served book, and the course that it is of.
pub struct Server<Course = Copy> {
    pub copy: Course,
    pub lab: Child,
    pub port: u16,
    /// Without it, nothing runs.
    pub token: String,
}

/// What a reader's page is told.
pub struct Events(pub Receiver<Value>);

impl Server {
    pub fn start() -> Self {
        Self::of(Copy::of_ioctl(), &[])
    }

    pub fn of(copy: Copy, environment: &[(&str, &str)]) -> Self {
        Self::with(copy, &[], environment)
    }

    /// The same with more arguments.
    pub fn with(copy: Copy, arguments: &[&str], environment: &[(&str, &str)]) -> Self {
        let mut command = lab(&["serve", "--port", "0"]);
        command.args(arguments).envs(environment.iter().copied()).env("CROSSINGS_ROOT", copy.0.path());
        Self::running(copy, command)
    }
}

impl<Course> Server<Course> {
    /// Starts it by this command.
    pub fn running(copy: Course, mut command: Command) -> Self {
        let mut lab = command.spawn().expect("start lab");
        let mut said = BufReader::new(lab.stdout.take().expect("stdout"));
        let mut line = String::new();
        said.read_line(&mut line).expect("read");
        let printed = line.split("http://localhost:").nth(1).unwrap_or_else(|| panic!("no address in {line:?}"));
        let (port, rest) = printed.split_once("/?token=").unwrap_or_else(|| panic!("no token in {line:?}"));
        let (port, token) = (port.parse().expect("a port"), rest.split(' ').next().expect("a token").to_string());
        // Whatever else it says must not stop it.
        thread::spawn(move || said.lines().for_each(drop));
        Server { copy, lab, port, token }
    }

    /// What it answers to a request with these headers. Where that leads is not followed.
    pub fn ask(&self, path: &str, headers: &[(&str, &str)]) -> Response<Body> {
        let config = ureq::Agent::config_builder().http_status_as_error(false).max_redirects(0);
        let agent: ureq::Agent = config.max_redirects_will_error(false).build().into();
        let request = agent.get(format!("http://127.0.0.1:{}{path}", self.port));
        headers.iter().fold(request, |request, (name, value)| request.header(*name, *value)).call().expect("ask")
    }

    /// What a browser says that has been at the address with the token.
    pub fn cookie(&self) -> String {
        format!("crossings-{}={}", self.port, self.token)
    }

    /// The status and text of an address.
    pub fn get(&self, path: &str) -> (u16, String) {
        let mut answer = self.ask(path, &[]);
        (answer.status().as_u16(), answer.body_mut().read_to_string().expect("read"))
    }

    /// What a page is told whose reader may only read.
    pub fn events(&self) -> Events {
        self.events_with("")
    }

    /// What a page is told whose browser has this cookie.
    pub fn events_with(&self, cookie: &str) -> Events {
        let asked = ureq::get(format!("http://127.0.0.1:{}/lab/events", self.port)).header("Cookie", cookie);
        let answer = asked.call().expect("ask");
        let (sender, receiver) = mpsc::channel();
        let reader = BufReader::new(answer.into_body().into_reader());
        thread::spawn(move || {
            for line in reader.lines().map_while(Result::ok) {
                let Some(data) = line.strip_prefix("data: ") else { continue };
                if sender.send(serde_json::from_str(data).expect("JSON")).is_err() {
                    return;
                }
            }
        });
        Events(receiver)
    }

    /// Ends it as Ctrl-C does.
    pub fn end(mut self) -> Option<i32> {
        kill(Pid::from_raw(self.lab.id() as i32), Signal::SIGINT).expect("signal");
        self.lab.wait().expect("wait").code()
    }
}

impl Events {
    /// The next message that is like this. The lesson is built for the first time, on a machine that has other work.
    #[track_caller]
    pub fn wait(&self, what: &str, is: impl Fn(&Value) -> bool) -> Value {
        let mut last = Value::Null;
        loop {
            match self.0.recv_timeout(Duration::from_secs(240)) {
                Ok(message) if is(&message) => return message,
                Ok(message) => last = message,
                Err(error) => panic!("waited for {what}: {error}; the last message was {last}"),
            }
        }
    }

    #[track_caller]
    pub fn wait_for_state(&self, state: &str) -> Value {
        self.wait(state, |message| message["scenes"]["ioctl"]["6.12"]["state"] == state)
    }
}
