//! A symbol that a kernel does not export: the option that would have it, and which of the lab's kernels do.

use crate::vm::{kernel::Kernel, kernels::there};
use anyhow::{Context, Result};
use regex::Regex;
use std::{
    fs,
    path::{Path, PathBuf},
    sync::LazyLock,
};
use walkdir::WalkDir;

/// The options of whole subsystems, by the headers that declare what these export.
const OF_HEADERS: [(&str, &str); 24] = [
    ("linux/i2c", "I2C"),
    ("linux/spi/", "SPI"),
    ("linux/gpio", "GPIOLIB"),
    ("linux/usb", "USB"),
    ("media/", "MEDIA_SUPPORT"),
    ("sound/", "SND"),
    ("linux/iio/", "IIO"),
    ("net/cfg80211", "CFG80211"),
    ("net/mac80211", "MAC80211"),
    ("linux/regmap", "REGMAP"),
    ("linux/hid", "HID"),
    ("linux/input", "INPUT"),
    ("linux/leds", "LEDS_CLASS"),
    ("linux/pwm", "PWM"),
    ("linux/mfd/", "MFD_CORE"),
    ("drm/", "DRM"),
    ("linux/mtd/", "MTD"),
    ("linux/rtc", "RTC_CLASS"),
    ("linux/regulator/", "REGULATOR"),
    ("linux/w1", "W1"),
    ("linux/power_supply", "POWER_SUPPLY"),
    ("linux/watchdog", "WATCHDOG_CORE"),
    ("linux/hwmon", "HWMON"),
    ("linux/can/", "CAN_DEV"),
];

/// An option in a condition.
static OPTION: LazyLock<Result<Regex, regex::Error>> = LazyLock::new(|| Regex::new(r"\bCONFIG_(\w+)"));

/// What is known of a symbol that `kernel` lacks.
pub fn explain(symbol: &str, kernel: &Kernel) -> Result<String> {
    let others = there();
    let mut exporting = Vec::new();
    for other in &others {
        if exports(other, symbol)? {
            exporting.push(other.name.as_str());
        }
    }
    let option = lacking(symbol, kernel)?;
    let is_known = option.is_some();
    let mut said = option.unwrap_or_else(|| format!("Linux {} does not export {symbol}", kernel.name));
    match exporting[..] {
        [] if !is_known => said += &format!(", nor does any other of the lab's kernels ({})", known()),
        [] => {}
        [first, ..] if exporting.contains(&kernel.name.as_str()) => {
            said += &format!(": it does, but not to this module ({first})")
        }
        [first, ..] => said += &format!("; Linux {} does: `--kernel {first}`", exporting.join(", ")),
    }
    Ok(said)
}

/// The option that a kernel lacks and that would declare a name, and which of the lab's kernels have it on.
pub fn lacking(name: &str, kernel: &Kernel) -> Result<Option<String>> {
    let Some(option) = declared(kernel, name)?.filter(|option| !kernel.has(option)) else { return Ok(None) };
    let on: Vec<String> = there().into_iter().filter(|other| other.has(&option)).map(|other| other.name).collect();
    let where_on = match on[..] {
        [] => format!("nor in any other of the lab's kernels ({})", known()),
        _ => format!("but is in Linux {}", on.join(", ")),
    };
    Ok(Some(format!("{name}() needs CONFIG_{option}, which is not on in Linux {}, {where_on}", kernel.name)))
}

/// The lab's kernels, in words.
fn known() -> String {
    there().into_iter().map(|kernel| kernel.name).collect::<Vec<_>>().join(", ")
}

/// Whether a kernel exports a symbol: a line of Module.symvers is the checksum, the name, who exports it, and how.
fn exports(kernel: &Kernel, symbol: &str) -> Result<bool> {
    let path = kernel.headers().join("Module.symvers");
    let text = fs::read_to_string(&path).with_context(|| format!("read {}", path.display()))?;
    Ok(text.lines().any(|line| line.split('\t').nth(1) == Some(symbol)))
}

