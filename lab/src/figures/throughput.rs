//! The charts of longer messages.

use crate::figures::{
    chart::{GRID, KERNEL, Scale, USER, dot, legend, ring, spread, svg},
    markdown::bytes,
    measured::{Figure, To, ways},
};
use std::fmt::Write;

/// How many times as many bytes each line of the upright scale stands for.
const STEP: f64 = 8.0;
/// Where in a panel its scales begin and end, and where the names of its lines stand.
const LEFT: f64 = 60.0;
const RIGHT: f64 = 236.0;
const NAMES: f64 = 252.0;
const TOP: f64 = 34.0;
/// How far apart the lines of the upright scale are.
const APART: f64 = 36.0;
/// How much of a panel is below its scales.
const BELOW: f64 = 40.0;

/// The ways of one kind, measured in one place.
struct Panel<'a> {
    title: String,
    colour: &'static str,
    native: bool,
    ways: Vec<Vec<&'a Figure>>,
}

/// What goes there and back in a second, by the length of the message: a line for each way. In all panels the same factor is
/// as far.
pub fn draw(lab: &[Figure], host: &[Figure]) -> String {
    const HEAD: f64 = 70.0;
    let panels: Vec<Panel> = [(lab, false), (host, true)]
        .into_iter()
        .flat_map(|(run, native)| [To::Kernel, To::Process].map(|to| panel(run, native, to)))
        .filter(|panel| !panel.ways.is_empty())
        .collect();
    let x = Scale::between(64.0, f64::from(1 << 20), LEFT, RIGHT);
    let mut drawn = legend("Bytes in a second, by the length of the message.");
    let _ = writeln!(
        drawn,
        r#"  <text x="8" y="52">On logarithmic scales: each line is {STEP} times the one below.</text>"#
    );
    let mut top = HEAD;
    for panel in &panels {
        let y = upright(panel);
        let _ = writeln!(drawn, r#"  <g transform="translate(0 {top:.1})">"#);
        let _ = writeln!(
            drawn,
            r#"    <text x="8" y="14" style="fill: {}; font-weight: 600">{}</text>"#,
            panel.colour, panel.title
        );
        drawn += &frame(&x, &y);
        panel.ways.iter().for_each(|way| drawn += &line(way, panel, &x, &y));
        drawn += &names(panel, &x, &y);
        drawn += "  </g>\n";
        top += y.from + BELOW;
    }
    let described = panels.iter().map(|panel| {
        let most = panel.ways.iter().map(|way| format!("{} {}", way[0].way, most(way))).collect::<Vec<_>>();
        format!("{}: {}", panel.title, most.join(", "))
    });
    svg(
        "choosing-throughput",
        "What goes there and back in a second, by the length of the message",
        &format!(
            "A line for each way, on logarithmic scales, from 64 bytes to 1 MiB. The most that each reached in a second. {}.",
            described.collect::<Vec<_>>().join(". ")
        ),
        top,
        &drawn,
    )
}

fn panel(run: &[Figure], native: bool, to: To) -> Panel<'_> {
    let (whose, colour) = match to {
        To::Kernel => ("to the kernel and back", KERNEL),
        To::Process => ("to another process and back", USER),
    };
    let place = if native { "on the machine itself" } else { "in the lab" };
    let long = ways(run, to).into_iter().filter(|way| way.iter().any(|figure| figure.size > 64));
    let ways = long.map(|way| way.into_iter().filter(|figure| figure.size >= 64).collect()).collect();
    Panel { title: format!("{whose}, {place}"), colour, native, ways }
}

/// The upright scale of a panel, as high as its figures need.
fn upright(panel: &Panel) -> Scale {
    let figures = panel.ways.iter().flatten();
    let rates = figures.flat_map(|figure| [rate(figure, figure.p10), rate(figure, figure.p90)]);
    let mut scale = Scale::powers_of(STEP, rates, TOP, TOP);
    scale.from += APART * (scale.powers().count() - 1) as f64;
    scale
}

/// Bytes in a second, if a round trip takes so many nanoseconds.
fn rate(figure: &Figure, nanoseconds: u64) -> f64 {
    figure.size as f64 / nanoseconds.max(1) as f64 * 1e9
}

/// The most bytes that went by a way in a second, in three digits and the unit that fits.
fn most(way: &[&Figure]) -> String {
    let most = way.iter().map(|figure| rate(figure, figure.median)).fold(0.0, f64::max);
    let (value, unit) = match most {
        few if few < 999.5 * 1024.0 => (few / 1024.0, "KiB"),
        more if more < 999.5 * 1024.0 * 1024.0 => (more / f64::from(1 << 20), "MiB"),
        most => (most / f64::from(1 << 30), "GiB"),
    };
    let digits = if value >= 99.95 { 0 } else { 1 + usize::from(value < 9.995) };
    format!("{value:.digits$} {unit}")
}

