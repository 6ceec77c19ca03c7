//! A file of the site that a page fetches for the machine, and checks.

use anyhow::{Context, Result};
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::{fs, path::Path};

/// The file, for page/src/site/asset.ts.
#[derive(Debug, Serialize)]
pub struct Asset {
    /// Where it is, from the folder `machine` of the site.
    path: String,
    /// How large it is as it is fetched.
    pub bytes: u64,
    /// The hash of that, in hexadecimal digits.
    sha256: String,
}

impl Asset {
    /// Writes a file into `machine`, whose folder need not be there.
    pub fn write(machine: &Path, path: &str, bytes: &[u8]) -> Result<Self> {
        let file = machine.join(path);
        if let Some(folder) = file.parent() {
            fs::create_dir_all(folder).with_context(|| format!("make {}", folder.display()))?;
        }
        fs::write(&file, bytes).with_context(|| format!("write {}", file.display()))?;
        let sha256 = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(Asset { path: path.to_string(), bytes: bytes.len() as u64, sha256 })
    }
}