/// The option under which a kernel's headers declare a symbol: that of the condition around it, or of its subsystem.
fn declared(kernel: &Kernel, symbol: &str) -> Result<Option<String>> {
    // Where it begins a line it is declared or defined; elsewhere another header uses it.
    let word = Regex::new(&format!(r"(?m)^(?:#\s*define\s+|\w[\w *\t]*\b){}\s*\(", regex::escape(symbol)))?;
    for root in common(kernel) {
        for entry in WalkDir::new(root.join("include")).sort_by_file_name().into_iter().flatten() {
            if entry.path().extension().is_none_or(|kind| kind != "h") {
                continue;
            }
            let Ok(text) = fs::read_to_string(entry.path()) else { continue };
            // Most files are out by a plain search.
            if !text.contains(symbol) || !word.is_match(&text) {
                continue;
            }
            let name = entry.path().strip_prefix(root.join("include")).unwrap_or(entry.path()).display().to_string();
            let subsystem =
                OF_HEADERS.iter().find(|(start, _)| name.starts_with(start)).map(|(_, option)| option.to_string());
            if let Some(option) = around(&text, &word).or(subsystem) {
                return Ok(Some(option));
            }
        }
    }
    Ok(None)
}

/// The folders that a kernel's headers are made of: Debian's Makefile includes that of the common ones.
fn common(kernel: &Kernel) -> Vec<PathBuf> {
    let headers = kernel.headers();
    let text = fs::read_to_string(headers.join("Makefile")).unwrap_or_default();
    let named = text.lines().find_map(|line| line.rsplit_once("../")?.1.strip_suffix("/Makefile"));
    let real = headers.canonicalize().unwrap_or(headers);
    named
        .and_then(|name| Some(real.parent()?.join(name)))
        .into_iter()
        .chain([real.clone()])
        .filter(|path| Path::is_dir(path))
        .collect()
}

/// The option in the innermost condition around a word, of those that are about options.
fn around(text: &str, word: &Regex) -> Option<String> {
    let option = OPTION.as_ref().ok()?;
    let mut conditions: Vec<Option<String>> = Vec::new();
    for line in text.lines() {
        let directive = line.trim_start().strip_prefix('#').map(str::trim_start).unwrap_or_default();
        match directive {
            _ if directive.starts_with("if") => {
                let is_without = directive.starts_with("ifndef") || directive.contains('!');
                let named = option.captures(directive).map(|found| found[1].trim_end_matches("_MODULE").to_string());
                conditions.push(named.filter(|_| !is_without));
            }
            _ if directive.starts_with("el") => {
                if let Some(last) = conditions.last_mut() {
                    *last = None;
                }
            }
            _ if directive.starts_with("endif") => drop(conditions.pop()),
            _ if (directive.is_empty() || directive.starts_with("define")) && word.is_match(line) => {
                let found = conditions.iter().rev().flatten().next();
                if found.is_some() {
                    return found.cloned();
                }
            }
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_option_around_a_declaration_is_found_and_that_of_its_stub_is_not() {
        let text = "#ifndef _X_H\n#if IS_ENABLED(CONFIG_X)\nint x_register(void);\n#else\n\
                    static inline int y(void)\n#endif\n#endif\n";
        assert_eq!(around(text, &Regex::new(r"\bx_register\s*\(").expect("a pattern")), Some("X".into()));
        assert_eq!(around(text, &Regex::new(r"\by\s*\(").expect("a pattern")), None);
    }

    #[test]
    fn a_subsystem_that_no_kernel_of_the_labs_has_is_named() {
        let kernel = Kernel::find("6.12").expect("the kernel");
        let said = explain("i2c_register_driver", &kernel).expect("explain");
        assert!(said.contains("CONFIG_I2C,") && said.contains("6.12"), "{said}");
        let said = explain("no_such_symbol_at_all", &kernel).expect("explain");
        assert!(said.contains("does not export no_such_symbol_at_all"), "{said}");
    }
}