/// The scales of a panel.
fn frame(x: &Scale, y: &Scale) -> String {
    let mut text = String::new();
    for power in y.powers() {
        let at = y.place(power);
        let _ = writeln!(text, r#"    <path d="M{LEFT} {at:.1}H{RIGHT}" style="{GRID}"/>"#);
        let _ = writeln!(
            text,
            r#"    <text x="{}" y="{:.1}" style="text-anchor: end">{}</text>"#,
            LEFT - 9.0,
            at + 4.0,
            bytes(power as u64)
        );
    }
    for (size, anchor) in [(64, "start"), (1 << 10, "middle"), (16 << 10, "middle"), (1 << 20, "end")] {
        let (at, foot) = (x.place(size as f64), y.from);
        let _ = writeln!(text, r#"    <path d="M{at:.1} {TOP}V{:.1}" style="{GRID}"/>"#, foot);
        let _ = writeln!(
            text,
            r#"    <text x="{at:.1}" y="{:.1}" style="text-anchor: {anchor}">{}</text>"#,
            foot + 17.0,
            bytes(size)
        );
    }
    text
}

/// One way: a line through the medians, and at each of them its mark and the bar of the rounds.
fn line(way: &[&Figure], panel: &Panel, x: &Scale, y: &Scale) -> String {
    let colour = panel.colour;
    let place = |figure: &Figure, time: u64| (x.place(figure.size as f64), y.place(rate(figure, time)));
    let points: Vec<(f64, f64)> = way.iter().map(|figure| place(figure, figure.median)).collect();
    let path = points.iter().map(|(x, y)| format!("{x:.1} {y:.1}")).collect::<Vec<_>>().join("L");
    let dashes = if panel.native { "; stroke-dasharray: 5 3" } else { "" };
    let mut text =
        format!("    <path d=\"M{path}\" style=\"fill: none; stroke: {colour}; stroke-width: 1.5{dashes}\"/>\n");
    for (figure, (at, median)) in way.iter().zip(points) {
        let ((_, slow), (_, fast)) = (place(figure, figure.p90), place(figure, figure.p10));
        let bar = format!("M{at:.1} {slow:.1}V{:.1}", fast.min(slow - 1.0));
        let mark = if panel.native { ring(at, median, colour) } else { dot(at, median, colour) };
        let _ = writeln!(text, "    {}\n    {mark}", spread(&bar, colour));
    }
    text
}

/// The names of the lines, each with the most that it reached, in the order in which the lines end.
fn names(panel: &Panel, x: &Scale, scale: &Scale) -> String {
    let mut ends: Vec<(f64, f64, String)> = Vec::new();
    for way in &panel.ways {
        let Some(last) = way.last() else { continue };
        let name = format!("{} {}", last.way, most(way));
        ends.push((x.place(last.size as f64), scale.place(rate(last, last.median)), name));
    }
    ends.sort_by(|one, other| one.1.total_cmp(&other.1));
    let mut places: Vec<f64> = ends.iter().map(|end| end.1).collect();
    keep_apart(&mut places, 16.0, [TOP, scale.from]);
    let mut text = String::new();
    for ((x, y, name), place) in ends.into_iter().zip(places) {
        let _ = writeln!(
            text,
            r#"    <path d="M{:.1} {y:.1}L{:.1} {place:.1}" style="fill: none; stroke: var(--fg, #222); stroke-width: 0.8; stroke-dasharray: 1 2"/>"#,
            x + 4.0,
            NAMES - 3.0
        );
        let _ = writeln!(text, r#"    <text x="{NAMES}" y="{:.1}">{name}</text>"#, place + 4.0);
    }
    text
}

/// Moves places that are in order until each is so far below the one before it, and all are between the two ends.
fn keep_apart(places: &mut [f64], least: f64, [top, foot]: [f64; 2]) {
    let mut from = top;
    for place in &mut *places {
        *place = place.max(from);
        from = *place + least;
    }
    let mut to = foot;
    for place in places.iter_mut().rev() {
        *place = place.min(to);
        to = *place - least;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figures::measured::tests::figure;

    #[test]
    fn a_way_without_bytes_has_no_line() {
        let figures = [
            figure("eventfd", To::Process, 0, 5),
            figure("pipe", To::Process, 64, 1000),
            figure("pipe", To::Process, 1 << 20, 1 << 20),
        ];
        let chart = draw(&figures, &[]);
        assert!(chart.contains(">pipe 954 MiB<") && !chart.contains("eventfd"), "{chart}");
    }

    #[test]
    fn ways_of_one_kind_share_a_panel_and_every_median_has_its_mark() {
        let lab: Vec<_> = ["a", "b", "c"].map(|way| [64, 1024].map(|size| figure(way, To::Kernel, size, 900))).concat();
        let host = [64, 1024].map(|size| figure("a", To::Process, size, 300));
        let chart = draw(&lab, &host);
        assert_eq!(chart.matches("<g ").count(), 2, "{chart}");
        // Two in the legend.
        assert_eq!(chart.matches("<circle").count(), 2 + 6 + 2, "{chart}");
    }

    #[test]
    fn rates_and_lengths_have_units_of_one_family() {
        let figures = [figure("pipe", To::Process, 64, 100_000), figure("pipe", To::Process, 1 << 20, 300)];
        let chart = draw(&figures, &[]);
        assert!(chart.contains("KiB") && chart.contains("GiB") && !chart.contains("B/s"), "{chart}");
    }

    #[test]
    fn names_that_would_lie_on_one_another_make_room() {
        let mut places = [10.0, 11.0, 95.0, 99.0];
        keep_apart(&mut places, 16.0, [0.0, 100.0]);
        assert_eq!(places, [10.0, 26.0, 84.0, 100.0]);
    }
}
