use base64::{Engine, prelude::BASE64_STANDARD};
use std::time::Duration;

/// A picture that a cell shows when it is the cell's last expression.
pub struct Picture {
    kind: &'static str,
    pub(crate) content: String,
}

impl Picture {
    /// A drawing: an `<svg>` element.
    pub fn svg(drawing: &str) -> Self {
        Picture { kind: "image/svg+xml", content: drawing.into() }
    }

    /// The bytes of a PNG file.
    pub fn png(bytes: &[u8]) -> Self {
        Picture { kind: "image/png", content: BASE64_STANDARD.encode(bytes) }
    }

    /// What evcxr calls to show a value.
    pub fn evcxr_display(&self) {
        show(self.kind, &self.content);
    }
}

/// Hands a content over by evcxr's convention: between two lines on standard output.
pub(crate) fn show(kind: &str, content: &str) {
    println!("EVCXR_BEGIN_CONTENT {kind}\n{content}\nEVCXR_END_CONTENT");
}

/// How wide a chart is, in units. A phone shows one in 360 pixels.
pub(crate) const WIDTH: f64 = 400.0;

/// The ink of words and lines. The book's pages have these names; Jupyter shows a picture by itself, without a page's names and
/// whatever its theme, so there the second colour of each pair counts, on a card that is white.
pub(crate) const INK: &str = "var(--fg, #222)";
/// The colour of the page.
pub(crate) const PAPER: &str = "var(--bg, #fff)";
/// The colour of user space.
pub(crate) const USER: &str = "var(--user-line, #2a6cae)";
/// The colour of the kernel.
pub(crate) const KERNEL: &str = "var(--kernel-line, #a85a12)";

/// A chart with its title above it. `described` is for who does not see it.
pub(crate) fn chart(title: &str, described: &str, height: f64, inside: &str) -> Picture {
    let [title, described] = [title, described].map(escaped);
    Picture::svg(&format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height:.0}\" width=\"460\" role=\"img\" \
         style=\"font: 12px 'Open Sans', sans-serif; fill: {INK}\">\n\
         <title>{title}</title>\n<desc>{described}</desc>\n\
         <rect width=\"100%\" height=\"100%\" style=\"fill: {PAPER}\"/>\n\
         {}{inside}</svg>",
        text(8.0, 16.0, "font-weight: 600", &title)
    ))
}

/// Words, from a place on; `style` is CSS.
pub(crate) fn text(x: f64, y: f64, style: &str, words: &str) -> String {
    format!("<text x=\"{x:.1}\" y=\"{y:.1}\" style=\"{style}\">{words}</text>\n")
}

/// A thin line of a scale.
pub(crate) fn line(path: &str) -> String {
    format!("<path d=\"{path}\" style=\"fill: none; stroke: {INK}; stroke-width: 0.5; stroke-opacity: 0.35\"/>\n")
}

/// As text of XML.
pub(crate) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// A time with three digits and its unit.
pub(crate) fn time(time: Duration) -> String {
    let (number, unit) = lesson::cost::three_digits(time.as_nanos() as f64, &["ns", "µs", "ms", "s"]);
    format!("{number} {unit}")
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// What every chart has to be: named and described, in the page's colours or in those of paper, and with letters that are
    /// large enough for a phone, none of them beyond its edges. Each letter counts as wide as a wide one.
    pub fn is_sound(chart: &Picture) {
        let chart = &chart.content;
        for part in ["viewBox=\"0 0 400 ", "role=\"img\"", "<title>", "<desc>", "var(--fg, #222)", "var(--bg, #fff)"] {
            assert!(chart.contains(part), "{part}: {chart}");
        }
        assert!(!chart.contains("\n\n"), "a blank line ends HTML in Markdown: {chart}");
        for size in chart.split("px").filter_map(|before| before.rsplit(' ').next()?.parse::<f64>().ok()) {
            assert!(size >= 10.0 / 348.0 * WIDTH, "{size}");
        }
        for element in chart.split("<text ").skip(1) {
            let value = |name: &str| {
                let (_, rest) = element.split_once(&format!("{name}=\"")).expect(name);
                rest.split('"').next().expect("its end")
            };
            let number = |name: &str| value(name).parse::<f64>().expect("a number");
            let words = element.split(['>', '<']).nth(1).expect("words");
            let width = 0.52 * 12.0 * words.chars().count() as f64;
            let left = match value("style") {
                end if end.contains("anchor: end") => number("x") - width,
                middle if middle.contains("anchor: middle") => number("x") - width / 2.0,
                _ => number("x"),
            };
            assert!(left >= 0.0 && left + width <= WIDTH, "{words}: {left} to {}", left + width);
        }
    }

    #[test]
    fn a_title_may_hold_what_xml_does_not() {
        let picture = chart("a < b & c", "", 100.0, "");
        assert!(picture.content.contains("<title>a &lt; b &amp; c</title>"), "{}", picture.content);
        is_sound(&picture);
    }
}
