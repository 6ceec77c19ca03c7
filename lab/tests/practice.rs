//! Exercises on a page of `cargo lab serve`: the reader's own files and record, whoever changes them, and checks.

mod tool;

use serde_json::{Value, json};
use std::{fs, path::PathBuf, process::Command};
use tool::{
    learner::{Learner, course},
    page::{Page, page},
    wait_for_emulator, wait_until_gone,
};
use tungstenite::Message;

const EXERCISE: &str = "/lab/exercise";

/// The exercise that is done here, in user space.
const NAME: &str = "request-number";

/// The real course, served to a learner with a folder of their own: what its checks are built of is built already.
type Server = tool::server::Server<Learner>;

/// An exercise on a page, and what its page was told last.
struct Desk {
    page: Page,
    hash: Value,
}

impl Desk {
    /// Opens one, with what it is told at first.
    fn open(server: &Server, name: &str) -> (Self, Value, Value) {
        let mut page = page(server, EXERCISE);
        page.say(json!({"version": 1, "kind": "open", "slug": "ioctl", "name": name}));
        let record = page.wait("record");
        let file = page.wait("file");
        (Desk { page, hash: file["hash"].clone() }, record, file)
    }

    fn ask(&mut self, kind: &str, mut message: Value) {
        (message["version"], message["kind"]) = (json!(1), json!(kind));
        self.page.say(message);
    }

    fn save(&mut self, text: &str) {
        self.ask("save", json!({"text": text, "seen": self.hash}));
        self.hash = self.page.wait("saved")["hash"].clone();
    }

    /// The next message of this kind.
    #[track_caller]
    fn told(&mut self, kind: &str) -> Value {
        let told = self.page.wait(kind);
        if ["file", "conflict"].contains(&kind) {
            self.hash = told["hash"].clone();
        }
        told
    }

    /// What comes of a check.
    fn check(&mut self, kernel: &str) -> Value {
        self.ask("check", json!({"kernel": kernel}));
        self.told("ended")
    }
}

fn server() -> Server {
    let learner = Learner::new();
    let command = learner.lab(&["serve", "--port", "0", "--unchecked"]);
    Server::running(learner, command)
}

/// Has the file say this from one moment to the next, as an editor does: a new file under the old name.
fn save(server: &Server, text: &str) {
    let file = file(server);
    let new = file.with_extension("saving");
    fs::write(&new, text).and_then(|()| fs::rename(new, file)).expect("save");
}

fn file(server: &Server) -> PathBuf {
    server.copy.0.path().join("ioctl").join(NAME).join("exercise.rs")
}

fn text(server: &Server) -> String {
    fs::read_to_string(file(server)).expect("read")
}

/// The file as the solution has it.
fn solution() -> String {
    let folder = course().join("exercises/ioctl").join(NAME);
    let parts = ["exercise.rs", "solution.diff"].map(|part| folder.join(part));
    let output = Command::new("patch").args(["--quiet", "--output=-"]).args(parts).output().expect("start patch");
    assert!(output.status.success());
    String::from_utf8(output.stdout).expect("text")
}

