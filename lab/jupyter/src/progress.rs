//! What is compiled for a cell, shown in the cell while it takes long. evcxr says nothing until all is compiled, which is minutes
//! for a crate with many others behind it.

use crate::message::Message;
use serde_json::json;
use std::{
    collections::BTreeSet,
    fs,
    path::Path,
    time::{Duration, Instant},
};

/// What takes longer is shown, and so often brought up to date.
const SILENCE: Duration = Duration::from_secs(2);

/// evcxr's name for a cell's own code.
const CELL: &str = "ctx";

/// What a client is told of the cell that runs. Each has one of its own: what one has missed, another has not.
#[derive(Default)]
pub struct Progress {
    cell: Option<Cell>,
}

/// A cell that has begun, and has shown nothing of its own.
struct Cell {
    /// The word that it has begun.
    busy: Message,
    began: Instant,
    /// How often something was said of it.
    said: usize,
}

impl Progress {
    /// Takes note of a message to the client. Returns what it is to be told before: that what was shown here goes, once there is
    /// something of the cell's.
    pub fn note(&mut self, message: &Message) -> Option<Message> {
        if message.parent["msg_type"] != "execute_request" {
            return None;
        }
        match message.kind() {
            "status" if message.content["execution_state"] == "busy" => {
                self.cell = Some(Cell { busy: message.clone(), began: Instant::now(), said: 0 });
                None
            }
            "execute_input" => None,
            _ => {
                let cell = self.cell.take_if(|cell| cell.busy.cause() == message.cause())?;
                (cell.said > 0).then(|| cell.busy.beside("clear_output", json!({ "wait": false })))
            }
        }
    }

    /// What to tell now: what is compiled in the folder for a cell that has been silent for too long.
    pub fn look(&mut self, folder: &Path) -> Option<Message> {
        let cell = self.cell.as_mut().filter(|cell| cell.began.elapsed() >= SILENCE)?;
        let names = compiled(&folder.to_string_lossy());
        (!names.is_empty()).then(|| cell.tell(&names))
    }
}

impl Cell {
    fn tell(&mut self, names: &BTreeSet<String>) -> Message {
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let text = format!("compiling {} ({} s)", names.join(", "), self.began.elapsed().as_secs());
        // The first one stands there, and the others in its place.
        let kind = if self.said == 0 { "display_data" } else { "update_display_data" };
        self.said += 1;
        let mut message = self.busy.beside(
            kind,
            json!({
                "data": { "text/plain": text },
                "metadata": {},
                "transient": { "display_id": format!("compiling-{}", self.busy.cause()) },
            }),
        );
        let number = message.header["msg_id"].as_str().unwrap_or_default();
        message.header["msg_id"] = format!("{number}-{}", self.said).into();
        message
    }
}

/// What is being compiled in a folder: the crates of compilers that write there, and the packages whose build scripts, which were
/// compiled there, run.
fn compiled(folder: &str) -> BTreeSet<String> {
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    // Processes of others, and those that have ended, are not to be read.
    let lines = processes.filter_map(|process| fs::read(process.path().join("cmdline")).ok());
    lines.filter_map(|line| named(&String::from_utf8_lossy(&line), folder)).collect()
}

/// What a process with this command line (proc_pid_cmdline(5)) compiles in a folder.
fn named(line: &str, folder: &str) -> Option<String> {
    let is_in = |argument: &str| argument.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'));
    let mut arguments = line.split('\0');
    let program = arguments.next()?;
    if is_in(program) {
        // target/debug/build/PACKAGE-HASH/build-script-build
        let (package, _hash) = program.split("/build/").nth(1)?.split('/').next()?.rsplit_once('-')?;
        return Some(package.to_string());
    }
    let name = arguments.clone().skip_while(|argument| *argument != "--crate-name").nth(1)?;
    let name = match name {
        CELL => "the cell".to_string(),
        "build_script_build" => return None,
        name => name.to_string(),
    };
    arguments.any(is_in).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::tests::message;
    use serde_json::Value;

    const FOLDER: &str = "/cells/0";

    fn of_cell(kind: &str, content: Value) -> Message {
        message(kind, json!({ "msg_type": "execute_request", "msg_id": "7" }), content)
    }

    fn busy() -> Message {
        of_cell("status", json!({ "execution_state": "busy" }))
    }

    #[test]
    fn what_was_shown_goes_before_the_cells_own_output() {
        let mut progress = Progress::default();
        assert!(progress.note(&busy()).is_none());
        let cell = progress.cell.as_mut().expect("a cell");
        let told = ["nix", "neli"].map(|name| cell.tell(&BTreeSet::from([name.to_string()])));
        assert_eq!(told.each_ref().map(Message::kind), ["display_data", "update_display_data"]);
        assert_eq!(told[0].content["data"]["text/plain"], "compiling nix (0 s)");
        assert_eq!(told[0].content["transient"], told[1].content["transient"]);
        assert!(told[0].header["msg_id"] != told[1].header["msg_id"]);
        assert!(progress.note(&of_cell("execute_input", json!({}))).is_none());
        let before = progress.note(&of_cell("stream", json!({ "text": "out" }))).expect("it goes");
        assert_eq!(before.kind(), "clear_output");
        assert!(progress.note(&of_cell("stream", json!({ "text": "more" }))).is_none(), "it has gone");
        progress.note(&busy());
        assert!(progress.note(&of_cell("status", json!({ "execution_state": "idle" }))).is_none(), "nothing was shown");
    }

    #[test]
    fn what_writes_in_the_folder_is_named() {
        let compiler = |name: &str, folder: &str| {
            named(&format!("rustc\0--crate-name\0{name}\0--out-dir\0{folder}/target/debug/deps\0"), FOLDER)
        };
        assert_eq!(compiler("nix", FOLDER).as_deref(), Some("nix"));
        assert_eq!(compiler(CELL, FOLDER).as_deref(), Some("the cell"));
        assert_eq!(compiler("nix", "/cells/01"), None);
        assert_eq!(compiler("build_script_build", FOLDER), None);
        let script = format!("{FOLDER}/target/debug/build/linux-sys-0123/build-script-build\0");
        assert_eq!(named(&script, FOLDER).as_deref(), Some("linux-sys"));
        assert_eq!(named("sh\0-c\0true\0", FOLDER), None);
    }
}
