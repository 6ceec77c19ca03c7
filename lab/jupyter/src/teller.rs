//! What a reader is told that evcxr does not say. To evcxr, a cell in which `?` returned an error, or that panicked, has ended
//! like any other; here it has failed. When a cell misses a variable that went with a guest, it is told so. And whoever asks
//! what a word means may stand anywhere in it.

use crate::message::Message;
use serde_json::json;
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
};

/// What a message is, by the way that it goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// A request of Jupyter's.
    Asked,
    /// The kernel's answer.
    Answered,
    /// What the kernel tells everybody: what cells print, and when they begin and end.
    Published,
}

/// What `cargo lab dev relay` leaves in the folder when a cell has failed by itself: why.
const FAILED: &str = "failed";

/// The source of the cell that was compiled last, as evcxr has completed it.
const SOURCE: &str = "src/lib.rs";

/// So begins what evcxr says of a cell whose process has gone.
const TERMINATED: &str = "Subprocess terminated";

/// Who tells.
pub struct Teller {
    /// In which evcxr builds the cells.
    folder: PathBuf,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// The number that the running cell has in the notebook.
    number: u64,
    /// The messages with cells that have ended, and why those have failed by themselves that have. Jupyter may ask for many at
    /// once, and hear of the next one's answer before it hears that this one has ended.
    ended: BTreeMap<String, Option<String>>,
    /// Variables that have gone with a guest: with which cell.
    gone: BTreeMap<String, u64>,
}

impl Teller {
    /// Of the cells that are built in this folder.
    pub fn new(folder: &Path) -> Self {
        let _ = fs::remove_file(folder.join(FAILED));
        Teller { folder: folder.into(), state: Mutex::default() }
    }

    /// What to send in place of a message; nothing if it goes on as it is.
    pub fn edit(&self, way: Way, mut message: Message) -> Option<Vec<Message>> {
        match (way, message.kind()) {
            (Way::Asked, "inspect_request") => {
                let (code, place) = (message.content["code"].as_str()?, message.content["cursor_pos"].as_u64()?);
                message.content["cursor_pos"] = end_of_word(code, place as usize).into();
                Some(vec![message])
            }
            (Way::Answered, "execute_reply") => {
                let why = self.failed(message.cause())?;
                message.content = json!({ "execution_count": message.content["execution_count"] });
                add(&mut message.content, error(&why));
                Some(vec![message])
            }
            (Way::Published, "execute_input") => {
                self.state().number = message.content["execution_count"].as_u64()?;
                None
            }
            (Way::Published, "error") => self.explain(message),
            (Way::Published, "status") => {
                let is_end =
                    message.content["execution_state"] == "idle" && message.parent["msg_type"] == "execute_request";
                let why = if is_end { self.failed(message.cause())? } else { return None };
                Some(vec![message.beside("error", error(&why)), message])
            }
            _ => None,
        }
    }

    /// Why a cell that has ended has failed by itself, if it has. Its answer and the word that the kernel is idle again go
    /// over two connections; whichever comes first finds what the relay has left, which it does before evcxr hears of the end.
    fn failed(&self, cell: &str) -> Option<String> {
        let read = || {
            let path = self.folder.join(FAILED);
            let why = fs::read_to_string(&path).ok();
            let _ = fs::remove_file(path);
            why
        };
        self.state().ended.entry(cell.to_string()).or_insert_with(read).clone()
    }