#[test]
fn a_reader_does_an_exercise_on_the_page_and_in_the_terminal_at_once() {
    let server = server();
    what_is_refused(&server);
    let events = server.events_with(&server.cookie());
    events.wait("none passed", |message| message["exercises"]["ioctl"] == json!({"passed": 0, "of": 3}));
    who_may_only_read_is_not_told(&server);
    let (mut desk, record, begun) = Desk::open(&server, NAME);
    assert_eq!(record["passed"], false);
    assert_eq!((&record["hints"], &record["of"]), (&json!([]), &json!(3)));
    assert_eq!(begun["path"], file(&server).display().to_string());
    assert_eq!(begun["text"], text(&server));
    nobody_overwrites_what_they_have_not_seen(&server, &mut desk);
    what_the_terminal_does_is_told(&server, &mut desk);
    a_check_is_told_and_stopped(&server, &mut desk);

    // The solution, on the kernel that is not the default one; the terminal knows of it, and so do all pages.
    desk.save(&solution());
    let ended = desk.check("6.1");
    assert_eq!((&ended["how"], &ended["why"]), (&json!("same"), &Value::Null), "{ended}");
    events.wait("one passed", |message| message["exercises"]["ioctl"] == json!({"passed": 1, "of": 3}));
    server.copy.run(&["progress"]).expect(0, &["[x] ioctl/request-number", "[ ] ioctl/count"]);

    // Begun anew: what it said is beside it, and the record is as if nothing had been done.
    desk.ask("reset", json!({"text": "// not saved\n"}));
    for text in [solution(), "// not saved\n".to_string()] {
        let aside = desk.told("aside")["path"].as_str().expect("a path").to_string();
        assert_eq!(fs::read_to_string(&aside).expect("read"), text);
    }
    assert_eq!(desk.told("record")["hints"], json!([]));
    assert_eq!(desk.told("file")["text"], begun["text"]);
    server.copy.run(&["progress"]).expect(0, &["[~] ioctl/request-number"]);

    // The folder goes, and the page says so, and puts back what it has.
    fs::remove_dir_all(server.copy.0.path()).expect("remove");
    let gone = desk.told("file");
    assert_eq!((&gone["text"], &gone["hash"]), (&Value::Null, &Value::Null), "{gone}");
    desk.ask("save", json!({"text": "// mine\n", "seen": begun["hash"]}));
    assert_eq!(desk.told("conflict")["text"], Value::Null);
    desk.ask("settle", json!({"keep": "page", "text": "// mine\n", "seen": null}));
    assert_eq!(desk.told("file")["text"], "// mine\n");
    assert_eq!(text(&server), "// mine\n");
    // It is another folder now, and watched as the first one was.
    save(&server, "// theirs\n");
    assert_eq!(desk.told("file")["text"], "// theirs\n");
    assert_eq!(server.end(), Some(0));
}

fn what_is_refused(server: &Server) {
    let open = |slug: &str, name: &str| json!({"version": 1, "kind": "open", "slug": slug, "name": name});
    let asked = [
        (open("ioctl", "nothing"), "no exercise"),
        (open("ioctl", ""), "no exercise"),
        (open("ioctl", "."), "no exercise"),
        (open("ioctl", "../ioctl/count"), "no exercise"),
        (open("ioctl", "count/exercise.c"), "no exercise"),
        (open("../exercises/ioctl", "count"), "there is no chapter"),
        (open("", "ioctl/count"), "there is no chapter"),
        (open("/etc", "passwd"), "there is no chapter"),
        (json!({"version": 2, "kind": "open", "slug": "ioctl", "name": "count"}), "version 2"),
        (json!({"version": 1, "kind": "save", "text": "x", "seen": null}), "no exercise is open yet"),
        (json!({"version": 1, "kind": "open", "path": "/etc/passwd"}), "slug"),
    ];
    for (message, why) in asked {
        let mut page = page(server, EXERCISE);
        page.say(message.clone());
        let refused = page.next().expect("an answer");
        assert_eq!(refused["kind"], "refused", "{message}: {refused}");
        assert!(refused["why"].as_str().is_some_and(|said| said.contains(why)), "{message}: {refused}");
        assert_eq!(page.next(), None);
    }
    // Too long a message, and bytes, are not read.
    for message in [Message::text(format!("\"{}\"", "x".repeat(1 << 20))), Message::binary(vec![0; 8])] {
        page(server, EXERCISE).makes_it_hang_up(message);
    }
    assert!(!server.copy.0.path().join("ioctl").exists(), "nothing of this begins an exercise");
}

fn who_may_only_read_is_not_told(server: &Server) {
    let state = server.events().wait("the state", |message| message["kind"] == "state");
    assert_eq!(state["exercises"], json!({}));
}

