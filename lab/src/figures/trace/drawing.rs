//! Draws a record: a line for each task, blue while it is in user space and amber in the kernel, with the functions within
//! each other. A gap is a sleep. Nothing in the picture is a duration.

use crate::figures::{
    chart::{KERNEL, USER},
    trace::{
        layout::{BAR, LINE, Layout, WIDTH},
        record::{Record, What},
    },
};
use anyhow::Result;
use std::fmt::Write;

const FG: &str = "var(--fg, #222)";
const BG: &str = "var(--bg, #fff)";
const USER_BAND: &str = "var(--user-band, #e9f2fb)";
const KERNEL_BAND: &str = "var(--kernel-band, #fbf0e2)";
const MONO: &str = "font-family: 'Source Code Pro', Consolas, monospace";
/// Where the arrow of a crossing lies below the top of its step, and where the arrow of a wake-up.
const ARROW: f64 = 7.0;
const WAKE: f64 = 21.0;

/// The picture's inside and its height. `id` is unique on the page.
pub fn draw(id: &str, record: &Record) -> Result<(String, f64)> {
    let layout = Layout::of(record)?;
    let mut drawing = Drawing { id, record, layout: &layout, svg: String::new() };
    drawing.bands();
    for task in 0..layout.lanes.len() {
        drawing.functions(task);
        drawing.sleeps(task);
        drawing.crossings(task);
    }
    drawing.wake_ups();
    drawing.words();
    Ok((drawing.svg, layout.height()))
}

struct Drawing<'a> {
    id: &'a str,
    record: &'a Record,
    layout: &'a Layout,
    svg: String,
}

