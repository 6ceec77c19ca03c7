//! Waiting that counts what the machine does, and not what its clock does meanwhile.
//!
//! Patience is spent in naps. A machine that is busy, slow, or stopped now and then makes a nap longer, and never more of
//! them. So what is waited for gets as much done within the same patience on any machine. Naps are short, because whoever
//! naps then asks for a processor as often as the one who works.

use std::{thread, time::Duration};

/// The length of a nap, on a machine that has nothing else to do.
const NAP: Duration = Duration::from_millis(1);

/// Takes naps until one of them brings an answer. None: `patience`, a whole number of milliseconds, is spent. `nap` is
/// given the time that it must wait if no answer comes.
pub fn naps<T>(
    patience: Duration,
    mut nap: impl FnMut(Duration) -> Option<T>,
) -> Option<T> {
    (0..patience.as_millis()).find_map(|_| nap(NAP))
}

/// Looks before the first nap and after each, until there is an answer. None: `patience`, a whole number of milliseconds,
/// is spent.
pub fn until<T>(patience: Duration, mut look: impl FnMut() -> Option<T>) -> Option<T> {
    look().or_else(|| {
        naps(patience, |nap| {
            thread::sleep(nap);
            look()
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Instant;

    #[test]
    fn patience_is_counted_in_naps() {
        let (mut count, start) = (0, Instant::now());
        let answer = until::<()>(Duration::from_millis(30), || {
            count += 1;
            None
        });
        assert_eq!((answer, count), (None, 31));
        assert!(start.elapsed() >= Duration::from_millis(30));
    }

    #[test]
    fn a_slow_machine_is_waited_for() {
        let mut naps_left = 5;
        let answer = naps(Duration::from_millis(10), |nap| {
            // This machine gives nobody anything for twenty times as long as a nap.
            thread::sleep(20 * nap);
            naps_left -= 1;
            (naps_left == 0).then_some("done")
        });
        assert_eq!(answer, Some("done"));
    }

    #[test]
    fn who_finds_an_answer_takes_no_nap() {
        assert_eq!(until(Duration::ZERO, || Some(1)), Some(1));
    }
}
