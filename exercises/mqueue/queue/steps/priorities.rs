//! Step 3: what is urgent overtakes, and equals do not.

use super::queue::{arrives, open, send, take};
use judge::{Result, accepted, equal};
use std::cmp::Reverse;

/// The step.
pub fn priorities() -> Result<()> {
    let queue = open(libc::O_NONBLOCK)?;
    let sent = [(1, "a"), (9, "b"), (1, "c"), (0, "d"), (9, "e"), (5, "f"), (31, "g"), (5, "h"), (0, "i"), (1, "j")];
    for (priority, text) in sent {
        send(&queue, priority, text)?;
    }
    let mut expected = sent.map(|(priority, text)| (priority, text.to_string()));
    // A stable sort: equals stay in their order.
    expected.sort_by_key(|(priority, _)| Reverse(*priority));
    let got = (0..sent.len()).map(|_| take(&queue)).collect::<nix::Result<Vec<_>>>();
    let got = accepted("a read(2) while messages of several priorities wait", got)?;
    let order = |messages: &[(u32, String)]| {
        let words = messages.iter().map(|(priority, text)| format!("{text}{priority}"));
        words.collect::<Vec<_>>().join(" ")
    };
    let what =
        format!("the order in which {} are received", order(&sent.map(|(priority, text)| (priority, text.into()))));
    equal(&what, order(&got), order(&expected))?;

    send(&queue, 2, "first")?;
    send(&queue, 2, "second")?;
    arrives(&queue, 2, "first")?;
    send(&queue, 3, "urgent")?;
    send(&queue, 2, "third")?;
    arrives(&queue, 3, "urgent")?;
    arrives(&queue, 2, "second")?;
    arrives(&queue, 2, "third")
}
