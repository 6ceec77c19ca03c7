//! What a chapter takes to run in a browser, and how it is run and compared.

use crate::{
    build::{cargo, manifest::Manifest},
    course::{Course, package},
    lessons::{
        lesson::{Lesson, Programs, excerpt},
        scene::Scene,
    },
    report::{
        diff,
        verdict::{self, Fault},
    },
    site::{
        asset::Asset,
        node,
        template::{self, Template},
    },
    vm::{initramfs::Archive, kernel::Kernel},
};
use ::lesson::cost::without_figures;
use anyhow::{Context, Result, bail, ensure};
use flate2::{Compression, write::GzEncoder};
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeMap,
    ffi::OsStr,
    fmt, fs,
    io::Write,
    path::{Path, PathBuf},
    process::Command,
};
use tempfile::NamedTempFile;

/// A chapter as the site has it, for the machine.
pub struct Chapter {
    /// Its name.
    pub slug: String,
    /// Its `chapter.json`.
    pub description: Asset,
    /// What is fetched for it, in bytes.
    pub bytes: u64,
    machine: PathBuf,
}

/// What `chapter.json` says, for page/src/site/description.ts.
#[derive(Serialize)]
struct Description<'a> {
    slug: &'a str,
    archive: Asset,
    stock: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    module: Option<Module>,
    scenes: BTreeMap<String, Offered>,
}

#[derive(Serialize)]
struct Module {
    path: String,
    name: String,
}

/// A scene, as a page can offer it there.
#[derive(Serialize)]
#[serde(untagged)]
enum Offered {
    Possible { program: String, expected: String, trouble: bool },
    Impossible { why_not: String },
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
    /// Makes the chapter's files in the folder `machine` of the site, of its program and its modules.
    pub fn make(
        course: &Course,
        kernel: &Kernel,
        slug: &str,
        programs: &Result<Programs>,
        machine: &Path,
    ) -> Result<Self> {
        let programs = programs.as_ref().map_err(verdict::repeat)?;
        let lesson = Lesson::build(course, kernel, slug, programs)?;
        let archive = Asset::write(machine, &format!("{slug}/chapter.cpio.gz"), &compressed(&archive(&lesson)?)?)?;
        let bytes = archive.bytes;
        let name = package(slug, '_');
        let description = Description {
            slug,
            archive,
            stock: lesson.stock()?.iter().map(|name| format!("/root/{name}")).collect(),
            module: lesson.has_module().then(|| Module { path: format!("/root/{name}.ko"), name }),
            scenes: scenes(course, slug)?,
        };
        let description = Asset::write(machine, &format!("{slug}/chapter.json"), &serde_json::to_vec(&description)?)?;
        let bytes = bytes + description.bytes;
        Ok(Chapter { slug: slug.to_string(), description, bytes, machine: machine.to_path_buf() })
    }

    /// Plays its story in a machine that goes on from the template.
    pub fn play(&self, template: &Template) -> Result<Played> {
        let slug = OsStr::new(&self.slug);
        node::run("machine/node/run.ts", &[template.state.as_os_str(), self.machine.as_os_str(), slug])
    }
}

/// Its scenes by their names, as they are there.
fn scenes(course: &Course, slug: &str) -> Result<BTreeMap<String, Offered>> {
    let mut reasons = Manifest::of(&course.lesson(slug))?.not_in_browser;
    let mut scenes = BTreeMap::new();
    for scene in Scene::all(course, slug) {
        let name = scene.name(slug);
        let made = match (reasons.remove(&name), scene) {
            (Some(why_not), _) => Offered::Impossible { why_not },
            (None, Scene::Story) => Offered::Possible {
                program: format!("/root/{slug}"),
                expected: expected(course, slug)?,
                trouble: false,
            },
            (None, Scene::Crash) => bail!(Fault(format!(
                "lessons/{slug}/Cargo.toml does not say under not-in-browser why {name} is not played in a browser"
            ))),
        };
        scenes.insert(name, made);
    }
    match reasons.first_key_value() {
        Some((name, _)) => bail!(Fault(format!("lessons/{slug}/Cargo.toml: there is no scene {name}"))),
        None => Ok(scenes),
    }
}

/// What stands in the machine for a lesson.
fn archive(lesson: &Lesson) -> Result<Vec<u8>> {
    let mut archive = Archive::default();
    archive.folder("root")?;
    for (name, mode, bytes) in lesson.files()? {
        let bytes = if name.ends_with(".ko") { stripped(&bytes)? } else { bytes };
        archive.file(&format!("root/{name}"), mode, &bytes)?;
    }
    add_programs(&mut archive, lesson.programs_of_host())?;
    archive.finish()
}

/// A module without what names the lines of its source: nobody asks for these there, and they are most of it.
fn stripped(module: &[u8]) -> Result<Vec<u8>> {
    let mut file = NamedTempFile::new().context("make a file for a module")?;
    file.write_all(module).context("write a module")?;
    let output = Command::new("strip").arg("--strip-debug").arg(file.path()).output().context("start strip")?;
    ensure!(output.status.success(), "strip: {}", String::from_utf8_lossy(&output.stderr).trim());
    fs::read(file.path()).context("read a module")
}

fn compressed(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes)?;
    Ok(encoder.finish()?)
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

/// What a chapter prints in a browser.
pub fn expected(course: &Course, slug: &str) -> Result<String> {
    let own = golden(course, slug);
    let path = if own.exists() { own } else { Scene::Story.golden(course, slug) };
    fs::read_to_string(&path).with_context(|| format!("read {}", path.display()))
}

/// Holds an output against what is expected.
pub fn compare(course: &Course, slug: &str, output: &str) -> Result<()> {
    let expected = expected(course, slug)?;
    let compared = without_figures(output);
    match expected == compared {
        true => Ok(()),
        false => bail!(Fault(format!("the output differs\n{}", diff::lines(&expected, &compared)))),
    }
}