impl Drawing<'_> {
    fn bands(&mut self) {
        let marker = format!(
            "<defs><marker id=\"{}-tip\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"6\" markerHeight=\"6\" \
             orient=\"auto\"><path d=\"M0 0.5 8 4 0 7.5z\" style=\"fill: {FG}\"/></marker></defs>",
            self.id
        );
        self.put(&marker);
        let users = self.layout.lanes.iter().filter_map(|lane| lane.user);
        let bands: Vec<_> = users.map(|user| (user, USER_BAND)).chain([(self.layout.kernel, KERNEL_BAND)]).collect();
        for &(top, bottom) in &self.layout.scenes {
            for (span, colour) in &bands {
                let (x, width, height) = (span.left, span.right - span.left, bottom - top);
                self.put(&format!(
                    r#"<rect x="{x:.1}" y="{top:.1}" width="{width:.1}" height="{height:.1}" rx="6" style="fill: {colour}"/>"#
                ));
            }
        }
        let kernel = self.layout.kernel;
        let middle = (kernel.left + kernel.right) / 2.0;
        match self.record.tasks.as_slice() {
            [] => {
                self.text(9.0, 16.0, "start", &format!("fill: {USER}; font-weight: 600"), "user space");
                self.text(kernel.left + 10.0, 16.0, "start", &format!("fill: {KERNEL}; font-weight: 600"), "kernel");
            }
            names => {
                self.text(middle, 16.0, "middle", &format!("fill: {KERNEL}; font-weight: 600"), "kernel");
                for (name, lane) in names.iter().zip(&self.layout.lanes) {
                    let colour = if lane.user.is_some() { USER } else { KERNEL };
                    let (x, anchor) = if lane.mirrored { (WIDTH - 9.0, "end") } else { (9.0, "start") };
                    self.text(x, 16.0, anchor, &format!("fill: {colour}; font-weight: 600"), name);
                }
            }
        }
    }

    /// A line for each function, from where it was entered to where it was left, with the task's sleeps left out.
    fn functions(&mut self, task: usize) {
        let gaps = self.gaps(task);
        let mut entered = Vec::new();
        for (step, row) in self.record.steps.iter().zip(&self.layout.rows).filter(|(step, _)| step.task == Some(task)) {
            let x = self.layout.bar(task, step.depth);
            match &step.what {
                What::Enter(function) => entered.push((row.top + 1.0, function)),
                What::Call(function) => self.bar(x, row.top + 1.0, row.bottom - 2.0, function.module.is_some()),
                What::Leave(_) => {
                    let Some((top, function)) = entered.pop() else { continue };
                    for (top, bottom) in without(&gaps, top, row.bottom - 1.5) {
                        self.bar(x, top, bottom, function.module.is_some());
                    }
                }
                What::Event(_) | What::Wake(_) => {
                    let (x, y) = (x + BAR / 2.0, row.top + ARROW);
                    self.put(&format!(r#"<circle cx="{x:.1}" cy="{y:.1}" r="3" style="fill: {KERNEL}"/>"#));
                }
                What::Mark(_) | What::Sleep => {}
            }
        }
        // Nobody saw the end of these.
        let end = self.layout.height() - 4.0;
        while let Some((top, function)) = entered.pop() {
            let x = self.layout.bar(task, entered.len());
            for (top, bottom) in without(&gaps, top, end) {
                self.bar(x, top, bottom, function.module.is_some());
            }
        }
    }

    fn bar(&mut self, x: f64, top: f64, bottom: f64, ours: bool) {
        let fill = if ours { KERNEL } else { BG };
        let height = (bottom - top).max(2.0);
        self.put(&format!(
            r#"<rect x="{x:.1}" y="{top:.1}" width="{BAR}" height="{height:.1}" rx="2" style="fill: {fill}; stroke: {KERNEL}"/>"#
        ));
    }

    /// From where a task goes to sleep to where it goes on, and how deep it is.
    fn gaps(&self, task: usize) -> Vec<(f64, f64, usize)> {
        let steps: Vec<_> =
            self.record.steps.iter().zip(&self.layout.rows).filter(|(step, _)| step.task == Some(task)).collect();
        let slept = steps.iter().enumerate().filter(|(_, (step, _))| step.what == What::Sleep);
        let end = self.layout.height() - 4.0;
        let goes_on = |at: usize| steps.get(at + 1).map_or(end, |(_, row)| row.top - 1.0);
        slept.map(|(at, (step, row))| (row.bottom - 2.0, goes_on(at), step.depth)).collect()
    }

    /// A sleep is dashed until somebody wakes the task; then it could go on, and waits for the processor.
    fn sleeps(&mut self, task: usize) {
        for (top, bottom, depth) in self.gaps(task) {
            let x = self.layout.bar(task, depth.saturating_sub(1)) + BAR / 2.0;
            let woken = self.wakes(task).map(|(_, y)| y).find(|y| (top..bottom).contains(y)).unwrap_or(bottom);
            self.line(
                &format!("M{x:.1} {top:.1}V{woken:.1}"),
                KERNEL,
                "stroke-width: 1.5; stroke-dasharray: 2 4",
                false,
            );
            if woken < bottom {
                self.line(&format!("M{x:.1} {woken:.1}V{bottom:.1}"), KERNEL, "stroke-width: 1.5", false);
            }
        }
    }

    /// Who wakes this task, as the place of the step, and where the arrow lies.
    fn wakes(&self, task: usize) -> impl Iterator<Item = (usize, f64)> {
        let name = self.record.tasks.get(task);
        let steps = self.record.steps.iter().zip(&self.layout.rows).enumerate();
        steps.filter_map(move |(at, (step, row))| match &step.what {
            What::Wake(whom) if Some(whom) == name => Some((at, row.top + WAKE)),
            _ => None,
        })
    }

    fn wake_ups(&mut self) {
        for task in 0..self.layout.lanes.len() {
            let gaps = self.gaps(task);
            for (at, y) in self.wakes(task).collect::<Vec<_>>() {
                let step = &self.record.steps[at];
                let asleep = gaps.iter().find(|(top, bottom, _)| (*top..*bottom).contains(&y));
                if let (Some((_, _, depth)), Some(waker)) = (asleep, step.task) {
                    let to = self.layout.bar(task, depth.saturating_sub(1)) + BAR / 2.0;
                    let from = self.layout.bar(waker, step.depth) + BAR / 2.0;
                    let to = if from > to { to + 3.0 } else { to - 3.0 };
                    let down = y - WAKE + ARROW;
                    self.line(&format!("M{from:.1} {down:.1}V{y:.1}H{to:.1}"), FG, "stroke-width: 1.3", true);
                }
            }
        }
    }

    /// Blue where a task is in user space, and an arrow where it enters the kernel for what was marked, or comes back from
    /// there: that it came back is known only by the next mark, or because it has ended the record.
    fn crossings(&mut self, task: usize) {
        let Some(user) = self.layout.lanes[task].user else { return };
        let mirrored = self.layout.lanes[task].mirrored;
        let edge = if mirrored { user.left + 5.0 } else { user.right - 5.0 - BAR };
        let from = if mirrored { edge } else { edge + BAR };
        let steps: Vec<_> =
            self.record.steps.iter().zip(&self.layout.rows).filter(|(step, _)| step.task == Some(task)).collect();
        for (at, (step, row)) in steps.iter().enumerate() {
            let before = at.checked_sub(1).map(|before| &steps[before].0.what);
            let after = steps.get(at + 1).map(|(next, _)| &next.what);
            let bar = self.layout.bar(task, step.depth);
            let to = if mirrored { bar + BAR } else { bar };
            if !step.what.in_kernel() {
                self.blue(edge, row.top, row.top + LINE);
                continue;
            }
            if before.is_some_and(|before| !before.in_kernel()) {
                let y = row.top + ARROW;
                self.blue(edge, row.top, y + 2.0);
                let tip = if mirrored { to + 1.0 } else { to - 1.0 };
                self.line(&format!("M{from:.1} {y:.1}H{tip:.1}"), FG, "stroke-width: 1.3", true);
            }
            let is_back = match after {
                Some(after) => !after.in_kernel(),
                None => self.record.tasks.is_empty(),
            };
            if is_back {
                let y = row.bottom - 3.0;
                self.blue(edge, y - 2.0, row.bottom + 2.0);
                let tip = if mirrored { from - 1.0 } else { from + 1.0 };
                self.line(&format!("M{to:.1} {y:.1}H{tip:.1}"), FG, "stroke-width: 1.3", true);
            }
        }
    }

    fn blue(&mut self, x: f64, top: f64, bottom: f64) {
        let height = bottom - top;
        self.put(&format!(
            r#"<rect x="{x:.1}" y="{top:.1}" width="{BAR}" height="{height:.1}" rx="2" style="fill: {USER}"/>"#
        ));
    }

    fn words(&mut self) {
        for (step, row) in self.record.steps.iter().zip(&self.layout.rows) {
            let Some(task) = step.task else {
                row.lines.iter().for_each(|line| self.text(9.0, row.top + 11.0, "start", "font-weight: 600", line));
                continue;
            };
            let lane = &self.layout.lanes[task];
            let anchor = if lane.mirrored { "end" } else { "start" };
            let ours = matches!(&step.what, What::Enter(function) | What::Call(function) if function.module.is_some());
            let (x, style) = match (&step.what, lane.mirrored) {
                (What::Mark(_), false) => (9.0, String::new()),
                (What::Mark(_), true) => (WIDTH - 9.0, String::new()),
                (What::Sleep | What::Wake(_), _) => (self.layout.words(task, step.depth), "font-style: italic".into()),
                _ if ours => (self.layout.words(task, step.depth), format!("{MONO}; font-weight: 700")),
                _ => (self.layout.words(task, step.depth), MONO.into()),
            };
            for (at, line) in row.lines.iter().enumerate() {
                self.text(x, row.top + 11.0 + LINE * at as f64, anchor, &style, line);
            }
        }
    }

    /// Words, kept readable where they lie on a line.
    fn text(&mut self, x: f64, y: f64, anchor: &str, style: &str, text: &str) {
        let text = escaped(text);
        let style = if style.is_empty() { String::new() } else { format!(" style=\"{style}\"") };
        self.put(&format!(r#"<text x="{x:.1}" y="{y:.1}" text-anchor="{anchor}"{style}>{text}</text>"#));
    }

    fn line(&mut self, path: &str, colour: &str, style: &str, tip: bool) {
        let tip = if tip { format!(" marker-end=\"url(#{}-tip)\"", self.id) } else { String::new() };
        self.put(&format!(r#"<path d="{path}"{tip} style="fill: none; stroke: {colour}; {style}"/>"#));
    }

    fn put(&mut self, element: &str) {
        // Writing to a String cannot fail.
        let _ = writeln!(self.svg, "  {element}");
    }
}

/// What is left of a stretch without the gaps.
fn without(gaps: &[(f64, f64, usize)], top: f64, bottom: f64) -> Vec<(f64, f64)> {
    let mut left = Vec::new();
    let mut from = top;
    for &(asleep, goes_on, _) in gaps.iter().filter(|(asleep, goes_on, _)| *goes_on > top && *asleep < bottom) {
        left.push((from, asleep));
        from = goes_on;
    }
    left.push((from, bottom));
    left.retain(|(top, bottom)| top < bottom);
    left
}

/// A text as XML has it.
pub fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
