//! Much work of one kind by several workers, with a report on each piece.

use crate::report::{Report, Style, spinner};
use std::{
    collections::BTreeMap,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

/// How many guests to run at a time if nobody says.
pub fn jobs(asked: Option<usize>) -> usize {
    asked.or_else(|| thread::available_parallelism().ok().map(usize::from)).unwrap_or(1).max(1)
}

/// Does `work` with `jobs` workers, telling each report as it comes, and returns the reports in the work's order.
pub fn each<T: Sync>(
    work: &[T],
    jobs: usize,
    perform: impl Fn(&T) -> (String, Report) + Sync,
    style: &Style,
) -> Vec<Report> {
    let (next, bar) = (AtomicUsize::new(0), spinner::bar(work.len()));
    // Guards the reports, each with its place in the work.
    let reports = Mutex::new(BTreeMap::new());
    thread::scope(|scope| {
        for _ in 0..jobs.clamp(1, work.len().max(1)) {
            scope.spawn(|| {
                loop {
                    let place = next.fetch_add(1, Ordering::Relaxed);
                    let Some(item) = work.get(place) else { break };
                    let (name, report) = perform(item);
                    bar.suspend(|| style.one(&report));
                    bar.set_message(name);
                    bar.inc(1);
                    if let Ok(mut reports) = reports.lock() {
                        reports.insert(place, report);
                    }
                }
            });
        }
    });
    bar.finish_and_clear();
    reports.into_inner().unwrap_or_default().into_values().collect()
}
