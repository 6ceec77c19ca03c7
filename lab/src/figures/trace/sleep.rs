//! The sleeps in a record, and who ended them.

use crate::figures::trace::{
    layout::{LINE, Layout},
    record::{Record, What},
};

/// Where the arrow of a wake-up lies, below the top of its step.
const ARROW: f64 = 21.0;

/// A stretch in which a task does not run.
#[derive(Debug, PartialEq)]
pub struct Sleep {
    /// Where it went to sleep.
    pub top: f64,
    /// Where it goes on.
    pub bottom: f64,
    /// How many functions it is in.
    pub depth: usize,
    /// Who woke it, as the place of the step, and where the arrow lies. From there on it could run, and waits for the
    /// processor. None: this was not recorded.
    pub woken: Option<(usize, f64)>,
}

/// The sleeps of a task.
pub fn of(record: &Record, layout: &Layout, task: usize) -> Vec<Sleep> {
    let steps: Vec<_> = record.steps.iter().zip(&layout.rows).enumerate().collect();
    let own: Vec<_> = steps.iter().filter(|(_, (step, _))| step.task == Some(task)).collect();
    let name = record.tasks.get(task);
    let mut sleeps = Vec::new();
    for (turn, (_, (step, row))) in own.iter().enumerate().filter(|(_, (_, (step, _)))| step.what == What::Sleep) {
        let next = own.get(turn + 1);
        let top = row.top + LINE + 1.0;
        let bottom = next.map_or(layout.height() - 4.0, |(_, (_, row))| row.top - 1.0);
        let woken = steps
            .iter()
            .filter(|(_, (step, _))| matches!(&step.what, What::Wake(whom) if Some(whom) == name))
            .map(|(at, (_, row))| (*at, row.top + ARROW))
            .find(|(_, y)| (top..bottom).contains(y));
        sleeps.push(Sleep { top, bottom, depth: step.depth, woken });
    }
    sleeps
}

/// What is left of a stretch without the sleeps in it.
pub fn awake(sleeps: &[Sleep], top: f64, bottom: f64) -> Vec<(f64, f64)> {
    let mut left = Vec::new();
    let mut from = top;
    for sleep in sleeps.iter().filter(|sleep| sleep.bottom > top && sleep.top < bottom) {
        left.push((from, sleep.top));
        from = sleep.bottom;
    }
    left.push((from, bottom));
    left.retain(|(top, bottom)| top < bottom);
    left
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stretch_is_cut_where_the_task_sleeps() {
        let sleep = |top, bottom| Sleep { top, bottom, depth: 1, woken: None };
        let sleeps = [sleep(10.0, 20.0), sleep(30.0, 40.0)];
        assert_eq!(awake(&sleeps, 0.0, 50.0), [(0.0, 10.0), (20.0, 30.0), (40.0, 50.0)]);
        assert_eq!(awake(&sleeps, 21.0, 29.0), [(21.0, 29.0)]);
        assert_eq!(awake(&sleeps, 12.0, 18.0), []);
    }

    #[test]
    fn a_sleep_lasts_until_the_task_goes_on_and_knows_who_woke_it() {
        let text = "a  f() {\na    /* sched_switch: prev_state=S */\nb  /* sched_wakeup: comm=a */\na  }\n\
                    a  g() {\na    /* sched_switch: prev_state=S */\n";
        let record = Record::parse(text).expect("a record");
        let layout = Layout::of(&record).expect("a layout");
        let sleeps = of(&record, &layout, 0);
        assert_eq!(sleeps.iter().map(|sleep| sleep.woken.map(|(at, _)| at)).collect::<Vec<_>>(), [Some(2), None]);
        assert!(sleeps.iter().all(|sleep| sleep.top < sleep.bottom));
        assert_eq!(of(&record, &layout, 1), []);
    }
}
