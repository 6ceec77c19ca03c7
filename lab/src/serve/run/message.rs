//! What a page and the server say to each other about a run: JSON objects, each with a version. A page asks once over each
//! WebSocket, and is told until the run has ended; then the server closes the socket.

use crate::{
    build::diagnostic::Diagnostic,
    cache_key::CacheKey,
    course::Course,
    lessons::{
        overlay::{self, Edit, Overlay},
        part,
        scene::Scene,
    },
    report::diff::Signed,
    vm::{kernel::Kernel, kernels::there},
};
use anyhow::{Context, Result, bail, ensure};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, fs};

/// No message of a page is longer, in bytes. It may hold several files that a reader has changed.
pub const LONGEST: usize = 512 << 10;

/// What a page asks.
#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase", tag = "kind")]
pub enum Ask {
    /// The first: to run a scene.
    Run {
        /// Its name, as the page's outputs have it.
        scene: String,
        /// The part of its output that is shown; none: all.
        part: Option<String>,
        /// The kernel's short name.
        kernel: String,
        /// The files of the lesson that the reader has changed; none: it runs as it is.
        #[serde(default)]
        edits: Vec<Edit>,
    },
    /// The first, and then there is no run: what a file holds that a reader may change.
    Source {
        /// The lesson's name.
        slug: String,
        /// The file's path in the course.
        file: String,
    },
    /// The second, perhaps: to end the run.
    Stop,
}

/// What has happened to a run.
#[derive(Debug, Serialize)]
#[serde(rename_all = "lowercase", tag = "kind")]
pub enum News {
    /// It waits.
    Queued {
        /// How many go first, and this one: 1 is the next.
        place: usize,
    },
    /// This is being done now.
    Step {
        /// What.
        text: String,
    },
    /// The part gains these lines.
    Output {
        /// With their ends.
        text: String,
    },
    /// The kernel has logged these lines.
    Log {
        /// With their ends, without time stamps.
        text: String,
    },
    /// The compilers say this of the reader's files.
    Compiler {
        /// In their order.
        diagnostics: Vec<Diagnostic>,
    },
    /// What was asked for; the only message.
    Source(Source),
    /// It is over; the last message.
    Ended(Ended),
}

/// A file of the course that a reader may change.
#[derive(Debug, Serialize)]
pub struct Source {
    /// All that is in it.
    text: String,
    /// Of each file of the lesson that can be changed, by its path in the course: another one, if its content is another.
    versions: BTreeMap<String, String>,
}

impl Source {
    /// What a page asks for, if it is there. Its names are compared with those that there are, and never opened.
    pub fn find(course: &Course, slug: &str, file: &str) -> Result<Self> {
        ensure!(course.slugs()?.iter().any(|other| other == slug), "there is no lesson {slug:?}");
        let files = overlay::files(course, slug)?;
        let found = files.iter().find(|name| *name == file);
        let path = course.root.join(found.with_context(|| overlay::unknown(slug, file))?);
        let text = fs::read_to_string(&path).with_context(|| format!("read {}", path.display()))?;
        let version = |name: String| {
            let version = CacheKey::default().file(&course.root.join(&name))?.finish();
            Ok((name, version))
        };
        Ok(Source { text, versions: files.into_iter().map(version).collect::<Result<_>>()? })
    }
}

/// What came of a run.
#[derive(Debug, Serialize)]
pub struct Ended {
    /// How it ended.
    pub how: How,
    /// What the program, the compiler or the lab said of it.
    pub why: Option<String>,
    /// The line of the module's source that the kernel's report names.
    pub place: Option<String>,
    /// What was expected and what came, line by line; empty if they are the same. Measured figures are not compared.
    pub difference: Vec<Signed>,
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum How {
    /// It printed what the page shows.
    Same,
    /// It printed something else.
    Differs,
    /// It ran, and there is nothing to compare it with on this kernel.
    Ran,
    /// The lesson or its module is at fault.
    Failed,
    /// A compiler refuses what the reader has changed.
    Unbuilt,
    /// The reader has stopped it.
    Stopped,
    /// The lab broke.
    Broken,
    /// It was never begun: what was asked for is not there, or too many wait.
    Refused,
}

impl Ended {
    /// Of a run that its reader has stopped.
    pub fn stopped() -> Self {
        Ended { how: How::Stopped, why: None, place: None, difference: Vec::new() }
    }

