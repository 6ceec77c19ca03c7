//! A notebook's file: read, brought into the one form in which it is kept, and turned into a page of the book.
//!
//! The form is that of nbformat 4.5 (the keys sorted, one space a level) without what changes from run to run though
//! nothing has changed: counters, times, and which version of Jupyter ran it. Measured figures, in pictures or behind a
//! `≈`, are never the same twice; they stay as they are while their cell does, and the cell says where it has them from.

use crate::notebooks::jupyter;
use anstream::adapter::strip_str;
use anyhow::{Context, Result};
use lesson::cost::{has_figure, without_figures};
use regex::Regex;
use serde::Serialize;
use serde_json::{Map, Value, json};
use std::{fs, path::Path};

/// Where a cell's metadata says on which machine its figures were measured.
const MEASURED_ON: &str = "measured_on";

/// A notebook.
#[derive(Debug, Clone, PartialEq)]
pub struct Notebook(Value);

impl Notebook {
    /// Reads a notebook's file.
    pub fn read(path: &Path) -> Result<Self> {
        let text = fs::read_to_string(path).with_context(|| format!("read {}", path.display()))?;
        serde_json::from_str(&text).map(Notebook).with_context(|| format!("{} is no notebook", path.display()))
    }

    /// The text of its file, in the form in which it is kept.
    pub fn text(&self) -> Result<String> {
        let mut text = Vec::new();
        let form = serde_json::ser::PrettyFormatter::with_indent(b" ");
        self.0.serialize(&mut serde_json::Serializer::with_formatter(&mut text, form))?;
        text.push(b'\n');
        Ok(String::from_utf8(text)?)
    }

    /// A copy of the notebook without what changes from run to run.
    pub fn normal(mut self) -> Self {
        self.0["metadata"] = json!({
            "kernelspec": { "display_name": jupyter::DISPLAY_NAME, "language": "rust", "name": jupyter::KERNEL },
            "language_info": { "file_extension": ".rs", "mimetype": "text/rust", "name": "Rust" },
        });
        self.0["nbformat"] = json!(4);
        self.0["nbformat_minor"] = json!(5);
        let mut count = 0;
        for (place, cell) in self.0["cells"].as_array_mut().into_iter().flatten().enumerate() {
            if let Some(metadata) = cell["metadata"].as_object_mut() {
                metadata.retain(|name, _| ["tags", "changes", MEASURED_ON].contains(&name.as_str()));
            }
            cell["id"] = json!(format!("cell-{place}"));
            cell["source"] = lines(&text_of(&cell["source"]));
            if cell["cell_type"] != "code" {
                continue;
            }
            count += 1;
            cell["execution_count"] = json!(count);
            if let Some(outputs) = cell["outputs"].as_array_mut() {
                outputs.iter_mut().filter_map(Value::as_object_mut).for_each(|output| normalise(output, count));
                join_streams(outputs);
            }
        }
        self
    }

    /// A copy for a reader, who runs it in `folder`: without what its cells print, and without what only tests look at. The
    /// course is in `root`. Its links lead to the book where it is served.
    pub fn copy(mut self, root: &Path, folder: &Path) -> Result<Self> {
        // Up to the course if it is the next but one, which stays right when all of it is moved.
        let up = match folder.parent().and_then(Path::parent) == Some(root) {
            true => "../..".to_string(),
            false => root.display().to_string(),
        };
        let link = Regex::new(r"\]\(\.\./book/([\w/-]+)\.md")?;
        for cell in self.0["cells"].as_array_mut().into_iter().flatten() {
            let source = text_of(&cell["source"]);
            if cell["cell_type"] != "code" {
                cell["source"] = lines(&link.replace_all(&source, format!("]({}/$1.html", jupyter::BOOK)));
                continue;
            }
            cell["source"] = lines(&source.replace("path = \"../", &format!("path = \"{up}/")));
            (cell["outputs"], cell["execution_count"]) = (json!([]), Value::Null);
            if let Some(metadata) = cell["metadata"].as_object_mut() {
                metadata.retain(|name, _| name == "tags");
            }
        }
        Ok(self)
    }

