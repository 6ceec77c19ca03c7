//! What was measured, as tables in Markdown for the book and for the terminal.

use crate::{
    figures::measured::{Compared, Figure, Measured, To, same, ways},
    vm::emulator::qemu::Accelerator,
};
use lesson::cost::three_digits;

/// A paragraph: on what it was measured, and how often.
pub fn machine(measured: &Measured) -> String {
    let machine = &measured.machine;
    let rounds = measured.lab.iter().chain(&measured.lab_apart).map(|figure| figure.rounds).min().unwrap_or(0);
    let hypervisor = match machine.hypervisor {
        true => {
            " That machine is a virtual one itself, so it may take longer to wake a processor than bare metal does."
        }
        false => "",
    };
    format!(
        "These figures were taken on a machine with the processor {} and Linux `{}`. Its lab is Linux `{}` in QEMU {}, by {}. Each \
         figure of the lab is the median of at least {rounds} rounds.{hypervisor}\n",
        machine.processor, machine.host_kernel, machine.kernel, machine.qemu, machine.accelerator
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

/// The two processes of a way on one processor and on two, in the lab and on the machine itself.
pub fn apart(measured: &Measured) -> String {
    let heads = "lab, one processor | lab, two | machine itself, one | machine itself, two";
    let mut text = format!("| way | bytes | {heads} |\n|---|---:|---:|---:|---:|---:|\n");
    let runs = [&measured.lab, &measured.lab_apart, &measured.host, &measured.host_apart];
    for way in ways(&measured.lab_apart, To::Process) {
        for figure in way.iter().filter(|figure| figure.size == way[0].size || figure.size == 64 << 10) {
            let cell = |run: &&Vec<Figure>| same(run, figure).map_or(String::new(), |found| time(found.median));
            let cells: Vec<String> = runs.iter().map(cell).collect();
            text += &format!("| {} | {} | {} |\n", figure.way, bytes(figure.size), cells.join(" | "));
        }
    }
    text
}

/// How many times as long a round trip takes in the lab, and which way that bends a comparison.
pub fn emulation(measured: &Measured) -> String {
    let Measured { lab, host, machine, .. } = measured;
    let factor = |figure: &Figure| Some(figure.median as f64 / same(host, figure)?.median as f64);
    let factors: Vec<(&Figure, f64)> = lab.iter().filter_map(|figure| Some((figure, factor(figure)?))).collect();
    let by_factor = |one: &&(&Figure, f64), other: &&(&Figure, f64)| one.1.total_cmp(&other.1);
    let Some((_, call)) = factors.iter().find(|(figure, _)| figure.way == CALL) else { return String::new() };
    let others = || factors.iter().filter(|(figure, _)| figure.way != CALL);
    let (Some(least), Some(most)) = (others().min_by(by_factor), others().max_by(by_factor)) else {
        return String::new();
    };

    let mut sizes: Vec<u64> = others().map(|(figure, _)| figure.size).filter(|size| *size > 64).collect();
    sizes.sort();
    sizes.dedup();
    let heads: Vec<String> = sizes.iter().map(|size| bytes(*size)).collect();
    let mut text = format!("| way | shortest | {} |\n|---|---:|{}\n", heads.join(" | "), "---:|".repeat(sizes.len()));
    for way in [To::Kernel, To::Process].into_iter().flat_map(|to| ways(lab, to)) {
        let Some(shortest) = factor(way[0]) else { continue };
        let cell = |size: &u64| way.iter().find(|figure| figure.size == *size).and_then(|figure| factor(figure));
        let cells: Vec<String> = sizes.iter().map(|size| cell(size).map_or(String::new(), times)).collect();
        text += &format!("| {} | {} | {} |\n", way[0].way, times(shortest), cells.join(" | "));
    }
    let named = |(figure, factor): &(&Figure, f64)| {
        format!("{} ({}, {})", direction(factor / call), figure.way, bytes(figure.size))
    };
    text += &format!(
        "\nBy {}, a system call (`{CALL}`) takes {} times as long in the lab as on the machine itself. Beside a system call, the \
         lab shows the others from {} to {}. {}\n",
        machine.accelerator,
        times(*call),
        named(least),
        named(most),
        flips(&factors, host)
    );
    if machine.accelerator != Accelerator::Tcg.to_string() {
        text += "\nThis lab has KVM. What is left of a difference comes from the two kernels and from the guest's timer and \
                 interrupts.\n";
    }
    text
}

/// The system call that does next to nothing.
const CALL: &str = "getppid";

/// What is as far apart as this, in either direction, is "about right".
const RIGHT: f64 = 1.25;

fn direction(beside_a_call: f64) -> String {
    match beside_a_call {
        more if more > RIGHT => format!("{} times too dear", times(more)),
        less if less < 1.0 / RIGHT => format!("{} times too cheap", times(1.0 / less)),
        _ => "about right".to_string(),
    }
}

/// The pairs of ways that are clearly apart on the machine itself, and that stand the other way round in the lab.
fn flips(factors: &[(&Figure, f64)], host: &[Figure]) -> String {
    let mut found = Vec::new();
    let clearly = |one: u64, other: u64| one as f64 > RIGHT * other as f64;
    for (one, _) in factors {
        for (other, _) in factors.iter().filter(|(other, _)| other.size == one.size) {
            let (Some(host_one), Some(host_other)) = (same(host, one), same(host, other)) else { continue };
            if one.median > other.median && clearly(host_other.median, host_one.median) {
                found.push(format!("{} and {} with {}", one.way, other.way, bytes(one.size)));
            }
        }
    }
    match found.as_slice() {
        [] => {
            "No two ways that are clearly apart on the machine itself stand the other way round in the lab.".to_string()
        }
        found => format!(
            "The lab turns the order of these round; on the machine itself the first is clearly the faster: {}.",
            found.join("; ")
        ),
    }
}

/// Copies into a mapping and out of it, with and without the instruction that the emulator is slow at.
pub fn rep(measured: &Measured) -> String {
    let mut text = String::from("| bytes | with `rep movsb` | without | as long with it |\n|---:|---:|---:|---:|\n");
    for without in &measured.lab_without_rep {
        let Some(with) = same(&measured.lab, without) else { continue };
        text += &format!(
            "| {} | {} | {} | {} |\n",
            bytes(without.size),
            time(with.median),
            time(without.median),
            times(with.median as f64 / without.median as f64)
        );
    }
    text
}

/// A factor in two digits or more: "7.3", "23".
fn times(factor: f64) -> String {
    let digits = usize::from(factor < 9.95);
    format!("{factor:.digits$}")
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
    let (number, unit) = three_digits(nanoseconds as f64, &["ns", "µs", "ms", "s"]);
    format!("{number} {unit}")
}

/// A length as people write it.
pub fn bytes(bytes: u64) -> String {
    match bytes {
        _ if bytes >= 1 << 30 && bytes.is_multiple_of(1 << 30) => format!("{} GiB", bytes >> 30),
        _ if bytes >= 1 << 20 && bytes.is_multiple_of(1 << 20) => format!("{} MiB", bytes >> 20),
        _ if bytes >= 1 << 10 && bytes.is_multiple_of(1 << 10) => format!("{} KiB", bytes >> 10),
        _ => format!("{bytes} B"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figures::measured::tests::{figure, measured};

    #[test]
    fn numbers_have_three_digits_and_a_unit() {
        let times = [0, 57, 999, 1000, 4841, 12_340, 383_525, 999_600, 20_251_100].map(time);
        assert_eq!(times, ["0 ns", "57 ns", "999 ns", "1.00 µs", "4.84 µs", "12.3 µs", "384 µs", "1.00 ms", "20.3 ms"]);
        assert_eq!([64, 4096, 65531, 1 << 20, 8 << 30].map(bytes), ["64 B", "4 KiB", "65531 B", "1 MiB", "8 GiB"]);
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
        let lab = vec![
            figure("getppid", To::Kernel, 0, 700),
            figure("pipe", To::Process, 64, 30_000),
            figure("queue", To::Process, 64, 20_000),
            figure("ioctl", To::Kernel, 64, 100),
        ];
        let host = vec![
            figure("getppid", To::Kernel, 0, 100),
            figure("pipe", To::Process, 64, 1000),
            figure("queue", To::Process, 64, 2000),
        ];
        let table = emulation(&measured(lab, host));
        for text in [
            "| getppid | 7.0 |",
            "| pipe | 30 |",
            "takes 7.0 times as long",
            "from 1.4 times too dear (queue, 64 B) to 4.3 times too dear (pipe, 64 B)",
            "pipe and queue with 64 B",
        ] {
            assert!(table.contains(text), "{text}: {table}");
        }
        assert!(!table.contains("ioctl") && !table.contains("KVM"), "{table}");
    }

    #[test]
    fn a_way_that_only_two_processors_have_has_empty_cells_for_one() {
        let mut measured = measured(vec![figure("pipe", To::Process, 64, 30)], Vec::new());
        measured.lab_apart = vec![figure("pipe", To::Process, 64, 20), figure("polled memory", To::Process, 64, 10)];
        let table = apart(&measured);
        assert!(table.contains("| pipe | 64 B | 30 ns | 20 ns |  |  |"), "{table}");
        assert!(table.contains("| polled memory | 64 B |  | 10 ns |  |  |"), "{table}");
    }
}
