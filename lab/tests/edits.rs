//! A reader's own version of a lesson: on a page of `cargo lab serve`, and from a folder by `cargo lab run --from`. It is built in
//! a copy, and the course stays as it is.

mod tool;

use serde_json::{Value, json};
use std::{fs, path::Path, process::Command, thread};
use tool::{
    copy::Copy,
    lab, outcome,
    page::{Page, open, page},
    part_of_planted, planted,
    server::Server,
};
use tungstenite::Message;

const RUN: &str = "/lab/run";
const LESSON: &str = "lessons/sound/src/main.rs";
const MODULE: &str = "kmods/sound/sound.c";

/// What the planted course has there.
fn text(file: &str) -> String {
    fs::read_to_string(planted().join(file)).expect("read")
}

/// A program that prints the part that is expected of the lesson, with these words.
fn program(words: &str) -> String {
    format!("fn main() {{\n    println!(\"== module\\nloaded: {words}\");\n}}\n")
}

/// Runs a lesson with changed files.
fn run(server: &Server, edits: &Value) -> Page {
    let mut page = page(server, RUN);
    page.say(json!({"version": 1, "kind": "run", "scene": "sound", "kernel": "6.12", "edits": edits}));
    page
}

fn edit(file: &str, text: &str) -> Value {
    json!({"file": file, "text": text})
}

#[test]
fn a_reader_runs_what_they_have_changed_on_the_page() {
    let copy = Copy::of_ioctl();
    for part in ["lessons/sound", "kmods/sound"] {
        let copied = Command::new("cp").arg("-r").arg(planted().join(part)).arg(copy.path(part)).status();
        assert!(copied.expect("start cp").success(), "copy {part}");
    }
    let server = Server::with(copy, &["--unchecked"], &[]);

    // A lesson.
    let (printed, _, ended) = run(&server, &json!([edit(LESSON, &program("mine"))])).all();
    assert_eq!((printed.as_str(), &ended["how"]), ("== module\nloaded: mine\n", &json!("differs")), "{ended}");

    // Its module, and both.
    let module = text(MODULE).replace("crossings_sound: loaded", "crossings_sound: changed");
    let (printed, logged, ended) = run(&server, &json!([edit(MODULE, &module)])).all();
    assert!(logged.contains("crossings_sound: changed") && ended["how"] == "same", "{printed}{logged}{ended}");
    let both = json!([edit(MODULE, &module), edit(LESSON, &program("both"))]);
    let (printed, logged, _) = run(&server, &both).all();
    assert!(logged.contains("changed") && printed.contains("loaded: both"), "{printed}{logged}");

    // The course has nothing of that.
    let (printed, logged, ended) = run(&server, &json!([])).all();
    assert!(printed.contains("loaded: true") && logged.contains("sound: loaded") && ended["how"] == "same", "{ended}");
    for file in [LESSON, MODULE] {
        assert_eq!(fs::read_to_string(server.copy.path(file)).expect("read"), text(file));
    }

    what_the_compilers_say(&server);
    what_the_kernel_says(&server);
    readers_at_the_same_time(&server);
    what_can_be_read(&server);
    what_is_refused(&server);
    assert_eq!(server.end(), Some(0));
}

fn what_the_compilers_say(server: &Server) {
    // Each with its place, before the end; and the whole of it.
    let mut page = run(server, &json!([edit(LESSON, "fn main() {\n    let x: u32 = \"é\"; y();\n}\n")]));
    let said = page.wait("compiler")["diagnostics"].clone();
    let place = |severity: &str, from: u32, to: u32, file: &str| json!([file, 2, from, 2, to, severity]);
    let places = |said: &Value| -> Vec<Value> {
        let all = said.as_array().expect("a list").iter();
        let names = ["file", "line", "column", "endLine", "endColumn", "severity"];
        all.map(|one| names.iter().map(|name| one[*name].clone()).collect()).collect()
    };
    assert!(places(&said).contains(&place("error", 18, 21, LESSON)), "{said}");
    assert!(places(&said).contains(&place("error", 23, 24, LESSON)), "{said}");
    assert!(said.to_string().contains("mismatched types: expected `u32`, found `&str`"), "{said}");
    let ended = page.wait("ended");
    assert_eq!(ended["how"], "unbuilt", "{ended}");
    let why = ended["why"].as_str().expect("why");
    assert!(why.contains(LESSON) && why.contains("could not compile `crossings-sound`"), "{why}");

    // gcc counts columns as a terminal shows them; the page is told characters.
    let broken = text(MODULE).replace("\tpr_info(", "\tpr_inof(");
    let mut page = run(server, &json!([edit(MODULE, &broken)]));
    let said = page.wait("compiler")["diagnostics"].clone();
    let line = 1 + text(MODULE).lines().position(|line| line.contains("pr_info")).expect("the line");
    assert_eq!(
        (&said[0]["line"], &said[0]["column"], &said[0]["endColumn"]),
        (&json!(line), &json!(2), &json!(9)),
        "{said}"
    );
    assert!(said[0]["message"].as_str().is_some_and(|said| said.contains("pr_inof")), "{said}");
    let ended = page.wait("ended");
    let why = ended["why"].as_str().expect("why");
    assert!(
        ended["how"] == "unbuilt" && why.contains("kmods/sound does not build on 6.12") && !why.contains("edits/"),
        "{why}"
    );

    // A warning is told as often as it is run, and keeps nobody from running.
    let warned = text(MODULE).replace("\tpr_info(", "\tint unused;\n\n\tpr_info(");
    for _ in 0..2 {
        let mut page = run(server, &json!([edit(MODULE, &warned)]));
        assert_eq!(page.wait("compiler")["diagnostics"][0]["severity"], "warning");
        assert_eq!(page.wait("ended")["how"], "same");
    }
}

