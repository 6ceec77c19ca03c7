//! `cargo lab serve` on a copy of the course with one chapter: the book at once, and what readers' pages are told meanwhile.

mod tool;

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use serde_json::Value;
use std::{
    fs,
    io::{BufRead, BufReader},
    process::{Child, Stdio},
    sync::mpsc::{self, Receiver},
    thread,
    time::Duration,
};
use tool::{copy::Copy, finished, lab, wait_for};

/// A served book.
struct Server {
    copy: Copy,
    lab: Child,
    address: String,
}

/// What a reader's page is told.
struct Events(Receiver<Value>);

impl Server {
    fn start() -> Self {
        Self::of(Copy::of_ioctl(), &[])
    }

    fn of(copy: Copy, environment: &[(&str, &str)]) -> Self {
        let mut command = lab(&["serve", "--port", "0"]);
        let mut lab =
            command.envs(environment.iter().copied()).env("CROSSINGS_ROOT", copy.0.path()).spawn().expect("start lab");
        let mut said = BufReader::new(lab.stdout.take().expect("stdout"));
        let mut line = String::new();
        said.read_line(&mut line).expect("read");
        let address = line.split("http://localhost:").nth(1).unwrap_or_else(|| panic!("no address in {line:?}"));
        let address = format!("http://127.0.0.1:{}", address.split(' ').next().expect("a port"));
        // Whatever else it says must not stop it.
        thread::spawn(move || said.lines().for_each(drop));
        Server { copy, lab, address }
    }

    /// The status and text of an address.
    fn get(&self, path: &str) -> (u16, String) {
        let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
        let mut answer = agent.get(format!("{}{path}", self.address)).call().expect("ask");
        (answer.status().as_u16(), answer.body_mut().read_to_string().expect("read"))
    }

    fn events(&self) -> Events {
        let answer = ureq::get(format!("{}/lab/events", self.address)).call().expect("ask");
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
    fn end(mut self) -> Option<i32> {
        kill(Pid::from_raw(self.lab.id() as i32), Signal::SIGINT).expect("signal");
        self.lab.wait().expect("wait").code()
    }
}

impl Events {
    /// The next message that is like this. The lesson is built for the first time, on a machine that has other work.
    #[track_caller]
    fn wait(&self, what: &str, is: impl Fn(&Value) -> bool) -> Value {
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
    fn wait_for_state(&self, state: &str) -> Value {
        self.wait(state, |message| message["scenes"]["ioctl"]["6.12"]["state"] == state)
    }
}

#[test]
fn a_book_is_read_while_its_lessons_run_and_told_what_came_of_them() {
    let server = Server::start();
    let events = server.events();
    let (status, page) = server.get("/ioctl.html");
    assert!(status == 200 && page.contains("the total is: 5"), "{page}");
    assert!(page.contains("<meta name=\"crossings\" content=\"serve\">"));
    assert_eq!(server.get("/nothing.html").0, 404);
    assert_eq!(server.get("/../../Cargo.toml").0, 404);
    let first = events.wait("the state", |message| message["kind"] == "state");
    assert_eq!(first["version"], 1);
    events.wait_for_state("passed");
    // A changed output is a difference; the page goes on being read, with what is stored now.
    server.copy.edit("lessons/ioctl/expected.txt", "the total is: 5", "the total is: 6");
    let failed = events.wait_for_state("failed");
    let why = failed["scenes"]["ioctl"]["6.12"]["why"].as_str().expect("why");
    assert!(why.contains("- the total is: 6"), "{why}");
    wait_for("the changed output", || server.get("/ioctl.html").1.contains("the total is: 6").then_some(()));
    server.copy.edit("lessons/ioctl/expected.txt", "the total is: 6", "the total is: 5");
    events.wait_for_state("passed");
    // A lesson that does not build says so, and keeps nobody from reading.
    server.copy.edit("lessons/ioctl/src/main.rs", "fn main()", "fn main(");
    let failed = events.wait_for_state("failed");
    let why = failed["scenes"]["ioctl"]["6.12"]["why"].as_str().expect("why");
    assert!(why.contains("cargo build") && why.contains("main.rs"), "{why}");
    assert_eq!(server.get("/ioctl.html").0, 200);
    assert_eq!(server.end(), Some(0));
}

#[test]
fn a_saved_page_is_built_anew_and_none_is_missing_meanwhile() {
    let server = Server::start();
    let events = server.events();
    server.copy.edit("book/ioctl.md", "## The idea", "Something new.\n\n## The idea");
    let mut asked = 0;
    wait_for("the new page", || {
        let (status, page) = server.get("/ioctl.html");
        assert_eq!(status, 200);
        asked += 1;
        page.contains("Something new.").then_some(())
    });
    assert!(asked > 1, "the page was never asked for while it was built");
    let told = events.wait("the changed page", |message| message["kind"] == "pages");
    let changed: Vec<&str> = told["changed"].as_array().expect("pages").iter().filter_map(Value::as_str).collect();
    assert!(changed.contains(&"ioctl.html") && !changed.contains(&"crossings.html"), "{changed:?}");
    // A page that mdBook cannot build stays as it was, and the reader is told why.
    let page = fs::read_to_string(server.copy.path("book/SUMMARY.md")).expect("read");
    fs::write(server.copy.path("book/SUMMARY.md"), format!("{page}- [gone](gone.md)\n")).expect("write");
    let trouble = events.wait("trouble", |message| message["trouble"].is_string());
    assert!(trouble["trouble"].as_str().is_some_and(|why| why.contains("gone.md")), "{trouble}");
    assert_eq!(server.get("/ioctl.html").0, 200);
    assert_eq!(server.end(), Some(0));
}

#[test]
fn a_lab_that_is_broken_is_told_once_and_the_book_is_read() {
    let server = Server::of(Copy::of_ioctl(), &[("CROSSINGS_QEMU", "/nonexistent")]);
    let events = server.events();
    let broken = events.wait_for_state("broken");
    let why = broken["scenes"]["ioctl"]["6.12"]["why"].as_str().expect("why");
    assert!(why.contains("/nonexistent"), "{why}");
    // It is not tried again as it is.
    let is_tried = |message: &Value| message["scenes"]["ioctl"]["6.12"]["state"] == "waiting";
    while let Ok(message) = events.0.recv_timeout(Duration::from_secs(5)) {
        assert!(!is_tried(&message), "{message}");
    }
    assert_eq!(server.get("/ioctl.html").0, 200);
    assert_eq!(server.end(), Some(0));
}

#[test]
fn only_this_machine_is_answered_under_its_own_name() {
    let server = Server::start();
    for (host, status) in
        [("localhost:1", 200), ("127.0.0.1", 200), ("crossings.example", 403), ("localhost.example:1", 403)]
    {
        for path in ["/ioctl.html", "/nothing"] {
            let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
            let answer = agent.get(format!("{}{path}", server.address)).header("Host", host).call().expect("ask");
            let expected = if status == 200 && path == "/nothing" { 404 } else { status };
            assert_eq!(answer.status().as_u16(), expected, "{host} {path}");
        }
    }
    // The port is taken now, and whoever asks for it once more hears what to do.
    let port = server.address.rsplit(':').next().expect("a port").to_string();
    let mut command = lab(&["serve", "--port", &port]);
    let second = command.env("CROSSINGS_ROOT", server.copy.0.path()).stdout(Stdio::piped()).spawn().expect("start");
    finished(second).expect(2, &["is in use", "cargo lab serve --port"]);
    assert_eq!(server.end(), Some(0));
}