    /// Notes in each cell that shows measured figures that they are from `machine`. A cell that is the same in `before` and
    /// says the same there, but for its figures, keeps those, and the machine that they are from.
    pub fn keep_figures(&mut self, before: &Notebook, machine: &str) {
        let old: Vec<&Value> = before.0["cells"].as_array().into_iter().flatten().collect();
        for cell in self.0["cells"].as_array_mut().into_iter().flatten() {
            if !shows_figures(cell) {
                if let Some(metadata) = cell["metadata"].as_object_mut() {
                    metadata.remove(MEASURED_ON);
                }
                continue;
            }
            let same = |old: &&&Value| {
                old["metadata"][MEASURED_ON].is_string()
                    && text_of(&old["source"]) == text_of(&cell["source"])
                    && without_measured(&old["outputs"]) == without_measured(&cell["outputs"])
            };
            match old.iter().find(same) {
                Some(old) => *cell = (*old).clone(),
                None => cell["metadata"][MEASURED_ON] = json!(machine),
            }
        }
    }

    /// Its cells that show measured figures and do not say where they are from, by their numbers.
    pub fn of_no_machine(&self) -> Vec<usize> {
        let cells = self.0["cells"].as_array().into_iter().flatten().enumerate();
        cells
            .filter(|(_, cell)| shows_figures(cell) && !cell["metadata"][MEASURED_ON].is_string())
            .map(|(place, _)| place)
            .collect()
    }

    /// Errors of the compiler among its outputs: a cell with the tag `raises-exception` is meant to fail when it runs.
    pub fn compile_errors(&self) -> Vec<String> {
        let cells = self.0["cells"].as_array().into_iter().flatten();
        let outputs = cells.filter_map(|cell| cell["outputs"].as_array()).flatten();
        let errors = outputs.filter(|output| output["output_type"] == "error").map(|output| text_of(&output["evalue"]));
        // So begin those of cells that ran.
        let of_a_run = ["Subprocess terminated", "The cell returned an error.", "The cell panicked."];
        errors.filter(|error| !of_a_run.iter().any(|begin| error.starts_with(begin))).collect()
    }

    /// The dependencies that its cells name, a line each: `:dep NAME = WHERE`.
    pub fn dependencies(&self) -> Vec<String> {
        let cells = self.0["cells"].as_array().into_iter().flatten().filter(|cell| cell["cell_type"] == "code");
        let lines = cells.flat_map(|cell| text_of(&cell["source"]).lines().map(str::to_string).collect::<Vec<_>>());
        lines.filter(|line| line.starts_with(":dep ")).collect()
    }

    /// Whether its outputs are there. A cell may have nothing to say, but not all of them.
    pub fn was_run(&self) -> bool {
        let cells = self.0["cells"].as_array().into_iter().flatten();
        cells.filter_map(|cell| cell["outputs"].as_array()).any(|outputs| !outputs.is_empty())
    }

    /// The notebook of a lesson as a page of the book: its prose, its code, and what the code printed.
    pub fn page(&self, slug: &str) -> Result<String> {
        let mut page = String::new();
        for cell in self.0["cells"].as_array().context("a notebook without cells")? {
            let source = text_of(&cell["source"]);
            if cell["cell_type"] != "code" {
                // The book's pages stand elsewhere than the notebook.
                page += &format!("{}\n\n", source.trim().replace("](../book/", "](../"));
            } else {
                page += &fenced("rust", &source);
                cell["outputs"].as_array().into_iter().flatten().for_each(|output| page += &shown(output));
                if let Some(machine) = cell["metadata"][MEASURED_ON].as_str() {
                    page += &format!("*Measured on {machine}.*\n\n");
                }
            }
        }
        let (title, rest) = page.split_once("\n\n").context("a notebook without a title")?;
        let origin = format!(
            "This page is `notebooks/{slug}.ipynb`, with what its cells printed. To run them: `make notebook`."
        );
        Ok(format!("{title}\n\n*{origin}*\n\n{rest}"))
    }
}

