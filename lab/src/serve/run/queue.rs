//! The queue of runs: each goes when its turn has come, and hears its place until then.

use std::sync::Arc;
use tokio::sync::watch;

/// More than this do not wait.
const WAITING: usize = 64;

/// A queue. Copies are the same one.
#[derive(Clone)]
pub struct Queue {
    /// Guards who runs and who waits, and tells all that wait of each change.
    line: Arc<watch::Sender<Line>>,
}

struct Line {
    /// So many may run at a time.
    room: usize,
    running: usize,
    /// The numbers of those that wait, in order.
    waiting: Vec<u64>,
    next: u64,
}

/// Too many wait.
#[derive(Debug, thiserror::Error)]
#[error("{WAITING} runs wait already: run this again when some have ended")]
pub struct Full;

/// The right to run. Dropping it lets the next one run.
pub struct Turn(Queue);

/// A place in the queue. Dropping it leaves the queue.
struct Place {
    queue: Queue,
    number: u64,
}

impl Queue {
    /// One that lets so many run at a time.
    pub fn new(room: usize) -> Self {
        Queue { line: Arc::new(watch::Sender::new(Line { room, running: 0, waiting: Vec::new(), next: 0 })) }
    }

    /// Waits for a turn; `told` hears each place before it: 1 is the next.
    pub async fn turn(&self, mut told: impl FnMut(usize)) -> Result<Turn, Full> {
        let mut changes = self.line.subscribe();
        let place = self.enter()?;
        let mut last = 0;
        loop {
            match self.step(place.number) {
                0 => return Ok(Turn(self.clone())),
                place if place != last => {
                    told(place);
                    last = place;
                }
                _ => {}
            }
            // The sender lives as long as this queue.
            let _ = changes.changed().await;
        }
    }

    fn enter(&self) -> Result<Place, Full> {
        let mut number = Err(Full);
        self.line.send_if_modified(|line| {
            if line.waiting.len() < WAITING {
                number = Ok(line.next);
                line.waiting.push(line.next);
                line.next += 1;
            }
            false
        });
        number.map(|number| Place { queue: self.clone(), number })
    }

    /// Lets the first one run if there is room. Returns the place of this one, 0 if it runs now.
    fn step(&self, number: u64) -> usize {
        let mut place = 0;
        self.line.send_if_modified(|line| {
            let before = line.waiting.iter().position(|one| *one == number).unwrap_or_default();
            let runs = before == 0 && line.running < line.room;
            if runs {
                line.waiting.remove(0);
                line.running += 1;
            } else {
                place = before + 1;
            }
            runs
        });
        place
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.0.line.send_modify(|line| line.running -= 1);
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.queue.line.send_if_modified(|line| {
            let waited = line.waiting.len();
            line.waiting.retain(|one| *one != self.number);
            line.waiting.len() < waited
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{Mutex, PoisonError};

    /// Waits until `what` holds: what is waited for is a task of this thread.
    async fn until(what: impl Fn() -> bool) {
        while !what() {
            tokio::task::yield_now().await;
        }
    }

    #[tokio::test]
    async fn each_goes_in_its_turn_and_hears_its_place() {
        let queue = Queue::new(1);
        let first = queue.turn(|place| panic!("there is room, and the place is {place}")).await.expect("a turn");
        let heard: [Arc<Mutex<Vec<usize>>>; 3] = Default::default();
        let said = |of: usize| heard[of].lock().unwrap_or_else(PoisonError::into_inner).clone();
        let mut tasks = Vec::new();
        for one in &heard {
            let (queue, one) = (queue.clone(), one.clone());
            let told = move |place| one.lock().unwrap_or_else(PoisonError::into_inner).push(place);
            tasks.push(tokio::spawn(async move { queue.turn(told).await }));
            until(|| tasks.len() == heard.iter().filter(|one| !one.lock().expect("lock").is_empty()).count()).await;
        }
        assert_eq!([said(0), said(1), said(2)], [vec![1], vec![2], vec![3]]);
        // Who leaves lets the others move up.
        tasks.remove(1).abort();
        until(|| said(2) == [3, 2]).await;
        drop(first);
        let second = tasks.remove(0).await.expect("join").expect("a turn");
        until(|| said(2) == [3, 2, 1]).await;
        drop(second);
        tasks.remove(0).await.expect("join").expect("a turn");
    }

    #[tokio::test]
    async fn a_full_queue_refuses() {
        let queue = Queue::new(0);
        let waiting: Vec<_> = (0..WAITING).map(|_| queue.enter().expect("a place")).collect();
        assert!(queue.turn(|_| {}).await.is_err());
        drop(waiting);
        queue.enter().expect("a place");
    }
}
