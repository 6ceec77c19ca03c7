//! What the charts share: drawn as the book's other figures are, 400 units wide, blue for user space, amber for the kernel, in
//! the theme's own colours.

/// In units. Beside them, a phone's page of 390 px has room for 360 px.
pub const WIDTH: f64 = 400.0;

/// The colour of user space.
pub const USER: &str = "var(--user-line, #2a6cae)";
/// The colour of the kernel.
pub const KERNEL: &str = "var(--kernel-line, #b5651d)";
/// How the lines of a scale look.
pub const GRID: &str = "fill: none; stroke: var(--fg, #222); stroke-width: 0.5; stroke-opacity: 0.25";
/// How a text looks that stands on the lines of a scale.
pub const HALO: &str = "paint-order: stroke; stroke: var(--bg, #fff); stroke-width: 4; stroke-linejoin: round";
const TEXT: &str = "fill: var(--fg, #222); font: 11.5px 'Open Sans', sans-serif";

/// A logarithmic scale: where a value lies between `from` and `to`.
pub struct Scale {
    low: f64,
    high: f64,
    /// How many times as much the next line is.
    step: f64,
    /// Where its lowest value lies.
    pub from: f64,
    /// Where its highest value lies.
    pub to: f64,
}

impl Scale {
    /// One that shows all `values`, from one power of `step` to another.
    pub fn powers_of(step: f64, values: impl Iterator<Item = f64>, from: f64, to: f64) -> Self {
        // A logarithm of a power may be a hair beside the whole number.
        const HAIR: f64 = 1e-9;
        let (low, high) =
            values.fold((f64::MAX, f64::MIN_POSITIVE), |(low, high), value| (low.min(value), high.max(value)));
        let (low, high) = ((low.log(step) + HAIR).floor(), (high.log(step) - HAIR).ceil());
        Scale { low, high: high.max(low + 1.0), step, from, to }
    }

    /// One from `low` to `high`.
    pub fn between(low: f64, high: f64, from: f64, to: f64) -> Self {
        Scale { low: low.log2(), high: high.log2(), step: 2.0, from, to }
    }

    /// Where a value lies.
    pub fn place(&self, value: f64) -> f64 {
        self.from + (value.max(1e-9).log(self.step) - self.low) / (self.high - self.low) * (self.to - self.from)
    }

    /// The powers of its step on it.
    pub fn powers(&self) -> impl Iterator<Item = f64> {
        (self.low as i32..=self.high as i32).map(|power| self.step.powi(power))
    }
}

/// The radius of a dot, smaller than half of the bar behind it.
const DOT: f64 = 2.6;

/// A dot: the median in the lab.
pub fn dot(x: f64, y: f64, colour: &str) -> String {
    format!(r#"<circle cx="{x:.1}" cy="{y:.1}" r="{DOT}" style="fill: {colour}"/>"#)
}

/// A ring: the median on the machine itself.
pub fn ring(x: f64, y: f64, colour: &str) -> String {
    format!(
        r#"<circle cx="{x:.1}" cy="{y:.1}" r="3" style="fill: var(--bg, #fff); stroke: {colour}; stroke-width: 1.6"/>"#
    )
}

/// From 10 % to 90 % of the rounds, as a path. It is wider than the dot on it, so that it shows however short it is.
pub fn spread(path: &str, colour: &str) -> String {
    format!(r#"<path d="{path}" style="fill: none; stroke: {colour}; stroke-width: 10; stroke-opacity: 0.45"/>"#)
}

/// What the marks of a chart mean, and what its scale shows.
pub fn legend(scale: &str) -> String {
    let grey = "var(--fg, #222)";
    let (dot, ring) = (dot(14.0, 10.0, grey), ring(246.0, 10.0, grey));
    let spread = spread("M104 10H124", grey);
    format!(
        "  {dot}<text x=\"23\" y=\"14\">in the lab</text>\n\
         \x20 {spread}<text x=\"130\" y=\"14\">10 % to 90 %</text>\n\
         \x20 {ring}<text x=\"255\" y=\"14\">on the machine itself</text>\n\
         \x20 <text x=\"8\" y=\"34\">{scale}</text>\n"
    )
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
pub mod tests {
    use super::*;
    use regex::Regex;

    /// What is written in a picture, with the places of its left and right ends, its base line and its size. How wide the
    /// letters are is a guess on the large side.
    pub fn texts(chart: &str) -> Vec<(String, f64, f64, f64, f64)> {
        let text = Regex::new(r#"<text x="([-0-9.]+)" y="([-0-9.]+)"(?: style="([^"]*)")?>([^<]*)<"#).expect("regex");
        let size = Regex::new("([0-9.]+)px").expect("regex");
        let number = |text: &str| text.parse::<f64>().expect("a number");
        let of = |style: &str| size.captures(style).map(|found| number(&found[1]));
        let usual = of(chart).expect("a size for all");
        let found = text.captures_iter(chart).map(|found| {
            let (x, style, words) = (number(&found[1]), found.get(3).map_or("", |style| style.as_str()), &found[4]);
            let size = of(style).unwrap_or(usual);
            let width = 0.5 * size * words.chars().count() as f64;
            let left = match style {
                end if end.contains("anchor: end") => x - width,
                middle if middle.contains("anchor: middle") => x - width / 2.0,
                _ => x,
            };
            (words.to_string(), left, left + width, number(&found[2]), size)
        });
        found.collect()
    }

    #[test]
    fn ten_times_as_long_is_as_far_everywhere() {
        let scale = Scale::powers_of(10.0, [150.0, 90_000.0].into_iter(), 0.0, 300.0);
        assert_eq!(scale.powers().collect::<Vec<_>>(), [1e2, 1e3, 1e4, 1e5]);
        let places = [1e2, 1e3, 1e4, 1e5].map(|value| scale.place(value).round());
        assert_eq!(places, [0.0, 100.0, 200.0, 300.0]);
    }

    #[test]
    fn a_power_is_the_end_of_its_scale() {
        let scale = Scale::powers_of(10.0, [1000.0, 100_000.0].into_iter(), 0.0, 1.0);
        assert_eq!(scale.powers().collect::<Vec<_>>(), [1e3, 1e4, 1e5]);
    }
}
