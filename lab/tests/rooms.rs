//! The tool's own house: what its folders may use of each other.

use std::{collections::BTreeSet, fs, path::Path};

/// The rooms of `lab/src`, each above those that it may use.
const ROOMS: [&str; 22] = [
    "main",
    "doctor",
    "bench",
    "authors",
    "serve",
    "site",
    "book",
    "notebooks",
    "figures",
    "exercises",
    "trial",
    "provision",
    "exec",
    "lessons",
    "build",
    "vm",
    "watch",
    "course",
    "report",
    "cache_key",
    "cache",
    "programs",
];

/// More files than this in one folder, and nobody finds anything.
const FILES: usize = 14;

#[test]
fn no_room_uses_one_above_it() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let floor =
        |room: &str| ROOMS.iter().position(|name| *name == room).unwrap_or_else(|| panic!("{room} is in no list"));
    for (file, text) in sources(&source) {
        let room = file.split('/').next().unwrap_or_default().trim_end_matches(".rs");
        for used in used(&text) {
            assert!(room == "main" || floor(room) <= floor(&used), "{file} uses {used}, which is above it");
        }
    }
}

#[test]
fn no_folder_is_crowded() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for (file, _) in sources(&source) {
        let folder = source.join(file).parent().expect("a folder").to_path_buf();
        let files = fs::read_dir(&folder).expect("read").count();
        assert!(folder == source || files <= FILES, "{} has {files} files", folder.display());
    }
}

/// All sources below a folder, by their paths in it.
fn sources(folder: &Path) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("read").map(|entry| entry.expect("entry").path()) {
        let name = entry.file_name().expect("name").to_string_lossy().into_owned();
        if entry.is_dir() {
            found.extend(sources(&entry).into_iter().map(|(file, text)| (format!("{name}/{file}"), text)));
        } else {
            found.push((name, fs::read_to_string(&entry).expect("read")));
        }
    }
    assert!(!found.is_empty(), "{} is empty", folder.display());
    found
}

/// The rooms that a file uses: what follows `crate::`, alone or at the first level of a list.
fn used(text: &str) -> BTreeSet<String> {
    let word = |text: &str| text.chars().take_while(|letter| letter.is_ascii_lowercase() || *letter == '_').collect();
    let mut rooms = BTreeSet::new();
    for (at, _) in text.match_indices("crate::") {
        let rest = &text[at + "crate::".len()..];
        if !rest.starts_with('{') {
            rooms.insert(word(rest));
            continue;
        }
        let (mut depth, mut begins) = (0, false);
        for (at, letter) in rest.char_indices() {
            match letter {
                '{' => (depth, begins) = (depth + 1, depth == 0),
                '}' if depth == 1 => break,
                '}' => depth -= 1,
                ',' => begins = depth == 1,
                letter if begins && !letter.is_whitespace() => {
                    rooms.insert(word(&rest[at..]));
                    begins = false;
                }
                _ => {}
            }
        }
    }
    // Types of the crate's root have capitals; there are none.
    rooms.remove("");
    rooms
}

#[test]
fn the_first_level_of_a_list_is_found() {
    let text = "use crate::{\n    book::{lint, page},\n    vm::guest::{Guest, kernel},\n    course,\n};\nlet x = crate::cache::folder();";
    assert_eq!(used(text).into_iter().collect::<Vec<_>>(), ["book", "cache", "course", "vm"]);
}