/// Counts anew, and leaves out the colours of an error, which are for a terminal.
fn normalise(output: &mut Map<String, Value>, count: u64) {
    if output.contains_key("execution_count") {
        output.insert("execution_count".into(), json!(count));
    }
    if let Some(Value::Array(lines)) = output.get_mut("traceback") {
        for line in lines {
            *line = json!(strip_str(line.as_str().unwrap_or_default()).to_string());
        }
    }
    if let Some(text) = output.get_mut("text") {
        *text = lines(&text_of(text));
    }
    if let Some(Value::Object(data)) = output.get_mut("data") {
        for content in data.values_mut() {
            *content = lines(&text_of(content));
        }
    }
}

/// Makes one output of what was written to the same stream without another output between.
fn join_streams(outputs: &mut Vec<Value>) {
    let mut joined: Vec<Value> = Vec::new();
    for output in outputs.drain(..) {
        match joined.last_mut() {
            Some(last) if output["output_type"] == "stream" && last["name"] == output["name"] => {
                last["text"] = lines(&(text_of(&last["text"]) + &text_of(&output["text"])));
            }
            _ => joined.push(output),
        }
    }
    *outputs = joined;
}

/// Whether a cell's outputs show what was measured.
fn shows_figures(cell: &Value) -> bool {
    let mut outputs = cell["outputs"].as_array().into_iter().flatten();
    outputs.any(|output| picture(output).is_some() || has_figure(&text_of(&output["text"])))
}

/// A cell's outputs without what was measured.
fn without_measured(outputs: &Value) -> Vec<Value> {
    let plain = |output: &Value| match picture(output) {
        Some(kind) => json!(kind),
        None => {
            let mut output = output.clone();
            output["text"] = json!(without_figures(&text_of(&output["text"])));
            output
        }
    };
    outputs.as_array().into_iter().flatten().map(plain).collect()
}

/// The kind of picture that an output is.
fn picture(output: &Value) -> Option<&'static str> {
    ["image/svg+xml", "image/png"].into_iter().find(|kind| output["data"].get(kind).is_some())
}

/// An output as Markdown.
fn shown(output: &Value) -> String {
    match (picture(output), output["output_type"].as_str()) {
        (Some("image/svg+xml"), _) => {
            // A blank line would end the HTML.
            let drawing = text_of(&output["data"]["image/svg+xml"]);
            let lines: Vec<&str> = drawing.lines().filter(|line| !line.trim().is_empty()).collect();
            format!("<figure>\n{}\n</figure>\n\n", lines.join("\n"))
        }
        (Some(kind), _) => {
            format!("<figure><img alt=\"\" src=\"data:{kind};base64,{}\"></figure>\n\n", text_of(&output["data"][kind]))
        }
        (None, Some("stream")) => fenced("text", &text_of(&output["text"])),
        (None, Some("error")) => {
            let lines = output["traceback"].as_array().into_iter().flatten().filter_map(Value::as_str);
            fenced("text", &lines.collect::<Vec<_>>().join("\n"))
        }
        _ => fenced("text", &text_of(&output["data"]["text/plain"])),
    }
}

/// A block of code in Markdown.
pub fn fenced(language: &str, text: &str) -> String {
    format!("```{language}\n{}\n```\n\n", text.trim_end())
}

/// A text, which nbformat keeps whole or as a list of its lines.
fn text_of(value: &Value) -> String {
    match value {
        Value::Array(lines) => lines.iter().filter_map(Value::as_str).collect(),
        value => value.as_str().unwrap_or_default().to_string(),
    }
}

