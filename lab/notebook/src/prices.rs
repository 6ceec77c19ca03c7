use crate::{
    Error, Result,
    picture::{KERNEL, Picture, USER, chart, escaped, line, text, time},
};
use std::time::Duration;

/// Which side a group of prices has its colour from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// Blue.
    User,
    /// Amber.
    Kernel,
}

/// Names and times under one heading.
pub struct Prices<'a> {
    /// Its colour.
    pub side: Side,
    /// Its heading.
    pub heading: &'a str,
    /// What was measured, in any order.
    pub times: Vec<(&'a str, Duration)>,
}

/// Draws a row for each time, from the shortest to the longest of each group, on a logarithmic scale. Err: there is nothing
/// to draw.
pub fn prices(title: &str, groups: &[Prices]) -> Result<Picture> {
    const HEAD: f64 = 62.0;
    const GROUP: f64 = 28.0;
    const ROW: f64 = 20.0;
    let all = || groups.iter().flat_map(|group| &group.times).map(|(_, time)| time.as_nanos().max(1) as f64);
    let low = all().fold(f64::MAX, f64::min).log10().floor();
    let high = all().fold(1.0, f64::max).log10().ceil().max(low + 1.0);
    if all().next().is_none() {
        return Err(Error("prices: no times were measured".into()));
    }
    let place = |time: f64| 116.0 + (time.log10() - low) / (high - low) * 216.0;

    let (mut rows, mut said, mut y) = (String::new(), Vec::new(), HEAD);
    for Prices { side, heading, times } in groups {
        let colour = if *side == Side::Kernel { KERNEL } else { USER };
        y += GROUP;
        rows += &text(8.0, y - 4.0, &format!("font-weight: 600; fill: {colour}; {HALO}"), &escaped(heading));
        let mut times = times.clone();
        times.sort_by_key(|(_, time)| *time);
        for (name, price) in times {
            y += ROW;
            let x = place(price.as_nanos().max(1) as f64);
            rows += &text(8.0, y, "", &escaped(name));
            rows += &format!("<circle cx=\"{x:.1}\" cy=\"{:.1}\" r=\"4.5\" style=\"fill: {colour}\"/>\n", y - 4.0);
            rows += &text(x + 10.0, y, HALO, &time(price));
            said.push(format!("{name} {}", time(price)));
        }
    }
    let mut scale = text(8.0, 36.0, "", "Logarithmic scale: each line is ten times the one before it.");
    for power in low as i32..=high as i32 {
        let x = place(10_f64.powi(power));
        let whole = time(Duration::from_nanos(10_u64.pow(power as u32))).replace(".00", "").replace(".0", "");
        scale += &text(x, HEAD - 4.0, "text-anchor: middle", &whole);
        scale += &line(&format!("M{x:.1} {HEAD}V{:.1}", y + 8.0));
    }
    let described = format!("On a logarithmic scale: {}.", said.join(", "));
    Ok(chart(title, &described, y + 14.0, &(scale + &rows)))
}

/// How words look that stand on the lines of the scale.
const HALO: &str = "paint-order: stroke; stroke: var(--bg, #fff); stroke-width: 4";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::picture::tests::is_sound;

    fn group<'a>(side: Side, heading: &'a str, times: &[(&'a str, u64)]) -> Prices<'a> {
        let times = times.iter().map(|(name, time)| (*name, Duration::from_nanos(*time))).collect();
        Prices { side, heading, times }
    }

    #[test]
    fn every_price_has_a_row_and_its_figure_and_the_scale_has_its_name() {
        let picture = prices(
            "a round trip",
            &[
                group(Side::Kernel, "to the kernel", &[("ioctl", 2500), ("getppid", 391)]),
                group(Side::User, "to another process", &[("message queue", 71_000), ("stream socket", 999_000)]),
            ],
        );
        let picture = picture.expect("draw");
        is_sound(&picture);
        let place = |text: &str| picture.content.find(text).unwrap_or_else(|| panic!("{text}: {}", picture.content));
        for text in [">Logarithmic scale", ">100 ns<", ">1 µs<", ">10 µs<", ">100 µs<", ">1 ms<", ">71.0 µs<"] {
            place(text);
        }
        assert!(place(">getppid<") < place(">ioctl<"), "the shortest first: {}", picture.content);
    }

    #[test]
    fn nothing_measured_is_an_error() {
        assert!(prices("none", &[group(Side::User, "nobody", &[])]).is_err());
    }
}
