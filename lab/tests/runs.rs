//! What a page of `cargo lab serve` can run, who may ask for it, and what ends it.

mod tool;

use serde_json::json;
use std::{fs, process::Command};
use tool::{
    copy::Copy,
    emulators_of,
    page::{Page, open, page},
    planted,
    server::Server,
    wait_for, wait_for_emulator, wait_until_gone,
};
use tungstenite::Message;

/// Where a page asks for a run.
const RUN: &str = "/lab/run";

/// Where it asks for a shell.
const SHELL: &str = "/lab/shell";

/// Where it asks for an exercise.
const EXERCISE: &str = "/lab/exercise";

/// A server of the chapter, of a lesson that never ends, and of one whose module breaks the kernel, when it has tried all and is
/// quiet.
fn quiet() -> Server {
    let copy = Copy::of_ioctl();
    for part in ["lessons/endless", "lessons/oops", "kmods/oops"] {
        let copied = Command::new("cp").arg("-r").arg(planted().join(part)).arg(copy.path(part)).status();
        assert!(copied.expect("start cp").success(), "copy {part}");
    }
    let server = Server::of(copy, &[]);
    server.events().wait("quiet", |message| message["left"] == 0 && message["step"].is_null());
    server
}

#[test]
fn a_reader_runs_what_a_page_shows_and_nobody_else_does() {
    let server = quiet();

    // A part of the output, as it is printed.
    let mut one = page(&server, RUN);
    one.run("ioctl", Some("a total"));
    let (printed, _, ended) = one.all();
    assert_eq!((&ended["how"], ended["difference"].as_array().map(Vec::len)), (&json!("same"), Some(0)), "{ended}");
    assert!(!printed.contains("== ") && !printed.is_empty(), "{printed}");
    assert_eq!(one.next(), None, "the server closes the socket");

    who_may_not(&server);
    what_is_refused(&server);
    what_ends_a_run(&server);
    what_a_shell_does(&server);

    // An oops comes with the line of the source that it names.
    let mut broken = page(&server, RUN);
    broken.run("oops", None);
    let (_, logged, ended) = broken.all();
    assert!(logged.contains("BUG: kernel NULL pointer dereference"), "{logged}");
    assert_eq!(ended["how"], "failed", "{ended}");
    assert!(ended["why"].as_str().is_some_and(|why| why.contains("the kernel reported trouble")), "{ended}");
    let place = ended["place"].as_str().unwrap_or_default();
    assert!(place.starts_with("oops.c:") && place.contains("WRITE_ONCE(*nowhere, 1);"), "{ended}");

    // What differs is told line by line.
    let expected = fs::read_to_string(server.copy.path("lessons/ioctl/expected.txt")).expect("read");
    let title = expected.lines().find_map(|line| line.strip_prefix("== ")).expect("a part").to_string();
    let first = expected.lines().nth(1).expect("a line");
    server.copy.edit("lessons/ioctl/expected.txt", first, "something else");
    let mut other = page(&server, RUN);
    other.run("ioctl", Some(&title));
    let (_, _, ended) = other.all();
    assert_eq!(ended["how"], "differs", "{ended}");
    let lines = ended["difference"].as_array().expect("lines");
    assert!(lines.contains(&json!({"sign": "-", "text": "something else"})), "{ended}");
    assert!(lines.contains(&json!({"sign": "+", "text": first})), "{ended}");
    assert_eq!(server.end(), Some(0));
}

fn who_may_not(server: &Server) {
    let (cookie, port) = (server.cookie(), server.port);
    let own = format!("http://localhost:{port}");
    let attacks: [(&str, &str); 8] = [
        ("", &own),
        (&format!("crossings-{port}="), &own),
        (&format!("crossings-{port}=0123456789abcdef0123456789abcdef"), &own),
        (&cookie, ""),
        (&cookie, "null"),
        (&cookie, "http://crossings.example"),
        (&cookie, &format!("http://localhost:{}", port - 1)),
        (&cookie, &format!("http://127.0.0.1:{port}")),
    ];
    for path in [RUN, SHELL, EXERCISE] {
        for (cookie, origin) in attacks {
            let refused = open(server, path, &[("Cookie", cookie), ("Origin", origin)]).err();
            assert_eq!(refused, Some(403), "{path}: cookie {cookie:?}, origin {origin:?}");
        }
        assert_eq!(open(server, path, &[("Cookie", &cookie)]).err(), Some(403), "no origin");
    }
    let host = format!("crossings.example:{port}");
    let rebound =
        server.ask("/lab/run", &[("Host", &host), ("Cookie", &cookie), ("Origin", &format!("http://{host}"))]);
    assert_eq!(rebound.status().as_u16(), 403);
    // What is no WebSocket is none with the cookie either.
    let plain = server.ask("/lab/run", &[("Cookie", &cookie), ("Origin", &format!("http://127.0.0.1:{port}"))]);
    assert!(plain.status().is_client_error(), "{}", plain.status());
}

