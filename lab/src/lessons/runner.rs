//! What all lessons of one run share: built programs, a template for each kernel, and workers that play them.

use crate::{
    build::cargo,
    course::{Course, package},
    lessons::{
        lesson::{self, Lesson, Programs},
        log,
        overlay::Overlay,
        scene::Scene,
        verified,
    },
    report::{Report, Style, parallel, verdict},
    vm::{
        guest::{Guest, without_marks},
        kernel::Kernel,
        template::Template,
    },
};
use anyhow::{Context, Result};
use std::{collections::BTreeMap, path::PathBuf};

/// Plays lessons, in clones of the templates that it has prepared.
pub struct Runner<'a> {
    course: &'a Course,
    programs: BTreeMap<String, Result<Programs>>,
    templates: Vec<Template>,
    boot: bool,
    /// Of the lessons that are played as a reader has changed them.
    overlays: BTreeMap<String, Overlay>,
}

impl<'a> Runner<'a> {
    /// Builds the programs and prepares the kernels.
    pub fn new(course: &'a Course, slugs: &[String], kernels: &[String], boot: bool) -> Result<Self> {
        let agent = cargo::agent()?;
        let programs = programs(course, slugs);
        let prepare = |name: &String| {
            let kernel = Kernel::find(name)?;
            if boot { Template::unbooted(kernel, &agent) } else { Template::of(kernel, &agent) }
        };
        Ok(Runner {
            course,
            programs,
            templates: kernels.iter().map(prepare).collect::<Result<_>>()?,
            boot,
            overlays: BTreeMap::new(),
        })
    }

    /// Plays these lessons as a reader has changed them.
    pub fn with(self, overlays: BTreeMap<String, Overlay>) -> Self {
        Runner { overlays, ..self }
    }

    /// The first kernel's template.
    pub fn template(&self) -> &Template {
        &self.templates[0]
    }

    /// All kernels' templates.
    pub fn templates(&self) -> &[Template] {
        &self.templates
    }

    /// A fresh guest.
    pub fn guest(&self, template: &Template) -> Result<Guest> {
        if self.boot { template.boot() } else { template.clone_guest() }
    }

    /// A lesson, built for a kernel.
    pub fn lesson(&self, kernel: &Kernel, slug: &str) -> Result<Lesson> {
        match self.programs.get(slug).with_context(|| format!("the programs of {slug}"))? {
            Ok(programs) => Lesson::build(self.course, kernel, slug, programs),
            Err(error) => Err(verdict::repeat(error)),
        }
    }

    /// Plays all scenes of `slugs` on all kernels, `jobs` at a time, and reports them in order.
    pub fn run_all(&self, slugs: &[String], jobs: usize, style: &Style) -> Vec<Report> {
        let scenes =
            slugs.iter().flat_map(|slug| Scene::all(self.course, slug).into_iter().map(move |scene| (slug, scene)));
        let scenes: Vec<_> = scenes.collect();
        let work: Vec<_> =
            self.templates.iter().flat_map(|template| scenes.iter().map(move |scene| (template, scene))).collect();
        parallel::each(
            &work,
            jobs,
            |(template, (slug, scene))| {
                let report = self.run(template, slug, *scene);
                (format!("{} on {}", report.name, report.kernel), report)
            },
            style,
        )
    }

    /// Plays one scene on one kernel, and remembers its output, figures and all, if it is right and the course's own.
    pub fn run(&self, template: &Template, slug: &str, scene: Scene) -> Report {
        template.report(&scene.name(slug), || {
            let kernel = &template.kernel;
            let overlay = self.overlays.get(slug);
            let theirs = overlay.and_then(|overlay| overlay.expected(self.course, scene));
            let expected =
                theirs.map_or_else(|| scene.expected(self.course, slug, &kernel.name), |text| Ok(Some(text)))?;
            let key = lesson::key(self.course, slug, kernel)?;
            let output = self.play(template, slug, scene, expected.as_deref())?;
            if overlay.is_some() {
                return Ok(());
            }
            let output = verified::with_machine(&output, &verified::machine(template)?);
            verified::remember(self.course, &scene.name(slug), &key, &output)
        })
    }

    /// Plays one scene in a fresh guest, keeps the kernel's log, and returns what was printed.
    pub fn play(&self, template: &Template, slug: &str, scene: Scene, expected: Option<&str>) -> Result<String> {
        let mut lesson = self.lesson(&template.kernel, slug)?;
        if let Some(overlay) = self.overlays.get(slug) {
            lesson = overlay.build(self.course, &template.kernel, lesson, scene, &mut |_| {})?;
        }
        let mut guest = self.guest(template)?;
        let output = scene.play(&lesson, &mut guest, expected);
        log::keep(self.course, &scene.name(slug), &template.kernel.name, &without_marks(&guest.log()))?;
        output
    }
}

/// Builds the programs of one lesson.
pub fn programs_of(course: &Course, slug: &str) -> Result<Programs> {
    let slugs = [slug.to_string()];
    programs(course, &slugs).remove(slug).context("the programs of the lesson")?
}

/// Builds the programs of all lessons at once or, if that fails, one by one to tell which of them is at fault.
fn programs(course: &Course, slugs: &[String]) -> BTreeMap<String, Result<Programs>> {
    let build = |slugs: &[String]| {
        let packages: Vec<String> = slugs.iter().map(|slug| package(slug, '-')).collect();
        cargo::build(&course.root, &packages)
    };
    let all = if slugs.is_empty() { Ok(BTreeMap::new()) } else { build(slugs) };
    let one = |slug: &String| -> Result<Programs> {
        let built = match &all {
            Ok(all) => all.clone(),
            Err(error) if slugs.len() == 1 => return Err(verdict::repeat(error)),
            Err(_) => build(std::slice::from_ref(slug))?,
        };
        Ok(built.into_iter().filter(|(name, _): &(String, PathBuf)| belongs(name, slug)).collect())
    };
    slugs.iter().map(|slug| (slug.clone(), one(slug))).collect()
}

/// Whether a program is one of a lesson's: `crossings-SLUG` or `crossings-SLUG-NAME`.
fn belongs(program: &str, slug: &str) -> bool {
    program.strip_prefix(&package(slug, '-')).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
}
