//! A reader's own version of a lesson: changed files, laid over those of the course. They come from an editor on a page or from
//! a folder of the reader's, and are built in a copy; the course's own files stay as they are.

mod files;
mod scratch;

pub use files::{files, lesson_of};

use crate::{
    build::{
        cargo,
        diagnostic::{self, Diagnostic},
        module::{self, Warnings},
    },
    cache_key::is_source,
    course::{Course, package},
    lessons::{
        lesson::{Lesson, Programs},
        scene::Scene,
    },
    report::verdict::{Fault, Mistake, is_fault},
    vm::kernel::Kernel,
};
use anyhow::{Context, Result, bail, ensure};
use scratch::Scratch;
use serde::Deserialize;
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};
use walkdir::WalkDir;

/// No file that a page sends is longer, in bytes. The longest of the course has a tenth of it.
pub const LONGEST: usize = 128 << 10;

/// A file as a page sends it.
#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Edit {
    /// Its path in the course.
    pub file: String,
    /// All that is in it now.
    pub text: String,
}

/// Changed files of one lesson and its module, by their paths in the course.
#[derive(Debug)]
pub struct Overlay {
    slug: String,
    files: BTreeMap<PathBuf, Vec<u8>>,
}

/// Says that a lesson has no such file.
pub fn unknown(slug: &str, file: &str) -> String {
    format!("{slug} has no file {file:?} that can be changed here")
}

impl Overlay {
    /// What a page sends. The names are compared with those that the course has, and never opened.
    pub fn of_edits(course: &Course, slug: &str, edits: Vec<Edit>) -> Result<Self> {
        let known = files(course, slug)?;
        let mut files = BTreeMap::new();
        for Edit { file, text } in edits {
            let name = known.iter().find(|name| **name == file);
            let name = name.with_context(|| unknown(slug, &file))?;
            ensure!(text.len() <= LONGEST, "{name} is longer than {} KiB", LONGEST >> 10);
            ensure!(files.insert(PathBuf::from(name), text.into_bytes()).is_none(), "{name} comes twice");
        }
        Ok(Overlay { slug: slug.to_string(), files })
    }

    /// What stands in a folder of the reader's, where it would stand in the course, and differs from that. A folder that has
    /// nothing for the lesson is a [`Mistake`].
    pub fn of_folder(course: &Course, slug: &str, folder: &Path) -> Result<Self> {
        let places = ["lessons", "kmods"].map(|kind| Path::new(kind).join(slug));
        let mut files = BTreeMap::new();
        for place in places.iter().filter(|place| folder.join(place).is_dir()) {
            let entries = WalkDir::new(folder.join(place)).follow_links(true).sort_by_file_name();
            for entry in entries.into_iter().filter_entry(is_source) {
                let entry = entry.with_context(|| format!("read {}", folder.join(place).display()))?;
                if entry.file_type().is_file() {
                    let name = entry.path().strip_prefix(folder)?.to_path_buf();
                    files.insert(
                        name,
                        fs::read(entry.path()).with_context(|| format!("read {}", entry.path().display()))?,
                    );
                }
            }
        }
        if files.is_empty() {
            let [lesson, module] = places.map(|place| folder.join(place).display().to_string());
            bail!(Mistake(format!("{} has nothing for {slug}: it would be in {lesson} or {module}", folder.display())));
        }
        files.retain(|name, text| fs::read(course.root.join(name)).ok().as_ref() != Some(text));
        Ok(Overlay { slug: slug.to_string(), files })
    }

    /// The files, by their paths in the course.
    pub fn names(&self) -> impl Iterator<Item = &Path> {
        self.files.keys().map(PathBuf::as_path)
    }

    /// What the scene is expected to print where the reader's files say so.
    pub fn expected(&self, course: &Course, scene: Scene) -> Option<String> {
        let golden = scene.golden(course, &self.slug);
        let text = self.files.get(golden.strip_prefix(&course.root).ok()?)?;
        Some(String::from_utf8_lossy(text).into_owned())
    }

    /// Builds what a scene needs of what was changed, and puts it in the place of what `lesson`, the course's own, has. `hear` is
    /// called with what the compilers say; what they refuse is the reader's [`Fault`].
    pub fn build(
        &self,
        course: &Course,
        kernel: &Kernel,
        mut lesson: Lesson,
        scene: Scene,
        hear: &mut dyn FnMut(Vec<Diagnostic>),
    ) -> Result<Lesson> {
        let changes = |kind: &str| self.files.keys().any(|file| file.starts_with(kind));
        let mut hear = |said: Vec<Diagnostic>| {
            if !said.is_empty() {
                hear(said)
            }
        };
        // Nobody else's version is built there until this one is held in memory.
        let scratch = Scratch::lay(course, &self.slug, &self.files)?;
        if changes("lessons") {
            let programs = self.programs(course, &scratch, scene, &mut hear).map_err(|error| scratch.told(error))?;
            lesson.take_programs(&programs, &scratch.lesson(), kernel)?;
        }
        if changes("kmods") {
            let build = scratch.folder().join("build").join(&kernel.name).join(&self.slug);
            let built = module::build(kernel, &scratch.module(), &course.headers(), &build, Warnings::Reported);
            let built = built.map(|built| (built.modules, built.warnings)).map_err(|error| scratch.told(error));
            let said = match &built {
                Ok((_, warnings)) => scratch.without_paths(warnings),
                Err(error) => format!("{error:#}"),
            };
            hear(diagnostic::of_gcc(&said, &scratch.folder()));
            lesson.take_modules(built?.0, &scratch.module())?;
        }
        Ok(lesson)
    }

    /// Builds the programs of a scene; returns them by the names that they have in the course.
    fn programs(
        &self,
        course: &Course,
        scratch: &Scratch,
        scene: Scene,
        hear: &mut dyn FnMut(Vec<Diagnostic>),
    ) -> Result<Programs> {
        let program = package(&self.slug, '-');
        let names = match scene {
            Scene::Story => vec![program],
            Scene::Crash => vec![program.clone(), format!("{program}-crash")],
        };
        let built: Vec<String> = names.iter().map(|name| scratch::renamed(name)).collect();
        let told = |one: Diagnostic| Diagnostic { message: scratch.without_paths(&one.message), ..one };
        let hear = &mut |said: Vec<Diagnostic>| hear(said.into_iter().map(told).collect());
        let mut programs = cargo::build_heard(&scratch.lesson(), &built, &course.root.join("target"), hear)?;
        let back = |name: String| Some((name.clone(), programs.remove(&scratch::renamed(&name))?));
        Ok(names.into_iter().filter_map(back).collect())
    }
}

impl Scratch {
    /// An error in terms of the course's files.
    fn told(&self, error: anyhow::Error) -> anyhow::Error {
        let said = self.without_paths(&format!("{error:#}"));
        if is_fault(&error) { Fault(said).into() } else { error }
    }
}
