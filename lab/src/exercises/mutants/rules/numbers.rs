//! What is off by one, and what is told as something else.

use super::Wrong;
use crate::exercises::mutants::source::Source;
use tree_sitter::Node;

/// How the names of lengths end.
const LENGTHS: [&str; 8] = ["len", "length", "count", "size", "len()", "copied", "end", "start"];

/// See [`super::wrong`].
pub fn wrong(source: &Source, node: Node) -> Vec<Wrong> {
    [number(source, node), sum(source, node), errno(source, node), range(source, node)]
        .into_iter()
        .flatten()
        .chain(length(source, node))
        .collect()
}

/// A number that is one more. How long a new array is does not count: its users say how much of it they use.
fn number(source: &Source, node: Node) -> Option<Wrong> {
    let array = node
        .parent()
        .is_some_and(|parent| ["array_expression", "token_tree", "array_declarator"].contains(&parent.kind()));
    if !["number_literal", "integer_literal"].contains(&node.kind()) || array {
        return None;
    }
    let text = source.of(node);
    let digits = text.trim_end_matches(['u', 'U', 'l', 'L']);
    let suffix = &text[digits.len()..];
    let more = |digits, radix| u64::from_str_radix(digits, radix).ok()?.checked_add(1);
    let more = match digits.strip_prefix("0x") {
        Some(digits) => format!("{:#x}{suffix}", more(digits, 16)?),
        // An access mode.
        None if digits.len() > 1 && digits.starts_with('0') => format!("0{:o}{suffix}", more(digits, 8)?),
        None => format!("{}{suffix}", more(digits, 10)?),
    };
    Some(("one more", vec![source.replace(node, more)]))
}

/// What is added up, or joined, and now only the last counts.
fn sum(source: &Source, node: Node) -> Option<Wrong> {
    let sign = node.child_by_field_name("operator")?;
    let sums = ["assignment_expression", "compound_assignment_expr"].contains(&node.kind());
    (sums && ["+=", "-=", "|="].contains(&source.of(sign))).then(|| ("not added", vec![source.replace(sign, "=")]))
}

/// Another errno.
fn errno(source: &Source, node: Node) -> Option<Wrong> {
    let name = source.of(node);
    let is_errno = name.len() > 2
        && ["identifier", "field_identifier"].contains(&node.kind())
        && name.starts_with('E')
        && name.chars().all(|letter| letter.is_ascii_uppercase() || letter.is_ascii_digit());
    let place = node.parent().filter(|_| is_errno)?;
    let used = match place.kind() {
        "unary_expression" => source.of(place).starts_with('-'),
        _ => source.of(place).starts_with("Errno::"),
    };
    let other = match name {
        "ERESTARTSYS" => "EINTR",
        "EAGAIN" => "EBUSY",
        "EIO" => "EINVAL",
        _ => "EIO",
    };
    used.then(|| ("another errno", vec![source.replace(node, other)]))
}

/// A range with its end.
fn range(source: &Source, node: Node) -> Option<Wrong> {
    let sign = (node.kind() == "range_expression").then(|| node.child(1)).flatten()?;
    let ends = source.of(sign) == ".." && node.child(2).is_some();
    ends.then(|| ("one more", vec![source.replace(sign, "..=")]))
}

/// A length that is handed on, one less and one more.
fn length(source: &Source, node: Node) -> Vec<Wrong> {
    let handed = node.parent().is_some_and(|parent| ["argument_list", "arguments"].contains(&parent.kind()));
    let name = source.of(node);
    match node.kind() {
        "sizeof_expression" if handed => vec![("one less", vec![source.replace(node, format!("{name} - 1"))])],
        "identifier" | "field_expression" | "call_expression"
            if handed && LENGTHS.iter().any(|end| name.ends_with(end)) =>
        {
            [("one less", "-"), ("one more", "+")]
                .map(|(rule, sign)| (rule, vec![source.replace(node, format!("{name} {sign} 1"))]))
                .into()
        }
        _ => vec![],
    }
}
