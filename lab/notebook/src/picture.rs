use crate::{Error, Result};
use base64::{Engine, prelude::BASE64_STANDARD};
use plotters::prelude::*;
use std::time::Duration;

/// A picture that a cell shows when it is the cell's last expression.
pub struct Picture {
    kind: &'static str,
    content: String,
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

/// How many bars a histogram has.
const BARS: usize = 40;

/// Draws how often each of `times` was measured, in nanoseconds, from the shortest to the 99th percentile: what lies beyond
/// would squeeze the rest into one bar. Err: there is nothing to draw.
pub fn histogram(title: &str, times: &[Duration]) -> Result<Picture> {
    let mut sorted: Vec<u64> = times.iter().map(|time| time.as_nanos() as u64).collect();
    sorted.sort_unstable();
    let (Some(&shortest), Some(&longest)) = (sorted.first(), sorted.get(sorted.len() * 99 / 100)) else {
        return Err(Error("histogram: no times were measured".into()));
    };
    let width = ((longest - shortest) / BARS as u64).max(1);
    let mut bars = [0_u32; BARS];
    for time in &sorted {
        if let Some(bar) = bars.get_mut(((time - shortest) / width) as usize) {
            *bar += 1;
        }
    }
    let mut drawing = String::new();
    draw(title, shortest, width, &bars, &mut drawing).map_err(|error| Error(format!("histogram: {error}")))?;
    Ok(Picture::svg(&drawing))
}

fn draw(
    title: &str,
    shortest: u64,
    width: u64,
    bars: &[u32; BARS],
    drawing: &mut String,
) -> std::result::Result<(), Box<dyn std::error::Error>> {
    let area = SVGBackend::with_string(drawing, (640, 280)).into_drawing_area();
    area.fill(&WHITE)?;
    let most = bars.iter().max().copied().unwrap_or(0);
    let mut chart = ChartBuilder::on(&area)
        .caption(title, ("sans-serif", 16))
        .margin(10)
        .x_label_area_size(30)
        .y_label_area_size(50)
        .build_cartesian_2d(shortest..shortest + width * BARS as u64, 0..most + most / 10 + 1)?;
    chart.configure_mesh().disable_x_mesh().x_desc("ns").y_desc("calls").draw()?;
    let bar = |(place, count): (usize, &u32)| {
        let left = shortest + width * place as u64;
        Rectangle::new([(left, 0), (left + width, *count)], BLUE.mix(0.6).filled())
    };
    chart.draw_series(bars.iter().enumerate().map(bar))?;
    area.present()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_histogram_has_a_bar_for_each_length_of_time() {
        let times: Vec<Duration> = (0..1000).map(|n| Duration::from_nanos(500 + n % 7 * 100)).collect();
        let picture = histogram("calls", &times).expect("draw");
        assert!(picture.content.starts_with("<svg") && picture.content.contains("calls"), "{}", picture.content);
        // The background and a bar for each of the seven lengths.
        let filled = picture.content.matches("<rect").count();
        assert!(filled >= 8, "{filled} rectangles");
    }

    #[test]
    fn nothing_measured_is_an_error() {
        assert!(histogram("none", &[]).is_err());
    }
}
