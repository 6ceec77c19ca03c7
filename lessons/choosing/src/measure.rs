//! Timing all ways in turns.

use crate::{Crossing, To, Way};
use serde::Serialize;
use std::{
    io::Result,
    time::{Duration, Instant},
};

/// The lengths that are measured, in bytes, as far as a way carries them.
pub const SIZES: [usize; 7] =
    [64, 1 << 10, 4 << 10, 16 << 10, 64 << 10, 256 << 10, 1 << 20];

/// The least that is timed at a time, so that reading the clock does not count.
const BATCH: Duration = Duration::from_micros(300);

/// How long a way is used before anything counts.
const WARM: Duration = Duration::from_millis(10);

/// The least number of rounds.
const LEAST: usize = 11;

/// What a round trip took, in nanoseconds.
#[derive(Clone, Debug, Serialize)]
pub struct Figure {
    /// The way's name.
    pub way: &'static str,
    /// Who is at the other end.
    pub to: &'static str,
    /// The length of the message, in bytes.
    pub size: usize,
    /// How many round trips were timed together each time.
    pub batch: u32,
    /// How often.
    pub rounds: usize,
    /// Half of the rounds took no longer.
    pub median: u64,
    /// A tenth of the rounds took no longer.
    pub p10: u64,
    /// Nine tenths of the rounds took no longer.
    pub p90: u64,
}

/// One way with messages of one length.
struct Cell<'a> {
    way: &'a Way,
    crossing: Box<dyn Crossing>,
    bytes: Vec<u8>,
    back: Vec<u8>,
    batch: u32,
    times: Vec<u64>,
}

// ANCHOR: all
/// Measures `ways` for about as long as `time`. In each round every way has its turn with
/// every length, so that a slow moment of the machine falls on all of them.
pub fn all(ways: &[&Way], time: Duration) -> Result<Vec<Figure>> {
    let mut cells = Vec::new();
    for way in ways {
        cells.extend(Cell::of(way)?);
    }
    let start = Instant::now();
    while start.elapsed() < time || cells[0].times.len() < LEAST {
        for cell in &mut cells {
            cell.turn()?;
        }
    }
    Ok(cells.into_iter().map(Cell::figure).collect())
}
// ANCHOR_END: all

impl<'a> Cell<'a> {
    /// The cells of one way: for each length, or one if it carries less than the shortest.
    fn of(way: &'a Way) -> Result<Vec<Cell<'a>>> {
        let most = (way.open)()?.most();
        let sizes = SIZES.into_iter().filter(|size| *size <= most);
        let sizes = if most < SIZES[0] { vec![most] } else { sizes.collect() };
        sizes.into_iter().map(|size| Cell::new(way, size)).collect()
    }

    fn new(way: &'a Way, size: usize) -> Result<Cell<'a>> {
        let bytes: Vec<u8> = (0..size).map(|place| place as u8).collect();
        let (back, batch, times) = (vec![0; size], 1, Vec::new());
        let mut cell = Cell { way, crossing: (way.open)()?, bytes, back, batch, times };
        cell.warm_up()?;
        Ok(cell)
    }

    // ANCHOR: batch
    /// Finds out how many round trips make a batch, once the way is warm.
    fn warm_up(&mut self) -> Result<()> {
        let start = Instant::now();
        while start.elapsed() < WARM {
            self.batch_takes()?;
        }
        while self.batch_takes()? < BATCH {
            self.batch *= 2;
        }
        Ok(())
    }

    /// The turn of this cell: one batch to get warm again after the others, one that counts.
    fn turn(&mut self) -> Result<()> {
        self.batch_takes()?;
        let time = self.batch_takes()? / self.batch;
        self.times.push(time.as_nanos() as u64);
        Ok(())
    }

    fn batch_takes(&mut self) -> Result<Duration> {
        let start = Instant::now();
        for _ in 0..self.batch {
            self.crossing.round_trip(&self.bytes, &mut self.back)?;
        }
        Ok(start.elapsed())
    }
    // ANCHOR_END: batch

    fn figure(mut self) -> Figure {
        self.times.sort();
        let at = |tenths: usize| self.times[(self.times.len() - 1) * tenths / 10];
        Figure {
            way: self.way.name,
            to: match self.way.to {
                To::Kernel => "kernel",
                To::Process => "process",
            },
            size: self.bytes.len(),
            batch: self.batch,
            rounds: self.times.len(),
            median: at(5),
            p10: at(1),
            p90: at(9),
        }
    }
}