/// The line that an oops names is one of the reader's file.
fn what_the_kernel_says(server: &Server) {
    let faulty =
        "\n\n/* mine */\nstatic int __init sound_init(void)\n{\n\tWRITE_ONCE(*(int *)NULL, 1); /* mine, too */\n";
    let faulty = text(MODULE).replacen("static int __init sound_init(void)\n{\n", faulty, 1);
    let (_, logged, ended) = run(server, &json!([edit(MODULE, &faulty)])).all();
    assert!(logged.contains("NULL pointer dereference"), "{logged}");
    assert_eq!(ended["how"], "failed", "{ended}");
    assert!(ended["place"].as_str().is_some_and(|place| place.contains("mine, too")), "{ended}");
}

fn readers_at_the_same_time(server: &Server) {
    thread::scope(|readers| {
        for reader in 0..4 {
            readers.spawn(move || {
                for turn in 0..3 {
                    let words = format!("reader {reader}, turn {turn}");
                    let (printed, _, ended) = run(server, &json!([edit(LESSON, &program(&words))])).all();
                    assert_eq!(printed, format!("== module\nloaded: {words}\n"), "{ended}");
                }
            });
        }
    });
}

fn what_can_be_read(server: &Server) {
    let ask = |slug: &str, file: &str| {
        let mut page = page(server, RUN);
        page.say(json!({"version": 1, "kind": "source", "slug": slug, "file": file}));
        let answer = page.next().expect("an answer");
        assert_eq!(page.next(), None, "the server closes the socket");
        answer
    };
    let source = ask("sound", MODULE);
    assert_eq!((&source["kind"], &source["text"]), (&json!("source"), &json!(text(MODULE))), "{source}");
    let files: Vec<&String> = source["versions"].as_object().expect("versions").keys().collect();
    assert_eq!(files, [MODULE, LESSON]);
    let version = source["versions"][MODULE].clone();
    server.copy.edit(MODULE, "crossings_sound: loaded", "crossings_sound: other");
    assert_ne!(ask("sound", MODULE)["versions"][MODULE], version);
    server.copy.edit(MODULE, "crossings_sound: other", "crossings_sound: loaded");
    for (slug, file) in [
        ("sound", "/etc/passwd"),
        ("sound", "../../../etc/passwd"),
        ("sound", "kmods/sound/../sound/sound.c"),
        ("sound", "kmods/ioctl/ioctl.c"),
        ("sound", "lessons/sound/Cargo.toml"),
        ("sound", "kmods/sound/Kbuild"),
        ("sound", ""),
        ("../lessons/sound", LESSON),
        ("", LESSON),
    ] {
        let answer = ask(slug, file);
        assert_eq!(answer["how"], "refused", "{slug:?} {file:?}: {answer}");
        assert!(answer["text"].is_null(), "{answer}");
    }
}

