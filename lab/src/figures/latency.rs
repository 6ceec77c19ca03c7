//! The chart of short messages.

use crate::figures::{
    chart::{GRID, HALO, KERNEL, Scale, USER, WIDTH, dot, legend, ring, spread, svg},
    markdown::time,
    measured::{Figure, To, same, ways},
};
use std::fmt::Write;

/// What the shortest message costs by each way: in the lab a dot for the median and a bar from 10 % to 90 % of the rounds, on
/// the machine itself a ring for the median.
pub fn draw(lab: &[Figure], host: &[Figure]) -> String {
    const ROW: f64 = 21.0;
    const HEAD: f64 = 68.0;
    let groups = [(To::Kernel, "to the kernel and back", KERNEL), (To::Process, "to another process and back", USER)];
    let shown = || groups.iter().flat_map(|(to, ..)| ways(lab, *to)).map(|way| way[0]);
    let medians = shown().filter_map(|figure| same(host, figure)).map(|figure| figure.median as f64);
    let times = shown().flat_map(|figure| [figure.p10 as f64, figure.p90 as f64]).chain(medians);
    let scale = Scale::powers_of(10.0, times, 112.0, 376.0);
    let height = HEAD + 2.0 * 34.0 + shown().count() as f64 * ROW;

    let mut rows = legend("Time, on a logarithmic scale: each line is ten times the one before.");
    let mut y = HEAD;
    for (to, title, colour) in groups {
        let _ = writeln!(
            rows,
            r#"  <text x="8" y="{:.1}" style="fill: {colour}; font-weight: 600; {HALO}">{title}</text>"#,
            y + 16.0
        );
        y += 34.0;
        for way in ways(lab, to) {
            rows += &row(way[0], same(host, way[0]), &scale, y, colour);
            y += ROW;
        }
    }
    let mut grid = String::new();
    for power in scale.powers() {
        let x = scale.place(power);
        let _ = writeln!(grid, r#"  <path d="M{x:.1} 60V{height:.1}" style="{GRID}"/>"#);
        let _ = writeln!(grid, r#"  <text x="{x:.1}" y="54" style="text-anchor: middle">{}</text>"#, tick(power));
    }
    let described = shown().map(|figure| {
        let native = same(host, figure).map(|native| format!(" ({} on the machine itself)", time(native.median)));
        format!("{} {}{}", figure.way, time(figure.median), native.unwrap_or_default())
    });
    svg(
        "choosing-latency",
        "What a round trip with a short message takes",
        &format!("Medians in the lab, on a logarithmic scale: {}.", described.collect::<Vec<_>>().join(", ")),
        height,
        &(grid + &rows),
    )
}

/// One way: its name, the bar, the dot and the ring, and the medians in numbers where there is room for them.
fn row(figure: &Figure, native: Option<&Figure>, scale: &Scale, y: f64, colour: &str) -> String {
    const NUMBER: f64 = 52.0;
    let place = |value: u64| scale.place(value as f64);
    let number = |x: f64, anchor: &str, value: u64| {
        let y = y + 4.0;
        format!("  <text x=\"{x:.1}\" y=\"{y:.1}\" style=\"text-anchor: {anchor}; {HALO}\">{}</text>\n", time(value))
    };
    let (low, median, high) = (place(figure.p10), place(figure.median), place(figure.p90));
    let mut text = format!(
        "  <text x=\"8\" y=\"{:.1}\">{}</text>\n\
         \x20 {}\n\
         \x20 {}\n",
        y + 4.0,
        figure.way,
        spread(&format!("M{low:.1} {y:.1}H{:.1}", high.max(low + 1.0)), colour),
        dot(median, y, colour),
    );
    let native = native.map(|native| (place(native.median), native.median));
    if let Some((x, value)) = native {
        text += &format!("  {}\n", ring(x, y, colour));
        if low - x > NUMBER + 12.0 {
            text += &number(x + 7.0, "start", value);
        }
    }
    if high + NUMBER < WIDTH - 4.0 {
        text += &number(high + 8.0, "start", figure.median);
    } else if native.is_none_or(|(x, _)| low - x > 2.0 * NUMBER + 12.0) {
        text += &number(low - 8.0, "end", figure.median);
    }
    text
}

/// A power of ten of nanoseconds, without digits after the point.
fn tick(nanoseconds: f64) -> String {
    match nanoseconds {
        short if short < 999.0 => format!("{short:.0} ns"),
        short if short < 999e3 => format!("{:.0} µs", short / 1e3),
        short if short < 999e6 => format!("{:.0} ms", short / 1e6),
        long => format!("{:.0} s", long / 1e9),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figures::measured::tests::figure;

    #[test]
    fn each_way_has_its_row_and_its_median() {
        let figures = [figure("pipe", To::Process, 64, 4841), figure("ioctl", To::Kernel, 64, 999)];
        let chart = draw(&figures, &[]);
        for text in [">pipe<", ">4.84 µs<", ">ioctl<", ">999 ns<"] {
            assert!(chart.contains(text), "{chart}");
        }
    }

    #[test]
    fn the_machine_itself_is_drawn_beside_the_lab() {
        let lab = [figure("pipe", To::Process, 64, 60_000), figure("ioctl", To::Kernel, 64, 999)];
        let chart = draw(&lab, &[figure("pipe", To::Process, 64, 1234)]);
        assert!(
            chart.contains(">1.23 µs<") && chart.contains("pipe 60.0 µs (1.23 µs on the machine itself)"),
            "{chart}"
        );
    }
}