    /// Adds to an error what is known of it.
    fn explain(&self, mut message: Message) -> Option<Vec<Message>> {
        let mut state = self.state();
        let what = message.content["evalue"].as_str()?;
        if what.starts_with(TERMINATED) {
            let source = fs::read_to_string(self.folder.join(SOURCE)).unwrap_or_default();
            let number = state.number;
            state.gone.extend(variables(&source).map(|name| (name.to_string(), number)));
            return None;
        }
        let name = what.strip_prefix("cannot find value `")?.split('`').next()?;
        let line =
            format!("`{name}` went with the kernel at [{}]: run the cell again that makes it.", state.gone.get(name)?);
        message.content["evalue"] = format!("{what}\n{line}").into();
        message.content["traceback"].as_array_mut()?.push(line.into());
        Some(vec![message])
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What says that a cell has failed, in an answer and in an output.
fn error(why: &str) -> serde_json::Value {
    json!({ "status": "error", "ename": "Error", "evalue": why, "traceback": [why] })
}

/// Adds the fields of one object to another.
fn add(to: &mut serde_json::Value, from: serde_json::Value) {
    if let (Some(to), serde_json::Value::Object(from)) = (to.as_object_mut(), from) {
        to.extend(from);
    }
}

/// The variables that a cell has found there, by evcxr's code around it (`load_variable_statements()` in its
/// `eval_context.rs`): `let mut NAME = evcxr_variable_store.take_variable::<TYPE>(stringify!(NAME));`
fn variables(source: &str) -> impl Iterator<Item = &str> {
    let taken = source.split("evcxr_variable_store.take_variable::<").skip(1);
    taken.filter_map(|rest| rest.split_once("(stringify!(")?.1.split(')').next())
}

/// Where the word ends in which, or at whose end, a place of the code is: counted in characters. evcxr looks only at what
/// stands before the place, and knows a method by the parenthesis behind its name.
fn end_of_word(code: &str, place: usize) -> usize {
    let is_word = |letter: &char| letter.is_alphanumeric() || *letter == '_';
    let rest = || code.chars().skip(place);
    let more = rest().take_while(is_word).count();
    let in_word =
        more > 0 || place.checked_sub(1).and_then(|before| code.chars().nth(before)).as_ref().is_some_and(is_word);
    let is_call = in_word && rest().nth(more) == Some('(');
    place + more + usize::from(is_call)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::tests::message;
    use serde_json::Value;

    /// A folder of its own for a test, and a teller in it.
    fn teller(test: &str) -> (PathBuf, Teller) {
        let folder = std::env::temp_dir().join(format!("lab-jupyter-{}-{test}", std::process::id()));
        fs::create_dir(&folder).expect("make a folder");
        let teller = Teller::new(&folder);
        (folder, teller)
    }

    fn of_cell(number: &str) -> Value {
        json!({ "msg_type": "execute_request", "msg_id": number })
    }

    #[test]
    fn a_cell_that_failed_by_itself_is_told_to_have_failed_whichever_word_of_it_comes_first() {
        let answer = || message("execute_reply", of_cell("7"), json!({ "status": "ok", "execution_count": 3 }));
        let idle = |cell| message("status", of_cell(cell), json!({ "execution_state": "idle" }));
        for answer_first in [true, false] {
            let (folder, teller) = teller(if answer_first { "answer" } else { "idle" });
            fs::write(folder.join(FAILED), "It has failed.").expect("write");
            let mut said = [None, None];
            for turn in [answer_first, !answer_first] {
                let edited =
                    if turn { teller.edit(Way::Answered, answer()) } else { teller.edit(Way::Published, idle("7")) };
                said[usize::from(turn)] = edited;
            }
            let [published, answered] = said.map(|messages| messages.expect("edited"));
            assert_eq!(
                (&answered[0].content["status"], &answered[0].content["execution_count"]),
                (&json!("error"), &json!(3))
            );
            assert_eq!(published.iter().map(Message::kind).collect::<Vec<_>>(), ["error", "status"]);
            assert_eq!(published[0].content["evalue"], "It has failed.");
            assert!(teller.edit(Way::Published, idle("8")).is_none(), "the next one has not");
            let again = teller.edit(Way::Published, idle("7")).expect("still known");
            assert_eq!(again[0].content["evalue"], "It has failed.");
            fs::remove_dir_all(folder).expect("remove the folder");
        }
    }

    #[test]
    fn a_variable_that_went_with_a_guest_is_told_of() {
        let (folder, teller) = teller("gone");
        fs::create_dir(folder.join("src")).expect("make");
        let source = "let mut lost = evcxr_variable_store.take_variable::<Vec<(u8, u8)>>(stringify!(lost));";
        fs::write(folder.join(SOURCE), source).expect("write");
        let errs = |what: &str| message("error", json!({}), json!({ "evalue": what, "traceback": ["where"] }));
        let missing = || errs("cannot find value `lost` in this scope");
        assert!(teller.edit(Way::Published, missing()).is_none(), "it never was");
        teller.edit(Way::Published, message("execute_input", json!({}), json!({ "execution_count": 14 })));
        teller.edit(Way::Published, errs("Subprocess terminated with status: exit status: 1"));
        let told = teller.edit(Way::Published, missing()).expect("told");
        let line = told[0].content["traceback"][1].as_str().expect("a line");
        assert!(line.contains("`lost` went with the kernel at [14]"), "{line}");
        assert!(teller.edit(Way::Published, errs("cannot find value `other` in this scope")).is_none());
        fs::remove_dir_all(folder).expect("remove the folder");
    }

    #[test]
    fn a_word_is_asked_for_wherever_one_stands_in_it() {
        for place in 4..=9 {
            assert_eq!(end_of_word("let größe = 1;", place), 9);
            assert_eq!(end_of_word("a = x_ys_z();", place), 11);
        }
        assert_eq!(end_of_word("a + b", 2), 2);
        assert_eq!(end_of_word("a  (b)", 2), 2);
        assert_eq!(end_of_word("ab", 7), 7);
    }
}