fn nobody_overwrites_what_they_have_not_seen(server: &Server, desk: &mut Desk) {
    let (mut other, _, _) = Desk::open(server, NAME);
    desk.save("// one\n");
    assert_eq!(text(server), "// one\n");
    // The other page hears of it, and an editor's save is heard by both.
    assert_eq!(other.told("file")["text"], "// one\n");
    save(server, "// two\n");
    for page in [&mut *desk, &mut other] {
        assert_eq!(page.told("file")["text"], "// two\n");
    }
    // Who has not seen that does not overwrite it.
    desk.ask("save", json!({"text": "// three\n", "seen": "0123456789abcdef"}));
    let conflict = desk.told("conflict");
    assert_eq!((&conflict["text"], text(server)), (&json!("// two\n"), "// two\n".to_string()));
    let lines = conflict["difference"].as_array().expect("lines");
    assert!(lines.contains(&json!({"sign": "+", "text": "// three"})), "{conflict}");
    // Either may hold, and nothing of the other is lost.
    desk.ask("settle", json!({"keep": "page", "text": "// three\n", "seen": desk.hash}));
    let aside = desk.told("aside")["path"].as_str().expect("a path").to_string();
    assert_eq!(fs::read_to_string(&aside).expect("read"), "// two\n");
    assert_eq!(desk.told("file")["text"], "// three\n");
    assert_eq!(other.told("file")["text"], "// three\n");
    other.ask("settle", json!({"keep": "file", "text": "// four\n", "seen": other.hash}));
    let aside = other.told("aside")["path"].as_str().expect("a path").to_string();
    assert_eq!(fs::read_to_string(&aside).expect("read"), "// four\n");
    assert_eq!(other.told("file")["text"], "// three\n");
    assert_eq!(text(server), "// three\n");
    // What is too long is not written.
    desk.ask("save", json!({"text": "x".repeat(300 << 10), "seen": desk.hash}));
    assert!(desk.told("trouble")["why"].as_str().is_some_and(|why| why.contains("more than")));
    assert_eq!(text(server), "// three\n");
}

fn what_the_terminal_does_is_told(server: &Server, desk: &mut Desk) {
    let id = format!("ioctl/{NAME}");
    server.copy.run(&["hint", &id]).expect(0, &["Hint 1 of 3"]);
    let record = desk.told("record");
    assert_eq!(record["hints"].as_array().map(Vec::len), Some(1));
    assert!(record["hints"][0].as_str().is_some_and(|hint| hint.starts_with("<p>All three do the same")), "{record}");
    desk.ask("hint", json!({}));
    assert_eq!(desk.told("record")["hints"].as_array().map(Vec::len), Some(2));
    server.copy.run(&["hint", &id]).expect(0, &["Hint 3 of 3"]);
    assert_eq!(desk.told("record")["hints"].as_array().map(Vec::len), Some(3));
}

fn a_check_is_told_and_stopped(server: &Server, desk: &mut Desk) {
    let lab = server.lab.id();
    let starter = fs::read_to_string(course().join("exercises/ioctl").join(NAME).join("exercise.rs")).expect("read");
    desk.save(&starter);
    let ended = desk.check("6.12");
    assert_eq!(ended["how"], "failed", "{ended}");
    assert!(ended["why"].as_str().is_some_and(|why| why.contains("the kernel says ENOTTY")), "{ended}");
    // The compiler's words are at their line.
    let broken = starter.replace("u32::from(kind) << 8", "\"text\"");
    let line = 1 + broken.lines().position(|line| line.contains("\"text\"")).expect("the line");
    desk.save(&broken);
    let ended = desk.check("6.12");
    assert_eq!((&ended["how"], &ended["marks"][0]["line"]), (&json!("failed"), &json!(line)), "{ended}");
    assert_eq!(ended["marks"][0]["severity"], "error", "{ended}");
    desk.ask("check", json!({"kernel": "../6.12"}));
    assert!(desk.told("trouble")["why"].as_str().is_some_and(|why| why.contains("the kernels are")));

    // What does not end is stopped, by its reader or by a page that goes.
    desk.save(&starter.replace("u32::from(kind) << 8 | u32::from(nr)", "loop { std::hint::spin_loop() }"));
    desk.ask("check", json!({"kernel": "6.12"}));
    let vm = wait_for_emulator(lab);
    desk.ask("check", json!({"kernel": "6.12"}));
    assert!(desk.told("trouble")["why"].as_str().is_some_and(|why| why.contains("a check runs already")));
    desk.ask("stop", json!({}));
    assert_eq!(desk.told("ended")["how"], "stopped");
    wait_until_gone(vm);
    let (mut gone, _, _) = Desk::open(server, NAME);
    gone.ask("check", json!({"kernel": "6.12"}));
    let vm = wait_for_emulator(lab);
    drop(gone);
    wait_until_gone(vm);
}
