//! Timing all ways in turns.

use crate::{Crossing, To, Way};
use lesson::processor::OneProcessor;
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

/// Where the partners are.
#[derive(Clone, Copy)]
pub enum Partners<'a> {
    /// On our own processor: the two sides take turns.
    Here,
    /// On another one than this.
    Apart(&'a OneProcessor),
}

impl Partners<'_> {
    fn open(self, way: &Way) -> Result<Box<dyn Crossing>> {
        match self {
            Partners::Here => (way.open)(),
            Partners::Apart(us) => us.elsewhere(way.open)?,
        }
    }
}

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
pub fn all(ways: &[&Way], partners: Partners, time: Duration) -> Result<Vec<Figure>> {
    let mut cells = Vec::new();
    for way in ways {
        cells.extend(Cell::of(way, partners)?);
    }
    let start = Instant::now();
    while start.elapsed() < time || cells.iter().any(|cell| cell.times.len() < LEAST) {
        for cell in &mut cells {
            cell.turn()?;
        }
    }
    Ok(cells.into_iter().map(Cell::figure).collect())
}
// ANCHOR_END: all

impl<'a> Cell<'a> {
    /// The cells of one way: for each length, or one if it carries less than the shortest.
    fn of(way: &'a Way, partners: Partners) -> Result<Vec<Cell<'a>>> {
        let most = partners.open(way)?.most();
        let sizes = SIZES.into_iter().filter(|size| *size <= most);
        let sizes = if most < SIZES[0] { vec![most] } else { sizes.collect() };
        sizes.into_iter().map(|size| Cell::new(way, partners.open(way)?, size)).collect()
    }

    fn new(way: &'a Way, crossing: Box<dyn Crossing>, size: usize) -> Result<Cell<'a>> {
        let bytes: Vec<u8> = (0..size).map(|place| place as u8).collect();
        let (back, batch, times) = (vec![0; size], 1, Vec::new());
        let mut cell = Cell { way, crossing, bytes, back, batch, times };
        cell.warm_up()?;
        Ok(cell)
    }

    // ANCHOR: batch
    /// Uses the way until it is warm.
    fn warm_up(&mut self) -> Result<()> {
        let start = Instant::now();
        while start.elapsed() < WARM {
            self.batch_takes()?;
        }
        Ok(())
    }

    /// The turn of this cell: one batch to get warm again after the others, one that counts.
    /// If that was too short for the clock, batches are made longer, and all that was timed
    /// so far is forgotten.
    fn turn(&mut self) -> Result<()> {
        self.batch_takes()?;
        let time = self.batch_takes()?;
        if time < BATCH {
            self.batch *= 2;
            self.times.clear();
        } else {
            self.times.push((time / self.batch).as_nanos() as u64);
        }
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
