//! The rules by which a solution goes wrong. Each looks at one node and says what may go wrong there; what then does not
//! build is nobody's mutant. There is no rule for what only another processor or compiler could tell, as READ_ONCE() and
//! memory orders: here no run can.

mod conditions;
mod numbers;
mod statements;
mod waits;

use crate::exercises::mutants::source::{Edit, Source};
use tree_sitter::Node;

/// In what way a text goes wrong, and the edits that do it.
type Wrong = (&'static str, Vec<Edit>);

/// All ways in which a text goes wrong at this node.
pub fn wrong(source: &Source, node: Node) -> Vec<Wrong> {
    let rules = [statements::wrong, conditions::wrong, numbers::wrong, waits::wrong];
    rules.iter().flat_map(|rule| rule(source, node)).collect()
}