fn what_is_refused(server: &Server) {
    let long = "x".repeat(129 << 10);
    for (edits, why) in [
        (json!([edit("/etc/passwd", "")]), "has no file"),
        (json!([edit("../../../../etc/passwd", "")]), "has no file"),
        (json!([edit("kmods/sound/../../Cargo.toml", "")]), "has no file"),
        (json!([edit("./kmods/sound/sound.c", "")]), "has no file"),
        (json!([edit("kmods/ioctl/ioctl.c", "")]), "has no file"),
        (json!([edit("lessons/sound/build.rs", "fn main() {}")]), "has no file"),
        (json!([edit("lessons/sound/Cargo.toml", "")]), "has no file"),
        (json!([edit("lessons/sound/src/new.rs", "")]), "has no file"),
        (json!([edit("kmods/sound/Kbuild", "obj-m := $(shell id)")]), "has no file"),
        (json!([edit(MODULE, &long)]), "is longer than"),
        (json!([edit(MODULE, "a"), edit(MODULE, "b")]), "comes twice"),
        (json!([{"file": MODULE, "text": "", "path": "/etc"}]), "path"),
        (json!([{"file": MODULE}]), "text"),
        (json!("kmods"), "kmods"),
    ] {
        let mut page = run(server, &edits);
        let ended = page.next().expect("an answer");
        assert_eq!(ended["how"], "refused", "{edits}: {ended}");
        assert!(ended["why"].as_str().is_some_and(|said| said.contains(why)), "{edits}: {ended}");
    }
    // More than all that a page may send.
    let much = json!({"version": 1, "kind": "run", "scene": "sound", "edits": [edit(MODULE, &"x".repeat(600_000))]});
    page(server, RUN).makes_it_hang_up(Message::text(much.to_string()));
    let (cookie, own) = (server.cookie(), format!("http://localhost:{}", server.port));
    for (cookie, origin) in [("", own.as_str()), (&cookie, "http://crossings.example"), (&cookie, "null")] {
        assert_eq!(open(server, RUN, &[("Cookie", cookie), ("Origin", origin)]).err(), Some(403));
    }
}

/// `cargo lab run ARGUMENTS --from FOLDER` on a course.
fn run_from(course: &Path, folder: &Path, arguments: &[&str]) -> tool::Outcome {
    outcome(lab(&["run"]).args(arguments).arg("--from").arg(folder).env("CROSSINGS_ROOT", course))
}

#[test]
fn a_folder_is_laid_over_the_course() {
    let course = part_of_planted(&["sound", "more"]);
    let folder = tempfile::tempdir().expect("tempdir");
    let put = |file: &str, text: &str| {
        let path = folder.path().join(file);
        fs::create_dir_all(path.parent().expect("a folder")).expect("mkdir");
        fs::write(path, text).expect("write");
    };
    let run = |arguments: &[&str]| run_from(course.path(), folder.path(), arguments);

    // What is not there is said, with where it would be.
    run(&["sound"]).expect(2, &["has nothing for sound: it would be in", "/lessons/sound or", "/kmods/sound"]);
    run(&[]).expect(2, &["has nothing of a lesson", "/kmods/SLUG"]);
    run_from(course.path(), Path::new("/nowhere"), &["sound"]).expect(2, &["/nowhere has nothing for sound"]);

    // As the course has it, it passes; changed, the difference is shown, and of another lesson nothing is run.
    put(LESSON, &text(LESSON));
    run(&["sound"]).expect(0, &["has the files of the course, unchanged", "1 passed"]);
    put(LESSON, &program("mine"));
    let changed = run(&[]);
    changed.expect(
        1,
        &["sound: with your lessons/sound/src/main.rs", "- loaded: true", "+ loaded: mine", "0 passed, 1 failed"],
    );

    // A file of its own, and what it expects itself.
    put(LESSON, "mod own;\nfn main() {\n    println!(\"== module\\nloaded: {}\", own::WORDS);\n}\n");
    put("lessons/sound/src/own.rs", "pub const WORDS: &str = \"mine\";\n");
    put("lessons/sound/expected.txt", "== module\nloaded: mine\n");
    run(&["sound", "--kernel", "6.12,6.1"]).expect(0, &["2 passed, 0 failed"]);

    // The module, which does not build and then does.
    put(MODULE, &text(MODULE).replace("pr_info(", "pr_inof("));
    run(&["sound"]).expect(1, &["kmods/sound does not build on 6.12", "kmods/sound/sound.c:", "pr_inof"]);
    put(MODULE, &text(MODULE).replace("return 0;", "return -EPERM;"));
    run(&["sound"]).expect(1, &["insmod", "Operation not permitted"]);

    // The course is as it was, and nothing was remembered of it that is the reader's.
    for file in [LESSON, MODULE] {
        assert_eq!(fs::read_to_string(course.path().join(file)).expect("read"), text(file));
    }
    let own = outcome(lab(&["run", "sound", "--changed"]).env("CROSSINGS_ROOT", course.path()));
    own.expect(0, &["ok     sound on Linux 6.12"]);
}
