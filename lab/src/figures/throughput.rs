//! The charts of longer messages: one for each way.

use crate::figures::{
    chart::{GRID, KERNEL, Scale, USER, dot, legend, ring, svg, whole},
    markdown::{bytes, rate},
    measured::{Figure, To, same, ways},
};
use std::fmt::Write;

/// What goes there and back in a second, by the length of the message: a small chart for each way, with all the others
/// faint behind it, and the machine itself as a dashed line.
pub fn draw(lab: &[Figure], host: &[Figure]) -> String {
    const LEFT: [f64; 2] = [2.0, 178.0];
    const PANEL: f64 = 138.0;
    const HEAD: f64 = 22.0;
    let kinds = [(To::Kernel, KERNEL), (To::Process, USER)];
    let all: Vec<(Vec<&Figure>, &str)> = kinds
        .iter()
        .flat_map(|(to, colour)| ways(lab, *to).into_iter().map(move |way| (way, *colour)))
        .filter(|(way, _)| way.iter().any(|figure| figure.size > 64))
        .collect();
    let rates = || {
        let figures = lab.iter().chain(host).filter(|figure| figure.size >= 64);
        figures.flat_map(|figure| [bytes_per_second(figure, figure.p10), bytes_per_second(figure, figure.p90)])
    };
    let y = Scale::decades(rates(), 108.0, 36.0);
    let x = Scale::between(64.0, f64::from(1 << 20), 46.0, 204.0);
    let faint: Vec<String> = all.iter().map(|(way, _)| line(way, &x, &y)).collect();
    let height = HEAD + PANEL * all.len().div_ceil(2) as f64;

    let mut panels = legend();
    for (number, (way, colour)) in all.iter().enumerate() {
        let (left, top) = (LEFT[number % 2], HEAD + (number / 2) as f64 * PANEL);
        let _ = writeln!(panels, r#"  <g transform="translate({left:.1} {top:.1})">"#);
        panels += &frame(&x, &y, number % 2 == 0);
        for other in &faint {
            let _ = writeln!(
                panels,
                r#"    <path d="{other}" style="fill: none; stroke: var(--fg, #222); stroke-opacity: 0.18"/>"#
            );
        }
        let native: Vec<&Figure> = way.iter().filter_map(|figure| same(host, figure)).collect();
        panels += &panel(way, &native, colour, &x, &y);
        panels += "  </g>\n";
    }
    let described = all.iter().map(|(way, _)| format!("{} {}", way[0].way, best(way))).collect::<Vec<_>>().join(", ");
    svg(
        "choosing-throughput",
        "What goes there and back in a second, by the length of the message",
        &format!(
            "A chart for each way, on logarithmic scales, from 64 bytes to 1 MiB, for the lab and for the machine itself. The \
             most that each way reached in the lab: {described}."
        ),
        height,
        &panels,
    )
}

/// Bytes per second, if a round trip takes so many nanoseconds.
fn bytes_per_second(figure: &Figure, nanoseconds: u64) -> f64 {
    figure.size as f64 / nanoseconds.max(1) as f64 * 1e9
}

fn best(way: &[&Figure]) -> String {
    rate(way.iter().map(|figure| bytes_per_second(figure, figure.median)).fold(0.0, f64::max))
}

fn line(way: &[&Figure], x: &Scale, y: &Scale) -> String {
    let points = way.iter().map(|figure| {
        format!("{:.1} {:.1}", x.place(figure.size as f64), y.place(bytes_per_second(figure, figure.median)))
    });
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
    for (size, anchor) in [(64, "start"), (4 << 10, "middle"), (64 << 10, "middle"), (1 << 20, "end")] {
        let at = x.place(size as f64);
        let _ = writeln!(
            text,
            r#"    <text x="{at:.1}" y="120" style="text-anchor: {anchor}; font-size: 9px">{}</text>"#,
            bytes(size)
        );
    }
    text
}

/// One way in its own panel.
fn panel(way: &[&Figure], native: &[&Figure], colour: &str, x: &Scale, y: &Scale) -> String {
    let reached = match native {
        [] => best(way),
        native => format!("{}, itself {}", best(way), best(native)),
    };
    let mut text = format!(
        "    <text x=\"{}\" y=\"12\" style=\"fill: {colour}; font-weight: 600\">{}</text>\n\
         \x20   <text x=\"{}\" y=\"25\" style=\"font-size: 10px\">{reached}</text>\n",
        x.from, way[0].way, x.from
    );
    let _ =
        writeln!(text, r#"    <path d="{}" style="fill: none; stroke: {colour}; stroke-width: 2"/>"#, line(way, x, y));
    if !native.is_empty() {
        let _ = writeln!(
            text,
            r#"    <path d="{}" style="fill: none; stroke: {colour}; stroke-width: 1.2; stroke-dasharray: 4 3"/>"#,
            line(native, x, y)
        );
    }
    for figure in native {
        let (at, median) = (x.place(figure.size as f64), y.place(bytes_per_second(figure, figure.median)));
        text += &format!("    {}\n", ring(at, median, (2.2, 1.2), colour));
    }
    for figure in way {
        let (at, median) = (x.place(figure.size as f64), y.place(bytes_per_second(figure, figure.median)));
        let (slow, fast) =
            (y.place(bytes_per_second(figure, figure.p90)), y.place(bytes_per_second(figure, figure.p10)));
        let _ = writeln!(
            text,
            r#"    <path d="M{at:.1} {slow:.1}V{fast:.1}" style="fill: none; stroke: {colour}; stroke-width: 4; stroke-opacity: 0.4"/>"#
        );
        text += &format!("    {}\n", dot(at, median, 2.2, colour));
    }
    text
}

/// A power of ten of bytes per second, short.
fn rate_tick(bytes_per_second: f64) -> String {
    whole(bytes_per_second, &["B/s", "kB/s", "MB/s", "GB/s", "TB/s"])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figures::measured::tests::figure;

    #[test]
    fn a_way_without_bytes_has_no_draw() {
        let figures = [
            figure("eventfd", To::Process, 0, 5),
            figure("pipe", To::Process, 64, 1000),
            figure("pipe", To::Process, 1 << 20, 1 << 20),
        ];
        let chart = draw(&figures, &[]);
        assert!(chart.contains(">pipe<") && chart.contains("1.00 GB/s") && !chart.contains("eventfd"), "{chart}");
    }
}
