//! Charts of what was measured, drawn as the book's other figures are: 400 units wide, blue for user space, amber for
//! the kernel, in the theme's own colours.

use crate::{
    measured::{Figure, To, ways},
    table::{bytes, rate, time},
};
use std::fmt::Write;

const WIDTH: f64 = 400.0;
const USER: &str = "var(--user-line, #2a6cae)";
const KERNEL: &str = "var(--kernel-line, #b5651d)";
const TEXT: &str = "fill: var(--fg, #222); font: 11.5px 'Open Sans', sans-serif";
const GRID: &str = "fill: none; stroke: var(--fg, #222); stroke-width: 0.5; stroke-opacity: 0.25";

/// A logarithmic scale: where a value lies between `from` and `to`.
struct Scale {
    low: f64,
    high: f64,
    from: f64,
    to: f64,
}

impl Scale {
    /// One that shows all `values`, from one power of ten to another.
    fn decades(values: impl Iterator<Item = f64>, from: f64, to: f64) -> Self {
        let (low, high) =
            values.fold((f64::MAX, f64::MIN_POSITIVE), |(low, high), value| (low.min(value), high.max(value)));
        let (low, high) = (low.log10().floor(), high.log10().ceil());
        Scale { low, high: high.max(low + 1.0), from, to }
    }

    fn place(&self, value: f64) -> f64 {
        self.from + (value.max(1e-9).log10() - self.low) / (self.high - self.low) * (self.to - self.from)
    }

    fn powers(&self) -> impl Iterator<Item = f64> {
        (self.low as i32..=self.high as i32).map(|power| 10_f64.powi(power))
    }
}