/// A text as a list of its lines.
fn lines(text: &str) -> Value {
    text.split_inclusive('\n').map(str::to_string).collect::<Vec<_>>().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn notebook(source: &str, outputs: Value) -> Notebook {
        let code = json!({ "cell_type": "code", "execution_count": 7, "id": "x", "metadata": { "execution": {} },
            "outputs": outputs, "source": source });
        Notebook(json!({ "cells": [code], "metadata": { "language_info": { "version": "1" } } })).normal()
    }

    fn drawing(text: &str) -> Value {
        json!([{ "output_type": "execute_result", "execution_count": 7, "metadata": {},
            "data": { "image/svg+xml": text } }])
    }

    #[test]
    fn what_changes_from_run_to_run_is_left_out() {
        let line = |text: &str| json!({ "output_type": "stream", "name": "stdout", "text": text });
        let text = notebook("x\ny", json!([line("a\n"), line("b\n")])).text().expect("text");
        assert!(!text.contains('7') && !text.contains("execution\"") && !text.contains("version"), "{text}");
        assert!(text.contains("\"a\\n\",\n      \"b\\n\"\n") && text.ends_with("}\n"), "{text}");
    }

    #[test]
    fn a_cell_that_may_fail_has_to_compile() {
        let error = |evalue| json!([{ "output_type": "error", "ename": "Error", "evalue": evalue, "traceback": [] }]);
        assert_eq!(notebook("x", error("mismatched types")).compile_errors(), ["mismatched types"]);
        for run in ["Subprocess terminated with status: exit status: 1", "The cell returned an error."] {
            assert_eq!(notebook("x", error(run)).compile_errors(), [""; 0]);
        }
    }

    #[test]
    fn figures_stay_with_their_machine_while_their_cell_does() {
        let line = |text: &str| json!([{ "output_type": "stream", "name": "stdout", "text": text }]);
        for [old, new, other] in [
            ["<svg>old</svg>", "<svg>new</svg>", ""].map(drawing),
            ["a ≈  312 ns\n", "a ≈ 1.25 µs\n", "b ≈ 1.25 µs\n"].map(line),
        ] {
            let nothing = notebook("x", json!([]));
            let mut before = notebook("draw", old);
            assert_eq!(before.of_no_machine(), [0]);
            before.keep_figures(&nothing, "an abacus");
            assert_eq!(before.of_no_machine(), [0; 0]);
            assert!(before.clone().normal() == before && before.text().expect("text").contains("an abacus"));

            let mut same = notebook("draw", new.clone());
            same.keep_figures(&before, "a Cray");
            assert_eq!(same, before);

            let mut changed = notebook("draw more", new);
            changed.keep_figures(&before, "a Cray");
            assert_eq!(changed.0["cells"][0]["metadata"][MEASURED_ON], "a Cray");
            if other[0]["output_type"] == "stream" {
                let mut says_more = notebook("draw", other);
                says_more.keep_figures(&before, "a Cray");
                assert_eq!(says_more.0["cells"][0]["metadata"][MEASURED_ON], "a Cray");
            }
        }
    }

    #[test]
    fn a_page_shows_prose_code_and_output() {
        let error = json!([{ "output_type": "error", "ename": "e", "evalue": "e",
            "traceback": ["\u{1b}[31mno\u{1b}[0m such"] }]);
        for (outputs, shown) in [
            (error, "```rust\nx\n```\n\n```text\nno such\n```\n\n"),
            (
                drawing("<svg>\n\n</svg>"),
                "```rust\nx\n```\n\n<figure>\n<svg>\n</svg>\n</figure>\n\n*Measured on an abacus.*\n\n",
            ),
        ] {
            let mut notebook = notebook("x", outputs);
            notebook.keep_figures(&self::notebook("", json!([])), "an abacus");
            let title = json!({ "cell_type": "markdown", "source": "# X\n\nSee [x](../book/x.md)." });
            notebook.0["cells"].as_array_mut().expect("cells").insert(0, title);
            let page = notebook.page("x").expect("page");
            assert!(page.starts_with("# X\n\n*This page is") && page.contains("See [x](../x.md)."), "{page}");
            assert!(page.ends_with(shown), "{page}");
        }
    }
}
