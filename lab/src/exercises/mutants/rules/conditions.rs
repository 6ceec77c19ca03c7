//! What is looked at wrongly, or not at all.

use super::Wrong;
use crate::exercises::mutants::source::{Source, tree};
use tree_sitter::Node;

/// See [`super::wrong`].
pub fn wrong(source: &Source, node: Node) -> Vec<Wrong> {
    match node.kind() {
        "if_statement" | "if_expression" => branch(source, node),
        "while_statement" | "while_expression" => once(source, node).into_iter().collect(),
        "conditional_expression" => ["consequence", "alternative"]
            .map(|branch| ("always the same branch", vec![source.replace(node, source.field(node, branch))]))
            .into(),
        "binary_expression" => [half(source, node), comparison(source, node)].concat(),
        "true" => vec![("the opposite", vec![source.replace(node, "false")])],
        "false" => vec![("the opposite", vec![source.replace(node, "true")])],
        "boolean_literal" => {
            let other = if source.of(node) == "true" { "false" } else { "true" };
            vec![("the opposite", vec![source.replace(node, other)])]
        }
        _ => vec![],
    }
}

/// A condition turned round and, if there is nothing else to do, never true.
fn branch(source: &Source, node: Node) -> Vec<Wrong> {
    let Some(condition) = node.child_by_field_name("condition") else { return vec![] };
    let mut wrong = Vec::new();
    // An equation is turned round by its sign.
    let binds = tree(condition).iter().any(|node| node.kind() == "let_condition");
    if !binds && !["==", "!="].iter().any(|sign| equation(source, condition).contains(sign)) {
        let text = source.of(condition);
        let text = if text.starts_with('(') { format!("(!{text})") } else { format!("!({text})") };
        wrong.push(("a condition turned round", vec![source.replace(condition, text)]));
    }
    if node.child_by_field_name("alternative").is_none() {
        // In Rust an `if` is the inside of a statement, and may be an `else`.
        let edit = match node.parent() {
            Some(parent) if parent.kind() == "expression_statement" => source.remove(parent),
            Some(parent) if parent.kind() == "else_clause" => source.replace(parent, ""),
            _ => source.remove(node),
        };
        wrong.push(("not looked at", vec![edit]));
    }
    wrong
}

/// The sign of a condition that is a comparison and nothing else.
fn equation<'a>(source: &Source<'a>, mut condition: Node) -> &'a str {
    while condition.kind() == "parenthesized_expression" {
        let Some(inner) = condition.named_child(0) else { return "" };
        condition = inner;
    }
    if condition.kind() == "binary_expression" { source.field(condition, "operator") } else { "" }
}

/// What must be looked at again each time is looked at once.
fn once(source: &Source, node: Node) -> Option<Wrong> {
    let word = node.child(0).filter(|word| source.of(*word) == "while")?;
    Some(("looked at only once", vec![source.replace(word, "if")]))
}

/// Of two conditions, or two flags, only one.
fn half(source: &Source, node: Node) -> Vec<Wrong> {
    let sign = source.field(node, "operator");
    if !["&&", "||", "|"].contains(&sign) {
        return vec![];
    }
    // Of `a || b || c`, which is `(a || b) || c`, each one is left out once.
    let left = node.child_by_field_name("left");
    let chain = left.is_some_and(|left| source.field(left, "operator") == sign);
    let sides = if chain { &["left"][..] } else { &["left", "right"] };
    sides.iter().map(|side| ("only one of two", vec![source.replace(node, source.field(node, side))])).collect()
}

/// A comparison, or a sum, by another sign.
fn comparison(source: &Source, node: Node) -> Vec<Wrong> {
    let other = match source.field(node, "operator") {
        "<" => "<=",
        "<=" => "<",
        ">" => ">=",
        ">=" => ">",
        "==" => "!=",
        "!=" => "==",
        "+" => "-",
        "-" => "+",
        _ => return vec![],
    };
    let sign = node.child_by_field_name("operator");
    sign.map(|sign| ("another sign", vec![source.replace(sign, other)])).into_iter().collect()
}
