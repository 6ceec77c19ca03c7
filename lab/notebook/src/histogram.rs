use crate::{
    Error, Result,
    picture::{INK, Picture, USER, WIDTH, chart, line, text, time},
};
use lesson::cost::three_digits;
use std::time::Duration;

/// How many bars a histogram has at most.
const BARS: u64 = 40;

/// Where the bars begin, where they end, how high the highest is and where they stand.
const LEFT: f64 = 48.0;
const RIGHT: f64 = 388.0;
const TOP: f64 = 58.0;
const FOOT: f64 = 178.0;

/// Draws how often each of `times` was measured, from the shortest to the one that nine tenths do not exceed: the slowest tenth
/// would squeeze the rest into one bar, so the picture says how many these are and how far they reach. Err: there is nothing
/// to draw.
pub fn histogram(title: &str, times: &[Duration]) -> Result<Picture> {
    let mut sorted: Vec<u64> = times.iter().map(|time| time.as_nanos() as u64).collect();
    sorted.sort_unstable();
    let at = |tenths: usize| sorted.get((sorted.len() * tenths / 10).min(sorted.len().saturating_sub(1))).copied();
    let (Some(shortest), Some(median), Some(limit), Some(longest)) = (at(0), at(5), at(9), at(10)) else {
        return Err(Error("histogram: no times were measured".into()));
    };
    // No narrower than what the scale can tell apart in a few digits.
    let width = ((limit - shortest) / BARS + 1).max(shortest / 2000);
    let mut bars = vec![0_u32; ((limit - shortest) / width + 1) as usize];
    let shown = sorted.iter().take_while(|time| **time <= limit);
    shown.for_each(|time| bars[((time - shortest) / width) as usize] += 1);
    let beyond = sorted.iter().filter(|time| **time > limit).count();

    let end = shortest + width * bars.len() as u64;
    let place = |time: f64| LEFT + (time - shortest as f64) / (end - shortest) as f64 * (RIGHT - LEFT);
    let most = bars.iter().max().copied().unwrap_or(1);
    let height = |count: u32| f64::from(count) / f64::from(most) * (FOOT - TOP);
    let mut inside = String::new();
    for count in round(0.0, f64::from(most), 3.0, 1.0) {
        let y = FOOT - height(count as u32);
        inside += &line(&format!("M{LEFT} {y:.1}H{RIGHT}"));
        inside += &text(LEFT - 6.0, y + 4.0, "text-anchor: end", &format!("{count}"));
    }
    inside += &text(8.0, TOP - 13.0, "", "how often");
    for (bar, count) in bars.iter().enumerate().filter(|(_, count)| **count > 0) {
        let [left, right] = [bar, bar + 1].map(|bar| place((shortest + width * bar as u64) as f64));
        // What was measured once must be seen too.
        let high = height(*count).max(1.0);
        inside += &format!(
            "<rect x=\"{left:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{high:.1}\" style=\"fill: {USER}\"/>\n",
            FOOT - high,
            right - left - 0.5
        );
    }
    let x = place(median as f64 + width as f64 / 2.0);
    inside += &format!(
        "<path d=\"M{x:.1} {}V{FOOT}\" style=\"fill: none; stroke: {INK}; stroke-width: 1.5; stroke-dasharray: 4 3\"/>\n",
        TOP - 8.0
    );
    inside += &text(
        x.clamp(LEFT + 90.0, RIGHT - 50.0),
        TOP - 13.0,
        "text-anchor: middle",
        &format!("median {}", nanoseconds(median)),
    );
    inside += &axis(shortest, end, place);
    let rest = match beyond {
        0 => "none took longer".to_string(),
        beyond => format!("{beyond} took longer, up to {}", nanoseconds(longest)),
    };
    inside += &text(8.0, FOOT + 56.0, "", &format!("{} measured; not drawn: {rest}", times.len()));
    let described = format!(
        "A histogram of {} times. The shortest is {}, the median {}, and nine tenths took {} or less. {rest}.",
        times.len(),
        nanoseconds(shortest),
        nanoseconds(median),
        nanoseconds(limit)
    );
    Ok(chart(title, &described, FOOT + 66.0, &inside))
}