/// What the shortest message costs by each way: a dot for the median, a bar from 10 % to 90 % of the rounds.
pub fn latency(figures: &[Figure]) -> String {
    const ROW: f64 = 21.0;
    let groups = [(To::Kernel, "to the kernel and back", KERNEL), (To::Process, "to another process and back", USER)];
    let shown = || groups.iter().flat_map(|(to, ..)| ways(figures, *to)).map(|way| way[0]);
    let times = shown().flat_map(|figure| [figure.p10 as f64, figure.p90 as f64]);
    let scale = Scale::decades(times, 108.0, 384.0);
    let height = 30.0 + 2.0 * 34.0 + shown().count() as f64 * ROW;

    let mut rows = String::new();
    let mut y = 30.0;
    for (to, title, colour) in groups {
        let _ = writeln!(
            rows,
            r#"  <text x="8" y="{:.1}" style="fill: {colour}; font-weight: 600">{title}</text>"#,
            y + 16.0
        );
        y += 34.0;
        for way in ways(figures, to) {
            rows += &row(way[0], &scale, y, colour);
            y += ROW;
        }
    }
    let mut grid = String::new();
    for power in scale.powers() {
        let x = scale.place(power);
        let _ = writeln!(grid, r#"  <path d="M{x:.1} 22V{height:.1}" style="{GRID}"/>"#);
        let _ = writeln!(grid, r#"  <text x="{x:.1}" y="15" style="text-anchor: middle">{}</text>"#, tick(power));
    }
    let described =
        shown().map(|figure| format!("{} {}", figure.way, time(figure.median))).collect::<Vec<_>>().join(", ");
    svg(
        "choosing-latency",
        "What a round trip with a short message takes",
        &format!("Medians on a logarithmic scale: {described}."),
        height,
        &(grid + &rows),
    )
}

/// One way: its name, the bar, the dot, and the median in numbers where there is room for it.
fn row(figure: &Figure, scale: &Scale, y: f64, colour: &str) -> String {
    let place = |value: u64| scale.place(value as f64);
    let (low, median, high) = (place(figure.p10), place(figure.median), place(figure.p90));
    let (x, anchor) = if high < 330.0 { (high + 8.0, "start") } else { (low - 8.0, "end") };
    format!(
        "  <text x=\"8\" y=\"{:.1}\">{}</text>\n\
         \x20 <path d=\"M{low:.1} {y:.1}H{:.1}\" style=\"fill: none; stroke: {colour}; stroke-width: 5; stroke-opacity: 0.4\"/>\n\
         \x20 <circle cx=\"{median:.1}\" cy=\"{y:.1}\" r=\"4\" style=\"fill: {colour}\"/>\n\
         \x20 <text x=\"{x:.1}\" y=\"{:.1}\" style=\"text-anchor: {anchor}; font-size: 10.5px\">{}</text>\n",
        y + 4.0,
        figure.way,
        high.max(low + 1.0),
        y + 4.0,
        time(figure.median)
    )
}

/// What goes there and back in a second, by the length of the message: a small chart for each way, with all the others
/// faint behind it.
pub fn throughput(figures: &[Figure]) -> String {
    const COLUMN: f64 = 188.0;
    const PANEL: f64 = 124.0;
    let kinds = [(To::Kernel, KERNEL), (To::Process, USER)];
    let all: Vec<(Vec<&Figure>, &str)> = kinds
        .iter()
        .flat_map(|(to, colour)| ways(figures, *to).into_iter().map(move |way| (way, *colour)))
        .filter(|(way, _)| way.iter().any(|figure| figure.size > 64))
        .collect();
    let rates = || {
        figures
            .iter()
            .filter(|figure| figure.size >= 64)
            .flat_map(|figure| [of(figure, figure.p10), of(figure, figure.p90)])
    };
    let y = Scale::decades(rates(), 96.0, 24.0);
    let x = Scale { low: 64_f64.log10(), high: f64::from(1 << 20).log10(), from: 36.0, to: 176.0 };
    let faint: Vec<String> = all.iter().map(|(way, _)| line(way, &x, &y)).collect();
    let height = PANEL * all.len().div_ceil(2) as f64 + 4.0;

    let mut panels = String::new();
    for (number, (way, colour)) in all.iter().enumerate() {
        let (left, top) = ((number % 2) as f64 * COLUMN + 4.0, (number / 2) as f64 * PANEL);
        let _ = writeln!(panels, r#"  <g transform="translate({left:.1} {top:.1})">"#);
        panels += &frame(&x, &y, number % 2 == 0);
        for other in &faint {
            let _ = writeln!(
                panels,
                r#"    <path d="{other}" style="fill: none; stroke: var(--fg, #222); stroke-opacity: 0.18"/>"#
            );
        }
        panels += &panel(way, colour, &x, &y);
        panels += "  </g>\n";
    }
    let described = all.iter().map(|(way, _)| format!("{} {}", way[0].way, best(way))).collect::<Vec<_>>().join(", ");
    svg(
        "choosing-throughput",
        "What goes there and back in a second, by the length of the message",
        &format!(
            "A chart for each way, on logarithmic scales, from 64 bytes to 1 MiB. The most that each way reached: {described}."
        ),
        height,
        &panels,
    )
}

/// Bytes per second, if a round trip takes so many nanoseconds.
fn of(figure: &Figure, nanoseconds: u64) -> f64 {
    figure.size as f64 / nanoseconds.max(1) as f64 * 1e9
}

fn best(way: &[&Figure]) -> String {
    rate(way.iter().map(|figure| of(figure, figure.median)).fold(0.0, f64::max))
}

fn line(way: &[&Figure], x: &Scale, y: &Scale) -> String {
    let points = way
        .iter()
        .map(|figure| format!("{:.1} {:.1}", x.place(figure.size as f64), y.place(of(figure, figure.median))));
    format!("M{}", points.collect::<Vec<_>>().join("L"))
}

/// The scales of one panel; the upright one has numbers in the first column only.
fn frame(x: &Scale, y: &Scale, numbered: bool) -> String {
    let mut text = String::new();
    for power in y.powers() {
        let at = y.place(power);
        let _ = writeln!(text, r#"    <path d="M{} {at:.1}H{}" style="{GRID}"/>"#, x.from, x.to);
        if !numbered {
            continue;
        }
        let _ = writeln!(
            text,
            r#"    <text x="{}" y="{:.1}" style="text-anchor: end; font-size: 9px">{}</text>"#,
            x.from - 3.0,
            at + 3.0,
            rate_tick(power)
        );
    }
    for size in [64, 4 << 10, 64 << 10, 1 << 20] {
        let at = x.place(size as f64);
        let _ = writeln!(
            text,
            r#"    <text x="{at:.1}" y="108" style="text-anchor: middle; font-size: 9px">{}</text>"#,
            bytes(size)
        );
    }
    text
}

/// One way in its own panel.
fn panel(way: &[&Figure], colour: &str, x: &Scale, y: &Scale) -> String {
    let mut text = format!(
        "    <text x=\"{}\" y=\"14\"><tspan style=\"fill: {colour}; font-weight: 600\">{}</tspan> {}</text>\n",
        x.from,
        way[0].way,
        best(way)
    );
    let _ =
        writeln!(text, r#"    <path d="{}" style="fill: none; stroke: {colour}; stroke-width: 2"/>"#, line(way, x, y));
    for figure in way {
        let (at, median) = (x.place(figure.size as f64), y.place(of(figure, figure.median)));
        let (slow, fast) = (y.place(of(figure, figure.p90)), y.place(of(figure, figure.p10)));
        let _ = writeln!(
            text,
            r#"    <path d="M{at:.1} {slow:.1}V{fast:.1}" style="fill: none; stroke: {colour}; stroke-width: 4; stroke-opacity: 0.4"/>"#
        );
        let _ = writeln!(text, r#"    <circle cx="{at:.1}" cy="{median:.1}" r="2.2" style="fill: {colour}"/>"#);
    }
    text
}

/// A power of ten of nanoseconds, without digits after the point.
fn tick(nanoseconds: f64) -> String {
    whole(nanoseconds, &["ns", "µs", "ms", "s"])
}

/// A power of ten of bytes per second, short.
fn rate_tick(bytes_per_second: f64) -> String {
    whole(bytes_per_second, &["B/s", "kB/s", "MB/s", "GB/s", "TB/s"])
}

fn whole(mut value: f64, units: &[&str]) -> String {
    let mut unit = 0;
    while value > 999.0 && unit + 1 < units.len() {
        value /= 1000.0;
        unit += 1;
    }
    format!("{value:.0} {}", units[unit])
}

fn svg(id: &str, title: &str, described: &str, height: f64, inside: &str) -> String {
    format!(
        "<svg viewBox=\"0 0 {WIDTH} {height:.0}\" xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" \
         aria-labelledby=\"{id}-title {id}-desc\" style=\"{TEXT}\">\n\
         \x20 <title id=\"{id}-title\">{title}</title>\n\
         \x20 <desc id=\"{id}-desc\">{described}</desc>\n{inside}</svg>\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measured::tests::figure;

    #[test]
    fn ten_times_as_long_is_as_far_everywhere() {
        let scale = Scale::decades([150.0, 90_000.0].into_iter(), 0.0, 300.0);
        assert_eq!(scale.powers().collect::<Vec<_>>(), [1e2, 1e3, 1e4, 1e5]);
        let places = [1e2, 1e3, 1e4, 1e5].map(|value| scale.place(value).round());
        assert_eq!(places, [0.0, 100.0, 200.0, 300.0]);
    }

    #[test]
    fn each_way_has_its_row_and_its_median() {
        let figures = [figure("pipe", To::Process, 64, 4841), figure("ioctl", To::Kernel, 64, 999)];
        let chart = latency(&figures);
        for text in [">pipe<", ">4.84 µs<", ">ioctl<", ">999 ns<"] {
            assert!(chart.contains(text), "{chart}");
        }
    }

    #[test]
    fn a_way_without_bytes_has_no_throughput() {
        let figures = [
            figure("eventfd", To::Process, 0, 5),
            figure("pipe", To::Process, 64, 1000),
            figure("pipe", To::Process, 1 << 20, 1 << 20),
        ];
        let chart = throughput(&figures);
        assert!(chart.contains(">pipe<") && chart.contains("1.00 GB/s") && !chart.contains("eventfd"), "{chart}");
    }

    #[test]
    fn nothing_lies_outside_of_the_picture() {
        let figures: Vec<_> = (0..7).map(|n| figure("pipe", To::Process, 64 << (2 * n), 10_u64.pow(n + 2))).collect();
        let circle = regex::Regex::new(r#"cx="([-0-9.]+)""#).expect("regex");
        for chart in [latency(&figures), throughput(&figures)] {
            for found in circle.captures_iter(&chart) {
                let x: f64 = found[1].parse().expect("a number");
                assert!((0.0..=WIDTH).contains(&x), "{x}");
            }
        }
    }
}
