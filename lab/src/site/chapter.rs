//! What a chapter takes to run in a browser, and how it is run and compared.

use crate::{
    build::cargo,
    course::{Course, package},
    lessons::lesson::{Lesson, Programs, excerpt},
    report::{
        diff,
        verdict::{self, Fault},
    },
    site::{
        node,
        template::{self, Template},
    },
    vm::{initramfs::Archive, kernel::Kernel},
};
use ::lesson::cost::without_figures;
use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeMap,
    fmt, fs,
    path::{Path, PathBuf},
};

/// A chapter's folder for the site: `chapter.json` and `chapter.cpio`.
pub struct Chapter {
    /// Its name.
    pub slug: String,
    folder: PathBuf,
}

/// What `chapter.json` says, for page/src/machine/chapter.ts.
#[derive(Serialize)]
struct Description<'a> {
    slug: &'a str,
    stock: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    module: Option<Module>,
}

#[derive(Serialize)]
struct Module {
    path: String,
    name: String,
}

/// What came of a run.
#[derive(Deserialize)]
pub struct Played {
    exit: Exit,
    stdout: String,
    stderr: String,
    log: String,
    /// How long it took.
    pub seconds: Seconds,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Exit {
    Code(i32),
    Signal(i32),
}

/// How long the steps of a run took.
#[derive(Deserialize)]
pub struct Seconds {
    restored: f64,
    installed: f64,
    ran: f64,
}

impl fmt::Display for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let Seconds { restored, installed, ran } = self;
        write!(f, "restored in {restored:.2} s, installed in {installed:.2} s, ran for {ran:.2} s")
    }
}

/// Builds the programs of the lessons, each of them by itself to tell which is at fault.
pub fn programs(course: &Course, slugs: &[String]) -> BTreeMap<String, Result<Programs>> {
    let build = |slug: &String| cargo::build_for_browser(&course.root, &[package(slug, '-')], &template::parts()?);
    slugs.iter().map(|slug| (slug.clone(), build(slug))).collect()
}

impl Chapter {
    /// Makes the chapter's folder of its program and its modules.
    pub fn make(course: &Course, kernel: &Kernel, slug: &str, programs: &Result<Programs>) -> Result<Self> {
        let programs = programs.as_ref().map_err(verdict::repeat)?;
        let lesson = Lesson::build(course, kernel, slug, programs)?;
        let folder = course.scratch().join("site").join(slug);
        fs::create_dir_all(&folder).with_context(|| format!("make {}", folder.display()))?;
        let mut archive = Archive::default();
        archive.folder("root")?;
        for (name, mode, bytes) in lesson.files()? {
            archive.file(&format!("root/{name}"), mode, &bytes)?;
        }
        add_programs(&mut archive, lesson.programs_of_host())?;
        let name = package(slug, '_');
        let description = Description {
            slug,
            stock: lesson.stock()?.iter().map(|name| format!("/root/{name}")).collect(),
            module: lesson.has_module().then(|| Module { path: format!("/root/{name}.ko"), name }),
        };
        let write = |name: &str, bytes: &[u8]| {
            let path = folder.join(name);
            fs::write(&path, bytes).with_context(|| format!("write {}", path.display()))
        };
        write("chapter.json", &serde_json::to_vec(&description)?)?;
        write("chapter.cpio", &archive.finish()?)?;
        Ok(Chapter { slug: slug.to_string(), folder })
    }

    /// Runs it in a machine that goes on from the template.
    pub fn play(&self, template: &Template) -> Result<Played> {
        node::run("run.ts", &[template.state.as_os_str(), self.folder.as_os_str()])
    }
}

impl Played {
    /// What the program printed. That it failed, or that the kernel reported trouble, is [`Fault`].
    pub fn output(self) -> Result<String> {
        if let Some(excerpt) = excerpt(&self.log.replace('\r', "")) {
            bail!(Fault(format!("the kernel reported trouble\n{excerpt}")));
        }
        let how = match self.exit {
            Exit::Code(0) => return Ok(self.stdout),
            Exit::Code(code) => format!("exit status {code}"),
            Exit::Signal(signal) => format!("killed by signal {signal}"),
        };
        bail!(Fault(format!("{how}\n{}{}", self.stderr, self.stdout)))
    }
}

/// Adds programs as Debian has them for such a machine, and their libraries.
fn add_programs(archive: &mut Archive, names: &[String]) -> Result<()> {
    let folder = template::parts()?.join("programs");
    for name in names {
        let path = folder.join("bin").join(name);
        let bytes = fs::read(&path).with_context(|| format!("read {}", path.display()))?;
        archive.file(&format!("bin/{name}"), 0o755, &bytes)?;
    }
    if !names.is_empty() {
        for entry in fs::read_dir(folder.join("lib")).context("read the libraries for 32-bit PCs")? {
            let path = entry?.path();
            let name = path.file_name().and_then(|name| name.to_str()).context("a library's name")?;
            archive.file(&format!("lib/{name}"), 0o755, &fs::read(&path)?)?;
        }
    }
    Ok(())
}

/// The file with what a chapter prints in a browser, which there is only where it is not what it prints elsewhere.
pub fn golden(course: &Course, slug: &str) -> PathBuf {
    course.lesson(slug).join("expected.i686.txt")
}

/// Holds an output against what is expected.
pub fn compare(course: &Course, slug: &str, output: &str) -> Result<()> {
    let own = golden(course, slug);
    let path = if own.exists() { own } else { course.lesson(slug).join("expected.txt") };
    let expected = read(&path)?;
    let compared = without_figures(output);
    match expected == compared {
        true => Ok(()),
        false => bail!(Fault(format!("the output differs\n{}", diff::lines(&expected, &compared)))),
    }
}

fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).with_context(|| format!("read {}", path.display()))
}