/// The scale of times, in one unit.
fn axis(shortest: u64, end: u64, place: impl Fn(f64) -> f64) -> String {
    let (_, unit) = three_digits(end as f64, &["ns", "µs", "ms", "s"]);
    let (factor, name) = match unit {
        "ns" => (1.0, "nanoseconds"),
        "µs" => (1e3, "microseconds"),
        "ms" => (1e6, "milliseconds"),
        _ => (1e9, "seconds"),
    };
    let mut text_of_axis = String::new();
    for value in round(shortest as f64 / factor, end as f64 / factor, 5.0, 1.0 / factor) {
        let x = place(value * factor);
        text_of_axis += &line(&format!("M{x:.1} {FOOT}v5"));
        // Rounded, as the sum of steps is a hair beside the number.
        let number = (value * 1e6).round() / 1e6;
        text_of_axis += &text(x.min(WIDTH - 24.0), FOOT + 19.0, "text-anchor: middle", &format!("{number}"));
    }
    text_of_axis + &text((LEFT + RIGHT) / 2.0, FOOT + 36.0, "text-anchor: middle", name)
}

/// Round numbers from `low` to `high`, about so `many`, and not closer than `least`.
fn round(low: f64, high: f64, many: f64, least: f64) -> Vec<f64> {
    let least = least.max((high - low) / many);
    let power = 10_f64.powf(least.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0].map(|times| times * power).into_iter().find(|step| *step >= least);
    let step = step.unwrap_or(power);
    let first = (low / step).ceil() as i64;
    (first..).map(|times| times as f64 * step).take_while(|value| *value <= high).collect()
}

fn nanoseconds(nanoseconds: u64) -> String {
    time(Duration::from_nanos(nanoseconds))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::picture::tests::is_sound;

    fn of(times: impl IntoIterator<Item = u64>) -> Picture {
        let times: Vec<Duration> = times.into_iter().map(Duration::from_nanos).collect();
        let picture = histogram("calls", &times).expect("draw");
        is_sound(&picture);
        picture
    }

    /// Not the paper behind them.
    fn bars(picture: &Picture) -> usize {
        picture.content.matches("<rect").count() - 1
    }

    #[test]
    fn a_histogram_has_a_bar_for_each_length_of_time() {
        let picture = of((0..1000).map(|n| 500 + n % 7 * 100));
        assert!(picture.content.contains(">calls<") && bars(&picture) == 7, "{}", picture.content);
    }

    #[test]
    fn a_few_slow_ones_do_not_squeeze_the_others_into_one_bar() {
        let picture = of((0..1000).map(|n| if n % 20 == 0 { 9_000_000 + n } else { 500 + n % 400 }));
        assert!(bars(&picture) > 30, "{}", picture.content);
        assert!(picture.content.contains("took longer, up to 9.00 ms"), "{}", picture.content);
    }

    #[test]
    fn all_of_them_may_be_the_same_or_there_is_only_one() {
        for times in [vec![700; 50], vec![0], vec![u64::from(u32::MAX) * 100]] {
            let picture = of(times);
            assert!(bars(&picture) == 1 && picture.content.contains("none took longer"), "{}", picture.content);
        }
    }

    #[test]
    fn the_scale_has_a_unit_and_round_numbers() {
        let picture = of(2_000..5_000);
        for text in [">microseconds<", ">2<", ">3<", ">4<", "median 3.50 µs"] {
            assert!(picture.content.contains(text), "{text}: {}", picture.content);
        }
    }

    #[test]
    fn nothing_measured_is_an_error() {
        assert!(histogram("none", &[]).is_err());
    }
}
