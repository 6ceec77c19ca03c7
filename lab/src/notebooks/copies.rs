//! The reader's own notebooks, in `learn/notebooks`: copies of the stored ones, made once and theirs from then on. What the
//! cells print is not in them: it comes when they run, and a question whose answer stands below it is none.

use crate::{cache_key::CacheKey, course::Course, notebooks::notebook::Notebook};
use anyhow::{Context, Result};
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

/// Where it is kept of which stored notebook a copy was made, or of which one it was last said that it is another.
const RECORD: &str = ".stored.json";

/// The reader's folder of notebooks.
pub fn folder(course: &Course) -> PathBuf {
    course.learn().join("notebooks")
}

/// Makes the copies that are not there yet. Returns what there is to say: of which copies the stored notebook has changed since
/// it was made. Of each change it is said once.
pub fn make(course: &Course) -> Result<Vec<String>> {
    let folder = folder(course);
    fs::create_dir_all(&folder).with_context(|| format!("make {}", folder.display()))?;
    let record = folder.join(RECORD);
    let text = fs::read_to_string(&record).unwrap_or_default();
    // One that cannot be read says nothing: then nothing is known of the copies, and they stay as they are.
    let mut known: BTreeMap<String, String> = serde_json::from_str(&text).unwrap_or_default();
    let mut said = Vec::new();
    for slug in course.slugs()? {
        let (stored, copy) = (course.notebook(&slug), folder.join(format!("{slug}.ipynb")));
        let key = CacheKey::default().file(&stored)?.finish();
        if !copy.exists() {
            let text = Notebook::read(&stored)?.copy(&course.root, &folder)?.text()?;
            replace(&copy, &text)?;
        } else if known.get(&slug).is_some_and(|known| *known != key) {
            said.push(format!(
                "notebooks/{slug}.ipynb has changed since your copy was made. {} is as you left it; rename it to get the \
                 new one beside it",
                copy.display()
            ));
        }
        known.insert(slug, key);
    }
    replace(&record, &serde_json::to_string_pretty(&known)?)?;
    Ok(said)
}

/// Writes a whole file at once.
fn replace(path: &Path, text: &str) -> Result<()> {
    let new = path.with_extension("new");
    fs::write(&new, text).with_context(|| format!("write {}", new.display()))?;
    fs::rename(&new, path).with_context(|| format!("write {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    /// A course with one lesson.
    fn course() -> (tempfile::TempDir, Course) {
        let root = tempfile::tempdir().expect("a folder");
        let course = Course { root: root.path().into() };
        for folder in ["lessons/ioctl", "notebooks"] {
            fs::create_dir_all(root.path().join(folder)).expect("make");
        }
        (root, course)
    }

    fn store(course: &Course, title: &str) {
        let prose =
            json!({ "cell_type": "markdown", "metadata": {}, "source": format!("# {title}\n\n[x](../book/x.md#lab)") });
        let code = json!({ "cell_type": "code", "execution_count": 1, "metadata": { "changes": [], "tags": ["raises-exception"] },
            "outputs": [{ "output_type": "stream" }], "source": ":dep x = { path = \"../lessons/x\" }" });
        let text = json!({ "cells": [prose, code] }).to_string();
        fs::write(course.notebook("ioctl"), text).expect("write");
    }

    fn read(path: &Path) -> Value {
        serde_json::from_str(&fs::read_to_string(path).expect("read")).expect("JSON")
    }

    #[test]
    fn a_copy_has_no_outputs_and_its_paths_lead_where_they_should() {
        let (_root, course) = course();
        store(&course, "X");
        assert!(make(&course).expect("make").is_empty());
        let copy = read(&folder(&course).join("ioctl.ipynb"));
        assert_eq!(copy["cells"][0]["source"], json!(["# X\n", "\n", "[x](http://localhost:3000/x.html#lab)"]));
        let code = &copy["cells"][1];
        assert_eq!(code["source"], json!([":dep x = { path = \"../../lessons/x\" }"]));
        assert_eq!((&code["outputs"], &code["execution_count"]), (&json!([]), &Value::Null));
        assert_eq!(code["metadata"], json!({ "tags": ["raises-exception"] }));
    }

    #[test]
    fn a_copy_is_the_readers_and_a_newer_notebook_is_told_of_once() {
        let (_root, course) = course();
        let make = || super::make(&course).expect("make");
        let copy = folder(&course).join("ioctl.ipynb");
        store(&course, "X");
        make();
        fs::write(&copy, "mine").expect("write");
        assert!(make().is_empty());
        store(&course, "Y");
        let said = make();
        assert!(said.len() == 1 && said[0].contains("notebooks/ioctl.ipynb has changed"), "{said:?}");
        assert!(make().is_empty());
        assert_eq!(fs::read_to_string(&copy).expect("read"), "mine");
        fs::remove_file(&copy).expect("remove");
        assert!(make().is_empty());
        assert_eq!(read(&copy)["cells"][0]["source"][0], "# Y\n");
    }
}
