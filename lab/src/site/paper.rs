//! The whole book as a PDF and as an EPUB, which a browser makes of its pages (page/src/paper).

use crate::{
    programs,
    report::spinner::Step,
    site::{contents::Book, epub, node},
};
use anyhow::{Context, Result, bail};
use serde::Deserialize;
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// What they are called in the site.
const PDF: &str = "crossings.pdf";
const EPUB: &str = "crossings.epub";

/// What an EPUB consists of, as page/src/paper/chapters.ts says it.
#[derive(Deserialize)]
pub struct Parts {
    /// Its chapters, one for each page of the book.
    pub chapters: Vec<Chapter>,
    /// Its drawings, by their files.
    pub drawings: BTreeMap<String, String>,
    /// Its style.
    pub style: String,
}

/// A page of the book, as an EPUB has it.
#[derive(Deserialize)]
pub struct Chapter {
    /// The id of its whole content.
    pub id: String,
    /// Its file.
    pub file: String,
    /// What that holds.
    pub xhtml: String,
    /// Its sections: the id of each, and its title.
    pub sections: Vec<(String, String)>,
}

/// What makes them.
pub struct Press {
    /// The browser.
    pub browser: PathBuf,
    qpdf: PathBuf,
}

impl Press {
    /// Finds it. That it is missing is for the set-up to mend.
    pub fn find() -> Result<Self> {
        Ok(Press { browser: node::browser()?, qpdf: programs::find_for("qpdf", "ci/setup.sh --site")? })
    }

    /// Puts both into the folder `site` of the built book. Returns how one comes to them, in HTML.
    pub fn print(&self, book: &Book, site: &Path) -> Result<String> {
        let step = Step::start("print the book as a PDF and an EPUB, which takes half a minute");
        let work = tempfile::tempdir_in(site).context("make a folder for the PDF")?;
        let printed = work.path().join(PDF);
        let json = serde_json::to_string(book)?;
        let parts: Parts = node::run(
            "paper/paper.ts",
            &[self.browser.as_os_str(), site.as_os_str(), json.as_ref(), printed.as_os_str()],
        )?;
        self.pack(&printed, &site.join(PDF))?;
        epub::write(book, &parts, &site.join(EPUB))?;
        drop(step);
        let megabytes = |name: &str| -> Result<String> {
            let bytes = fs::metadata(site.join(name)).with_context(|| format!("look at {name}"))?.len();
            Ok(format!("{:.1} MB", bytes as f64 / 1e6))
        };
        Ok(format!(
            "<p>To read it without a browser, there is the whole book as a <a href=\"{PDF}\">PDF</a> ({}) and as an \
             <a href=\"{EPUB}\">EPUB</a> ({}).</p>",
            megabytes(PDF)?,
            megabytes(EPUB)?
        ))
    }

    /// The browser writes each of a hundred thousand objects by itself; together they are a third as large.
    fn pack(&self, printed: &Path, pdf: &Path) -> Result<()> {
        let mut command = Command::new(&self.qpdf);
        command.args([
            "--object-streams=generate",
            "--recompress-flate",
            "--compression-level=9",
            "--deterministic-id",
        ]);
        let output = command.arg(printed).arg(pdf).stdin(Stdio::null()).output().context("start qpdf")?;
        if !output.status.success() {
            bail!("qpdf: {}\n{}", output.status, String::from_utf8_lossy(&output.stderr).trim_end());
        }
        Ok(())
    }
}
