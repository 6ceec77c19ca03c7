//! What was measured, as tables in Markdown for the book and for the terminal.

use crate::measured::{Compared, Figure, Measured, To, ways};

/// A paragraph: on what it was measured, and how often.
pub fn machine(measured: &Measured) -> String {
    let machine = &measured.machine;
    let rounds = measured.guest.iter().map(|figure| figure.rounds).min().unwrap_or(0);
    format!(
        "These figures were taken on this machine: processor {}, lab by {} with QEMU {}, Linux {} in the lab. Each is the \
         median of {rounds} rounds.\n",
        machine.processor, machine.accelerator, machine.qemu, machine.kernel
    )
}

/// What a short message costs, with the spread.
pub fn latency(figures: &[Figure]) -> String {
    let mut text = String::from("| way | to | bytes | median | 10 % to 90 % |\n|---|---|---:|---:|---:|\n");
    for to in [To::Kernel, To::Process] {
        for way in ways(figures, to) {
            let Figure { way, size, median, p10, p90, .. } = way[0];
            let to = if to == To::Kernel { "kernel" } else { "process" };
            text += &format!("| {way} | {to} | {size} | {} | {} to {} |\n", time(*median), time(*p10), time(*p90));
        }
    }
    text
}

/// What messages of all lengths cost: medians.
pub fn sizes(figures: &[Figure]) -> String {
    let mut sizes: Vec<u64> = figures.iter().map(|figure| figure.size).filter(|size| *size >= 64).collect();
    sizes.sort();
    sizes.dedup();
    let heads: Vec<String> = sizes.iter().map(|size| bytes(*size)).collect();
    let mut text = format!("| way | {} |\n|---|{}\n", heads.join(" | "), "---:|".repeat(sizes.len()));
    for to in [To::Kernel, To::Process] {
        for way in ways(figures, to).iter().filter(|way| way.iter().any(|figure| figure.size >= 64)) {
            let cell = |size: &u64| {
                let figure = way.iter().find(|figure| figure.size == *size);
                figure.map_or(String::new(), |figure| time(figure.median))
            };
            let cells: Vec<String> = sizes.iter().map(cell).collect();
            text += &format!("| {} | {} |\n", way[0].way, cells.join(" | "));
        }
    }
    text
}

/// The same program in the lab and on the host itself: the shortest message, and the longest where there is one.
pub fn host(guest: &[Figure], host: &[Figure]) -> String {
    let mut text = String::from("| way | bytes | in the lab | on the host | ratio |\n|---|---:|---:|---:|---:|\n");
    for to in [To::Kernel, To::Process] {
        for way in ways(guest, to) {
            let mut ends = vec![way[0]];
            ends.extend(way.last().filter(|last| last.size > way[0].size));
            for figure in ends {
                let same = |other: &&Figure| other.way == figure.way && other.size == figure.size;
                let Some(native) = host.iter().find(same) else { continue };
                text += &format!(
                    "| {} | {} | {} | {} | {:.1} |\n",
                    figure.way,
                    bytes(figure.size),
                    time(figure.median),
                    time(native.median),
                    figure.median as f64 / native.median as f64
                );
            }
        }
    }
    text
}

/// Rust against C.
pub fn compared(compared: &[Compared]) -> String {
    let mut text = String::from("| lesson | what is done | C | Rust | Rust / C |\n|---|---|---:|---:|---:|\n");
    for one in compared {
        let Compared { slug, work, c, rust, .. } = one;
        let (c, rust) = (time(c.round() as u64), time(rust.round() as u64));
        text += &format!("| [{slug}]({slug}.md) | {work} | {c} | {rust} | {:.2} |\n", one.ratio());
    }
    text
}

/// Three digits and a unit.
pub fn time(nanoseconds: u64) -> String {
    scaled(nanoseconds as f64, 1000.0, &["ns", "µs", "ms", "s"])
}

/// A length as people write it.
pub fn bytes(bytes: u64) -> String {
    match bytes {
        _ if bytes >= 1 << 20 && bytes.is_multiple_of(1 << 20) => format!("{} MiB", bytes >> 20),
        _ if bytes >= 1 << 10 && bytes.is_multiple_of(1 << 10) => format!("{} KiB", bytes >> 10),
        _ => format!("{bytes} B"),
    }
}

/// Bytes per second, in three digits and a unit.
pub fn rate(bytes_per_second: f64) -> String {
    scaled(bytes_per_second / 1e3, 1000.0, &["kB/s", "MB/s", "GB/s", "TB/s"])
}

fn scaled(mut value: f64, step: f64, units: &[&str]) -> String {
    let mut unit = 0;
    while value >= 999.5 && unit + 1 < units.len() {
        value /= step;
        unit += 1;
    }
    let digits = if value >= 99.95 || unit == 0 { 0 } else { 1 + usize::from(value < 9.995) };
    format!("{value:.digits$} {}", units[unit])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measured::tests::figure;

    #[test]
    fn numbers_have_three_digits_and_a_unit() {
        let times = [0, 57, 999, 1000, 4841, 12_340, 383_525, 999_600, 20_251_100].map(time);
        assert_eq!(times, ["0 ns", "57 ns", "999 ns", "1.00 µs", "4.84 µs", "12.3 µs", "384 µs", "1.00 ms", "20.3 ms"]);
        assert_eq!([64, 4096, 65531, 1 << 20].map(bytes), ["64 B", "4 KiB", "65531 B", "1 MiB"]);
        assert_eq!(rate(1.29e9), "1.29 GB/s");
    }

    #[test]
    fn a_way_that_does_not_carry_a_length_has_an_empty_cell() {
        let figures = [
            figure("pipe", To::Process, 64, 10),
            figure("pipe", To::Process, 1024, 20),
            figure("queue", To::Process, 64, 15),
            figure("eventfd", To::Process, 0, 5),
        ];
        let table = sizes(&figures);
        assert!(table.contains("| queue | 15 ns |  |"), "{table}");
        assert!(!table.contains("eventfd"), "{table}");
    }

    #[test]
    fn only_what_was_measured_on_both_sides_is_compared() {
        let guest = [figure("pipe", To::Process, 64, 300), figure("ioctl", To::Kernel, 64, 100)];
        let table = host(&guest, &[figure("pipe", To::Process, 64, 100)]);
        assert!(table.contains("| pipe | 64 B | 300 ns | 100 ns | 3.0 |"), "{table}");
        assert!(!table.contains("ioctl"), "{table}");
    }
}
