//! Draws a record: a line for each task, blue while it is in user space and amber in the kernel, with the functions within
//! each other, those of the chapter's module filled. A gap is a sleep. Nothing in the picture is a duration.

use crate::figures::{
    chart::{KERNEL, USER},
    trace::{
        layout::{BAR, LINE, Layout, Row, WIDTH},
        record::{Record, What},
        sleep::{self, Sleep},
    },
};
use anyhow::Result;
use std::fmt::Write;

const FG: &str = "var(--fg, #222)";
const BG: &str = "var(--bg, #fff)";
const USER_BAND: &str = "var(--user-band, #e9f2fb)";
const KERNEL_BAND: &str = "var(--kernel-band, #fbf0e2)";
const MONO: &str = "font-family: 'Source Code Pro', Consolas, monospace";
/// A function of the chapter's own module.
const OURS: &str = "font-family: 'Source Code Pro', Consolas, monospace; font-weight: 700";
/// Where the arrow of a crossing lies, below the top of its step.
const ARROW: f64 = 7.0;

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
        let y = self.layout.scenes.first().map_or(0.0, |(top, _)| top + 15.0);
        match self.record.tasks.as_slice() {
            [] => {
                self.text(8.0, y, "start", &format!("fill: {USER}; font-weight: 600"), "user space");
                self.text(kernel.left + 8.0, y, "start", &format!("fill: {KERNEL}; font-weight: 600"), "kernel");
            }
            names => {
                self.text(middle, y, "middle", &format!("fill: {KERNEL}; font-weight: 600"), "kernel");
                for (name, lane) in names.iter().zip(&self.layout.lanes) {
                    let colour = if lane.user.is_some() { USER } else { KERNEL };
                    let (x, anchor) = if lane.mirrored { (WIDTH - 8.0, "end") } else { (8.0, "start") };
                    self.text(x, y, anchor, &format!("fill: {colour}; font-weight: 600"), name);
                }
            }
        }
    }

    /// A line for each function, from where it was entered to where it was left, with the task's sleeps left out.
    fn functions(&mut self, task: usize) {
        let sleeps = sleep::of(self.record, self.layout, task);
        let mut entered = Vec::new();
        for (step, row) in self.record.steps.iter().zip(&self.layout.rows).filter(|(step, _)| step.task == Some(task)) {
            let x = self.layout.bar(task, step.depth);
            match &step.what {
                What::Enter(function) => entered.push((row.top + 1.0, function)),
                What::Call(function) => self.bar(x, row.top + 1.0, row.bottom - 2.0, function.module.is_some()),
                What::Leave(_) => {
                    let Some((top, function)) = entered.pop() else { continue };
                    for (top, bottom) in sleep::awake(&sleeps, top, row.bottom - 1.5) {
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
            for (top, bottom) in sleep::awake(&sleeps, top, end) {
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

    /// A sleep is dotted until somebody wakes the task; then it could go on, and waits for the processor.
    fn sleeps(&mut self, task: usize) {
        for sleep in sleep::of(self.record, self.layout, task) {
            let x = self.layout.bar(task, sleep.depth.saturating_sub(1)) + BAR / 2.0;
            let until = sleep.woken.map_or(sleep.bottom, |(_, y)| y);
            let Sleep { top, bottom, .. } = sleep;
            self.line(
                &format!("M{x:.1} {top:.1}V{until:.1}"),
                KERNEL,
                "stroke-width: 1.5; stroke-dasharray: 2 4",
                false,
            );
            let Some((waker, step)) = sleep.woken.and_then(|(at, _)| Some((self.record.steps[at].task?, at))) else {
                continue;
            };
            self.line(&format!("M{x:.1} {until:.1}V{bottom:.1}"), KERNEL, "stroke-width: 1.5", false);
            let from = self.layout.bar(waker, self.record.steps[step].depth) + BAR / 2.0;
            let to = if from > x { x + 3.0 } else { x - 3.0 };
            let down = self.layout.rows[step].top + ARROW;
            self.line(&format!("M{from:.1} {down:.1}V{until:.1}H{to:.1}"), FG, "stroke-width: 1.3", true);
        }
    }

    /// Blue where a task is in user space, and an arrow where it enters the kernel for what was marked, or comes back from
    /// there: that it came back is known only by the next mark, or because it has ended the record.
    fn crossings(&mut self, task: usize) {
        let Some(user) = self.layout.lanes[task].user else { return };
        let mirrored = self.layout.lanes[task].mirrored;
        let edge = if mirrored { user.left + 3.0 } else { user.right - 3.0 - BAR };
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
            let down = match after {
                _ if is_back => Some(row.bottom - 3.0),
                Some(_) => Some(steps[at + 1].1.top + ARROW),
                None => None,
            };
            if let (What::Event(_), Some(down)) = (&step.what, down) {
                let (x, y) = (bar + BAR / 2.0, row.top + ARROW);
                self.line(&format!("M{x:.1} {y:.1}V{down:.1}"), KERNEL, "stroke-width: 1.3", false);
            }
            if is_back {
                let y = row.bottom - 3.0;
                let to = if matches!(step.what, What::Event(_)) { bar + BAR / 2.0 } else { to };
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
        let rows = || self.record.steps.iter().zip(&self.layout.rows);
        for (step, row) in rows().filter(|(step, _)| !step.what.in_kernel()) {
            let mirrored = step.task.is_some_and(|task| self.layout.lanes[task].mirrored);
            let (x, anchor) = if mirrored { (WIDTH - 8.0, "end") } else { (8.0, "start") };
            self.lines(x, anchor, if step.task.is_none() { "font-weight: 600" } else { "" }, row);
        }
        // Where they lie on another task's line, they stay readable.
        self.put(&format!("<g style=\"paint-order: stroke; stroke: {KERNEL_BAND}; stroke-width: 3\">"));
        for (step, row) in rows().filter(|(step, _)| step.what.in_kernel()) {
            let Some(task) = step.task else { continue };
            let anchor = if self.layout.lanes[task].mirrored { "end" } else { "start" };
            let style = match &step.what {
                What::Sleep | What::Wake(_) => "font-style: italic",
                What::Enter(function) | What::Call(function) if function.module.is_some() => OURS,
                _ => MONO,
            };
            self.lines(self.layout.words(task, step.depth), anchor, style, row);
        }
        self.put("</g>");
    }

    fn lines(&mut self, x: f64, anchor: &str, style: &str, row: &Row) {
        for (at, line) in row.lines.iter().enumerate() {
            self.text(x, row.top + 11.0 + LINE * at as f64, anchor, style, line);
        }
    }

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

/// A text as XML has it.
pub fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
