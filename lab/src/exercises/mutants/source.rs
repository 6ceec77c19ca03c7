//! A solution as its grammar sees it, and edits of its text.

use crate::exercises::exercise::Side;
use anyhow::{Context, Result};
use regex::{Captures, Regex};
use std::ops::Range;
use tree_sitter::{Node, Parser, Tree};

/// A text, and what it was parsed into.
pub struct Source<'a> {
    /// The text.
    pub text: &'a str,
    tree: Tree,
}

/// A part of the text, and what comes in its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    range: Range<usize>,
    new: String,
}

impl<'a> Source<'a> {
    /// Parses a text.
    pub fn parse(text: &'a str, side: Side) -> Result<Self> {
        let language = match side {
            Side::User => tree_sitter_rust::LANGUAGE,
            Side::Kernel => tree_sitter_c::LANGUAGE,
        };
        let mut parser = Parser::new();
        parser.set_language(&language.into()).context("the parser's language")?;
        let plain = if side == Side::Kernel { plain(text)? } else { text.to_string() };
        let tree = parser.parse(plain, None).context("parse a solution")?;
        Ok(Source { text, tree })
    }

    /// Its functions and tables, with their names: all that something can be changed in.
    pub fn items(&self) -> Vec<(String, Node<'_>)> {
        let mut items = Vec::new();
        let mut rest = vec![self.tree.root_node()];
        while let Some(node) = rest.pop() {
            match node.kind() {
                "function_definition" | "declaration" | "function_item" | "const_item" | "static_item" => {
                    items.push((self.name(node), node));
                }
                _ => rest.extend(children(node)),
            }
        }
        items.sort_by_key(|(_, node)| node.start_byte());
        items
    }

    /// The name that an item declares.
    fn name(&self, item: Node) -> String {
        let mut node = item;
        while let Some(inner) = node.child_by_field_name("declarator").or_else(|| node.child_by_field_name("name")) {
            node = inner;
        }
        let whole = self.of(node);
        if node == item { whole.lines().next().unwrap_or_default() } else { whole }.to_string()
    }

    /// The text of a node.
    pub fn of(&self, node: Node) -> &'a str {
        &self.text[node.byte_range()]
    }

    /// The text of one of a node's fields; nothing if there is none.
    pub fn field(&self, node: Node, name: &str) -> &'a str {
        node.child_by_field_name(name).map(|node| self.of(node)).unwrap_or_default()
    }

    /// What a call calls; nothing if the node is no call.
    pub fn called(&self, node: Node) -> &'a str {
        if node.kind() == "call_expression" { self.field(node, "function") } else { "" }
    }

    /// Puts a text in the place of a node.
    pub fn replace(&self, node: Node, new: impl Into<String>) -> Edit {
        Edit { range: node.byte_range(), new: new.into() }
    }

    /// Puts a text before all of the text.
    pub fn begin(&self, new: &str) -> Edit {
        Edit { range: 0..0, new: new.into() }
    }

    /// Takes a node out: its lines, if nothing else is in them. What is the whole of an `if`, or stands behind a label,
    /// cannot go without anything in its place.
    pub fn remove(&self, node: Node) -> Edit {
        let lists = ["compound_statement", "block", "initializer_list", "match_block", "case_statement"];
        if !node.parent().is_some_and(|parent| lists.contains(&parent.kind())) {
            return self.replace(node, ";");
        }
        let Range { start, end } = node.byte_range();
        let begins = self.text[..start].rfind('\n').map_or(0, |place| place + 1);
        let ends = self.text[end..].find('\n').map_or(self.text.len(), |place| end + place + 1);
        let alone = self.text[begins..start].trim().is_empty() && ["", ","].contains(&self.text[end..ends].trim());
        Edit { range: if alone { begins..ends } else { start..end }, new: String::new() }
    }

    /// The text after edits, which do not overlap.
    pub fn edited(&self, edits: &[Edit]) -> String {
        let mut edits = edits.to_vec();
        edits.sort_by_key(|edit| edit.range.start);
        let mut text = self.text.to_string();
        for edit in edits.iter().rev() {
            text.replace_range(edit.range.clone(), &edit.new);
        }
        text
    }
}

/// All nodes below a node and the node itself, each before those below it.
pub fn tree(node: Node) -> Vec<Node> {
    let (mut nodes, mut rest) = (Vec::new(), vec![node]);
    while let Some(node) = rest.pop() {
        nodes.push(node);
        rest.extend(children(node).into_iter().rev());
    }
    nodes
}

/// The nodes directly below a node that have a name in the grammar.
pub fn children(node: Node) -> Vec<Node> {
    node.named_children(&mut node.walk()).collect()
}

/// The same text with what the kernel's macros add to C blanked out, so that every byte keeps its place: annotations, and
/// the names of loops.
fn plain(text: &str) -> Result<String> {
    let annotations = Regex::new(r"\b__(user|init|exit|ro_after_init|rcu|percpu|force)\b")?;
    let loops = Regex::new(r"\b\w*for_each\w*(\s*)\(")?;
    let blank = |found: &Captures| " ".repeat(found[0].len());
    let as_loop = |found: &Captures| format!("while{}(", " ".repeat(found[0].len() - "while(".len()));
    Ok(loops.replace_all(&annotations.replace_all(text, blank), as_loop).into_owned())
}