fn what_is_refused(server: &Server) {
    let run = |version: u32, scene: &str, part: Option<&str>, kernel: &str| json!({"version": version, "kind": "run", "scene": scene, "part": part, "kernel": kernel});
    let asked = [
        (json!({"version": 1, "kind": "stop"}), "nothing to stop"),
        (json!({"version": 1, "kind": "open", "path": "/etc/passwd"}), "open"),
        (run(2, "ioctl", None, "6.12"), "version 2"),
        (run(1, "../lessons/ioctl", None, "6.12"), "there is no scene"),
        (run(1, "/etc/passwd", None, "6.12"), "there is no scene"),
        (run(1, "ioctl/../ioctl", None, "6.12"), "there is no scene"),
        (run(1, "", None, "6.12"), "there is no scene"),
        (run(1, "ioctl", None, "../6.12"), "the kernels are"),
        (run(1, "ioctl", Some("no such part"), "6.12"), "no part"),
    ];
    for (message, why) in asked {
        let mut page = page(server, RUN);
        page.say(message.clone());
        let ended = page.next().expect("an answer");
        assert_eq!(ended["how"], "refused", "{message}: {ended}");
        assert!(ended["why"].as_str().is_some_and(|said| said.contains(why)), "{message}: {ended}");
        assert_eq!(page.next(), None);
    }
    // Too long a message, and bytes, are not read.
    for message in [Message::text(format!("\"{}\"", "x".repeat(600_000))), Message::binary(vec![0; 8])] {
        page(server, RUN).makes_it_hang_up(message);
    }
    assert!(emulators_of(server.lab.id()).is_empty(), "nothing of this runs anything");
}

fn what_ends_a_run(server: &Server) {
    let lab = server.lab.id();
    // Stop: the VM has gone when the page hears of it.
    let mut stopped = page(server, RUN);
    stopped.run("endless", None);
    assert_eq!(stopped.wait("output")["text"], "waiting\n");
    let vm = wait_for_emulator(lab);
    stopped.say(json!({"version": 1, "kind": "stop"}));
    assert_eq!(stopped.wait("ended")["how"], "stopped");
    wait_until_gone(vm);

    // A page that goes without a word.
    let mut gone = page(server, RUN);
    gone.run("endless", None);
    gone.wait("output");
    let vm = wait_for_emulator(lab);
    drop(gone);
    wait_until_gone(vm);

    // More than the machine has processors wait, hear their places, and are stopped there too.
    let processors = std::thread::available_parallelism().expect("processors").get();
    let mut running: Vec<Page> = (0..processors).map(|_| page(server, RUN)).collect();
    for page in &mut running {
        page.run("endless", None);
        page.wait("output");
    }
    let mut next = page(server, RUN);
    next.run("endless", None);
    assert_eq!(next.wait("queued")["place"], 1);
    let mut last = page(server, RUN);
    last.run("endless", None);
    assert_eq!(last.wait("queued")["place"], 2);
    next.say(json!({"version": 1, "kind": "stop"}));
    assert_eq!(next.wait("ended")["how"], "stopped");
    assert_eq!(last.wait("queued")["place"], 1);
    assert_eq!(emulators_of(lab).len(), processors);
    // A check of an exercise waits with them. Nothing of it is built before its turn.
    let mut check = page(server, EXERCISE);
    check.say(json!({"version": 1, "kind": "open", "slug": "ioctl", "name": "count"}));
    check.say(json!({"version": 1, "kind": "check", "kernel": "6.12"}));
    assert_eq!(check.wait("queued")["place"], 2);
    running.pop();
    last.wait("output");
    assert_eq!(check.wait("queued")["place"], 1);
    check.say(json!({"version": 1, "kind": "stop"}));
    assert_eq!(check.wait("ended")["how"], "stopped");
    drop((running, last));
    wait_for("no emulator", || emulators_of(lab).is_empty().then_some(()));
}

fn what_a_shell_does(server: &Server) {
    let lab = server.lab.id();
    let open = |slug: &str| {
        let mut page = page(server, SHELL);
        page.say(json!({"version": 1, "kind": "open", "slug": slug, "kernel": "6.12", "rows": 30, "columns": 70}));
        page
    };
    for slug in ["../lessons/ioctl", "/", ""] {
        let ended = open(slug).next().expect("an answer");
        assert!(ended["why"].as_str().is_some_and(|why| why.contains("there is no lesson")), "{ended}");
    }
    let mut huge = page(server, SHELL);
    huge.0.send(Message::binary(vec![b'x'; 20 << 10])).expect("send");
    assert_eq!(huge.next(), None);

    // It has a terminal of the page's size, with the module.
    let mut shell = open("ioctl");
    shell.shows("lab:/root# ");
    shell.0.send(Message::binary("stty size; lsmod; exit 7\r".as_bytes())).expect("send");
    let shown = shell.shows("crossings_ioctl");
    assert!(shown.contains("30 70"), "{shown}");
    assert_eq!(shell.wait("ended")["why"], "exit status 7");
    wait_for("no emulator", || emulators_of(lab).is_empty().then_some(()));

    // There are only so many, and each ends with its page.
    let mut shells: Vec<Page> = (0..6).map(|_| open("endless")).collect();
    shells.iter_mut().for_each(|shell| drop(shell.shows("lab:/root# ")));
    let refused = open("endless").wait("ended");
    assert!(refused["why"].as_str().is_some_and(|why| why.contains("6 shells are open already")), "{refused}");
    assert_eq!(emulators_of(lab).len(), 6);
    drop(shells);
    wait_for("no emulator", || emulators_of(lab).is_empty().then_some(()));
}
