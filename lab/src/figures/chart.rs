//! What the charts share: drawn as the book's other figures are, 400 units wide, blue for user space, amber for the kernel, in
//! the theme's own colours.

const WIDTH: f64 = 400.0;
/// The colour of user space.
pub const USER: &str = "var(--user-line, #2a6cae)";
/// The colour of the kernel.
pub const KERNEL: &str = "var(--kernel-line, #b5651d)";
/// How the lines of a scale look.
pub const GRID: &str = "fill: none; stroke: var(--fg, #222); stroke-width: 0.5; stroke-opacity: 0.25";
const TEXT: &str = "fill: var(--fg, #222); font: 11.5px 'Open Sans', sans-serif";

/// A logarithmic scale: where a value lies between `from` and `to`.
pub struct Scale {
    low: f64,
    high: f64,
    /// Where its lowest value lies.
    pub from: f64,
    /// Where its highest value lies.
    pub to: f64,
}

impl Scale {
    /// One that shows all `values`, from one power of ten to another.
    pub fn decades(values: impl Iterator<Item = f64>, from: f64, to: f64) -> Self {
        let (low, high) =
            values.fold((f64::MAX, f64::MIN_POSITIVE), |(low, high), value| (low.min(value), high.max(value)));
        let (low, high) = (low.log10().floor(), high.log10().ceil());
        Scale { low, high: high.max(low + 1.0), from, to }
    }

    /// One from `low` to `high`.
    pub fn between(low: f64, high: f64, from: f64, to: f64) -> Self {
        Scale { low: low.log10(), high: high.log10(), from, to }
    }

    /// Where a value lies.
    pub fn place(&self, value: f64) -> f64 {
        self.from + (value.max(1e-9).log10() - self.low) / (self.high - self.low) * (self.to - self.from)
    }

    /// The powers of ten on it.
    pub fn powers(&self) -> impl Iterator<Item = f64> {
        (self.low as i32..=self.high as i32).map(|power| 10_f64.powi(power))
    }
}

/// A dot: the median in the lab.
pub fn dot(x: f64, y: f64, radius: f64, colour: &str) -> String {
    format!(r#"<circle cx="{x:.1}" cy="{y:.1}" r="{radius}" style="fill: {colour}"/>"#)
}

/// A ring: the median on the machine itself.
pub fn ring(x: f64, y: f64, (radius, width): (f64, f64), colour: &str) -> String {
    format!(
        r#"<circle cx="{x:.1}" cy="{y:.1}" r="{radius}" style="fill: var(--bg, #fff); stroke: {colour}; stroke-width: {width}"/>"#
    )
}

/// What the two marks of a chart mean.
pub fn legend() -> String {
    let grey = "var(--fg, #222)";
    let (dot, ring) = (dot(14.0, 10.0, 4.0, grey), ring(100.0, 10.0, (3.5, 1.6), grey));
    format!(
        "  {dot}<text x=\"23\" y=\"14\">in the lab</text>\n\
         \x20 {ring}<text x=\"109\" y=\"14\">on the machine itself</text>\n"
    )
}

/// A power of ten in the unit that fits it, without digits after the point.
pub fn whole(mut value: f64, units: &[&str]) -> String {
    let mut unit = 0;
    while value > 999.0 && unit + 1 < units.len() {
        value /= 1000.0;
        unit += 1;
    }
    format!("{value:.0} {}", units[unit])
}

/// A whole chart, with a title and a description for who does not see it.
pub fn svg(id: &str, title: &str, described: &str, height: f64, inside: &str) -> String {
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

    #[test]
    fn ten_times_as_long_is_as_far_everywhere() {
        let scale = Scale::decades([150.0, 90_000.0].into_iter(), 0.0, 300.0);
        assert_eq!(scale.powers().collect::<Vec<_>>(), [1e2, 1e3, 1e4, 1e5]);
        let places = [1e2, 1e3, 1e4, 1e5].map(|value| scale.place(value).round());
        assert_eq!(places, [0.0, 100.0, 200.0, 300.0]);
    }
}