    /// With a reason and no output to compare.
    pub fn because(how: How, why: String) -> Self {
        Ended { how, why: Some(why), place: None, difference: Vec::new() }
    }
}

/// The kernel that a page names, if it is one.
pub fn kernel_named(name: &str) -> Result<Kernel> {
    let there = there();
    let kernel = there.iter().find(|kernel| kernel.name == name).cloned();
    kernel.with_context(|| {
        format!("the kernels are {}", there.into_iter().map(|kernel| kernel.name).collect::<Vec<_>>().join(", "))
    })
}

/// A run that can be begun. A name that a page has sent is compared with those that there are, and never opened.
pub struct Wanted {
    /// The lesson.
    pub slug: String,
    /// Its scene.
    pub scene: Scene,
    /// The part of the output that is shown.
    pub part: Option<String>,
    /// The kernel.
    pub kernel: Kernel,
    /// The whole output that is expected, if one is on this kernel.
    pub expected: Option<String>,
    /// What the reader has changed, if anything.
    pub overlay: Option<Overlay>,
}

impl Wanted {
    /// What a page asks for, if it is there.
    pub fn find(course: &Course, scene: &str, part: Option<String>, kernel: &str, edits: Vec<Edit>) -> Result<Self> {
        let slugs = course.slugs()?;
        let scenes = slugs
            .into_iter()
            .flat_map(|slug| Scene::all(course, &slug).into_iter().map(move |one| (slug.clone(), one)));
        let found = scenes.into_iter().find(|(slug, one)| one.name(slug) == scene);
        let (slug, scene) = found.with_context(|| format!("there is no scene {scene:?}"))?;
        let kernel = kernel_named(kernel)?;
        let golden = fs::read_to_string(scene.golden(course, &slug)).unwrap_or_default();
        if let Some(title) = &part
            && !part::titles(&golden).contains(&title.as_str())
        {
            bail!("{slug} prints no part {title:?}");
        }
        let expected = scene.expected(course, &slug, &kernel.name)?;
        let overlay = match edits.is_empty() {
            true => None,
            false => Some(Overlay::of_edits(course, &slug, edits)?),
        };
        Ok(Wanted { slug, scene, part, kernel, expected, overlay })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::serve::socket;

    #[test]
    fn a_page_of_another_version_is_told_so() {
        let run =
            socket::read::<Ask>(r#"{"version": 1, "kind": "run", "scene": "ioctl", "kernel": "6.1"}"#).expect("a run");
        assert_eq!(run, Ask::Run { scene: "ioctl".into(), part: None, kernel: "6.1".into(), edits: Vec::new() });
        assert_eq!(socket::read::<Ask>(r#"{"version": 1, "kind": "stop"}"#).expect("a stop"), Ask::Stop);
        for text in ["", "[]", "{}", r#"{"version": 2, "kind": "stop"}"#, r#"{"version": 1, "kind": "open"}"#] {
            socket::read::<Ask>(text).expect_err(text);
        }
        let why = socket::read::<Ask>(r#"{"version": 2, "kind": "stop"}"#).expect_err("version 2").to_string();
        assert!(why.contains("version 2"), "{why}");
    }

    #[test]
    fn what_a_page_is_told_has_this_form() {
        let told = |news: News| socket::written(&news);
        assert_eq!(told(News::Queued { place: 2 }), r#"{"version":1,"kind":"queued","place":2}"#);
        let difference = vec![Signed { sign: '-', text: "3".into() }];
        let ended = Ended { how: How::Differs, why: None, place: None, difference };
        assert_eq!(
            told(News::Ended(ended)),
            r#"{"version":1,"kind":"ended","how":"differs","why":null,"place":null,"difference":[{"sign":"-","text":"3"}]}"#
        );
    }
}
