//! `cargo lab serve` on a copy of the course with one chapter: the book at once, and what readers' pages are told meanwhile.

mod tool;

use serde_json::Value;
use std::{
    fs,
    process::{Command, Stdio},
    thread,
    time::Duration,
};
use tool::{copy::Copy, finished, lab, server::Server, wait_for};

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
fn a_second_server_of_the_same_course_takes_no_page_away() {
    let command = || lab(&["serve", "--port", "0", "--unchecked"]);
    let copy = Copy::of_ioctl();
    let root = copy.0.path().to_path_buf();
    let served = |mut command: Command| {
        command.env("CROSSINGS_ROOT", &root);
        command
    };
    let first = Server::running(copy, served(command()));
    let second = thread::scope(|scope| {
        let starts = scope.spawn(|| Server::running((), served(command())));
        while !starts.is_finished() {
            assert_eq!(first.get("/ioctl.html").0, 200);
        }
        starts.join().expect("the second server")
    });
    assert_eq!(second.get("/ioctl.html").0, 200);
    assert_eq!((first.end(), second.end()), (Some(0), Some(0)));
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
            let answer = server.ask(path, &[("Host", host)]);
            let expected = if status == 200 && path == "/nothing" { 404 } else { status };
            assert_eq!(answer.status().as_u16(), expected, "{host} {path}");
        }
    }
    // The printed address leaves a cookie and leads to the page without it. No token but this one does.
    let entrance = server.ask(&format!("/ioctl.html?token={}", server.token), &[]);
    assert_eq!(
        (entrance.status().as_u16(), &entrance.headers()["location"]),
        (303, &"/ioctl.html".parse().expect("a value"))
    );
    let cookie = entrance.headers()["set-cookie"].to_str().expect("text");
    assert!(["HttpOnly", "SameSite=Strict", "Path=/"].iter().all(|word| cookie.contains(word)), "{cookie}");
    assert_eq!(server.ask("/ioctl.html?token=guessed", &[]).status().as_u16(), 403);
    let words = |cookie: &str| {
        let page = server.ask("/ioctl.html", &[("Cookie", cookie)]).body_mut().read_to_string().expect("read");
        page.contains("content=\"serve run\"")
    };
    assert!(words(&server.cookie()) && !words("") && !words(&format!("{}0", server.cookie())));
    // The port is taken now, and whoever asks for it once more hears what to do.
    let mut command = lab(&["serve", "--port", &server.port.to_string()]);
    let second = command.env("CROSSINGS_ROOT", server.copy.0.path()).stdout(Stdio::piped()).spawn().expect("start");
    finished(second).expect(2, &["is in use", "cargo lab serve --port"]);
    assert_eq!(server.end(), Some(0));
}
