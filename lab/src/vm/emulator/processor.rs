//! The host's processor, as far as guests depend on it.

use crate::cache_key::CacheKey;
use anyhow::{Context, Result};
use std::{fs, path::Path};

/// What of /proc/cpuinfo changes from moment to moment and says nothing about the processor.
const FREE: [&str; 2] = ["cpu MHz", "bogomips"];

/// The processor's name.
pub fn name() -> Result<String> {
    Ok(field("model name")?.unwrap_or_else(|| "unknown".into()))
}

/// Whether the processor has a feature, by its name among the `flags` of /proc/cpuinfo.
pub fn has(feature: &str) -> Result<bool> {
    Ok(field("flags")?.is_some_and(|flags| flags.split(' ').any(|flag| flag == feature)))
}

/// A field of the first processor's entry in /proc/cpuinfo; see proc_cpuinfo(5).
pub fn field(name: &str) -> Result<Option<String>> {
    let value = |line: &str| {
        line.split_once(':').filter(|(key, _)| key.trim_end() == name).map(|(_, value)| value.trim().into())
    };
    Ok(first_entry()?.lines().find_map(value))
}

/// Adds to `key` what decides which processor KVM shows to a guest, and how its clocks run: a guest that was saved on one
/// cannot be sure of running on another.
pub fn identify(key: CacheKey) -> Result<CacheKey> {
    let entry = first_entry()?;
    let lasting = entry.lines().filter(|line| !FREE.iter().any(|free| line.starts_with(free)));
    let key = key.bytes(read("/proc/version")?).bytes(lasting.collect::<Vec<_>>().join("\n"));
    let key = key.bytes(read(CLOCKSOURCE).unwrap_or_default());
    Ok(parameters().into_iter().fold(key, |key, parameter| key.bytes(parameter)))
}

/// Which clock the host itself reads: a guest's clock in the vDSO depends on it.
pub const CLOCKSOURCE: &str = "/sys/devices/system/clocksource/clocksource0/current_clocksource";

/// The parameters of KVM's modules, as `MODULE.NAME=VALUE`, in order.
pub fn parameters() -> Vec<String> {
    let mut found = Vec::new();
    for module in ["kvm", "kvm_amd", "kvm_intel"] {
        let folder = Path::new("/sys/module").join(module).join("parameters");
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            // Some may only be written.
            let Ok(value) = fs::read_to_string(entry.path()) else { continue };
            found.push(format!("{module}.{}={}", entry.file_name().to_string_lossy(), value.trim()));
        }
    }
    found.sort();
    found
}

fn first_entry() -> Result<String> {
    let text = read("/proc/cpuinfo")?;
    Ok(text.split("\n\n").next().unwrap_or_default().to_string())
}

fn read(path: &str) -> Result<String> {
    fs::read_to_string(path).with_context(|| format!("read {path}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_is_the_same_from_moment_to_moment() {
        let key = || identify(CacheKey::default()).expect("key").finish();
        assert_eq!(key(), key());
    }

    #[test]
    fn a_feature_is_a_whole_word() {
        assert!(has("lm").expect("read"), "64 bits");
        assert!(!has("l").expect("read"));
    }
}
