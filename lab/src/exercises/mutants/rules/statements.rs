//! What is not done, or done in another order.

use super::Wrong;
use crate::exercises::mutants::source::{Source, tree};
use std::iter::successors;
use tree_sitter::Node;

/// What others rely on to come after what is before it, or the other way round.
const ORDERED: [&str; 11] =
    ["wake", "complete", "notify", "post", "store", "free", "put_", "unregister", "destroy", "remove", "drop"];

/// See [`super::wrong`].
pub fn wrong(source: &Source, node: Node) -> Vec<Wrong> {
    [missing(source, node), unlocked(source, node), swapped(source, node), unchecked(source, node), cut(source, node)]
        .into_iter()
        .flatten()
        .collect()
}

/// A statement, an arm of a match or a field of a table that is not there.
fn missing(source: &Source, node: Node) -> Option<Wrong> {
    let missing = match node.kind() {
        "break_statement" | "initializer_pair" | "match_arm" => true,
        // Locks go in pairs, see below, and what is the whole of an `if` goes with that.
        _ => statement(source, node).is_some_and(|inner| !locks(source.called(inner)) && !is_whole(node)),
    };
    missing.then(|| ("not done", vec![source.remove(node)]))
}

/// Whether a statement is all that an `if` is for.
fn is_whole(statement: Node) -> bool {
    let branch = statement.parent().filter(|parent| parent.kind() == "if_statement");
    branch.is_some_and(|branch| branch.child_by_field_name("alternative").is_none())
}

/// What a statement does, if it only does something: a call, an assignment, or a binding for the sake of its end.
fn statement<'a>(source: &Source, node: Node<'a>) -> Option<Node<'a>> {
    let inner = match node.kind() {
        "expression_statement" => node.named_child(0)?,
        "let_declaration" if source.field(node, "pattern").starts_with('_') => return Some(node),
        _ => return None,
    };
    let acts = [
        "call_expression",
        "assignment_expression",
        "update_expression",
        "compound_assignment_expr",
        "try_expression",
        "unsafe_block",
        "macro_invocation",
        "break_expression",
        "continue_expression",
    ];
    acts.contains(&inner.kind()).then_some(inner)
}

/// Whether a function of the kernel takes a lock.
fn locks(called: &str) -> bool {
    ["mutex_lock", "spin_lock", "read_lock", "write_lock", "rcu_read_lock"].iter().any(|lock| called.starts_with(lock))
        || called.starts_with("down_")
}

/// A lock that nobody takes: the call goes, and each that releases the same one, in this function or, if it is released in
/// another one, there.
fn unlocked(source: &Source, node: Node) -> Option<Wrong> {
    if !locks(source.called(node)) {
        return None;
    }
    let here = function(node)?;
    let same = |call: &Node| source.field(*call, "arguments") == source.field(node, "arguments");
    let releases = |call: &Node| source.called(*call).contains("unlock") && same(call);
    let takes = |call: &Node| locks(source.called(*call)) && same(call);
    let mut released: Vec<Node> = tree(here).into_iter().filter(releases).collect();
    if released.is_empty() {
        released = tree(successors(Some(here), Node::parent).last()?).into_iter().filter(releases).collect();
        released.retain(|call| function(*call).is_some_and(|there| !tree(there).iter().any(takes)));
    }
    let mut edits: Vec<_> = released.iter().filter_map(Node::parent).map(|call| source.remove(call)).collect();
    let alone = node.parent().filter(|parent| parent.kind() == "expression_statement");
    edits.push(alone.map_or_else(|| source.replace(node, "0"), |statement| source.remove(statement)));
    Some(("no lock", edits))
}

/// The function around a node.
fn function(node: Node) -> Option<Node> {
    successors(Some(node), Node::parent).find(|node| node.kind().starts_with("function_"))
}

/// Two statements, of which one tells others or ends something, in the other order.
fn swapped(source: &Source, node: Node) -> Option<Wrong> {
    let next = node.next_named_sibling()?;
    statement(source, node).and(statement(source, next))?;
    let ordered =
        |node| ORDERED.iter().any(|word| source.of(node).split('(').next().unwrap_or_default().contains(word));
    let edits = || vec![source.replace(node, source.of(next)), source.replace(next, source.of(node))];
    (ordered(node) || ordered(next)).then(|| ("in the other order", edits()))
}

/// An error that nobody looks at (in Rust; in C that is a condition), and an outcome that nobody waits for.
fn unchecked(source: &Source, node: Node) -> Option<Wrong> {
    if let Some(inner) = statement(source, node).filter(|inner| inner.kind() == "try_expression") {
        let call = source.of(inner.named_child(0)?);
        return Some(("an error is not looked at", vec![source.replace(node, format!("let _ = {call};"))]));
    }
    // The last thing that a function does, which can fail.
    let last = node.kind() == "block" && node.parent().is_some_and(|parent| parent.kind() == "function_item");
    let last = node.named_child(node.named_child_count().checked_sub(1)? as _).filter(|_| last)?;
    let unit = source.field(function(node)?, "return_type").contains("Result<()");
    (unit && last.kind() == "call_expression").then(|| ("not done", vec![source.replace(last, "Ok(())")]))
}

/// A link of a chain of calls that is left out.
fn cut(source: &Source, node: Node) -> Option<Wrong> {
    let function = node.child_by_field_name("function").filter(|function| function.kind() == "field_expression")?;
    let cuts = ["min", "max", "filter", "take", "skip", "next_multiple_of", "saturating_sub", "unwrap_or"];
    cuts.contains(&source.field(function, "field"))
        .then(|| ("a step left out", vec![source.replace(node, source.field(function, "value"))]))
}
