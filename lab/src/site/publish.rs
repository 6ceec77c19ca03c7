//! `cargo lab site`: the book as a folder of static files, with what its pages need to run the lessons themselves.
//!
//! With them stands the whole book as a PDF and as an EPUB. `machine/` in it is what the pages' worker fetches: `machine.json` says what there is, the others are as that says.

use crate::{
    book::page,
    course::Course,
    report::{spinner::Step, verdict::Mistake},
    site::{
        address::Address,
        asset::Asset,
        chapter::{self, Chapter},
        contents::Book,
        head::{self, Head},
        node,
        paper::Press,
        policy, table,
        template::{SERIES, Template},
    },
    vm::console::TROUBLE,
};
use anyhow::{Context, Result, bail};
use regex::Regex;
use serde::Serialize;
use std::{
    collections::BTreeMap,
    fs,
    path::{self, Path, PathBuf},
    process::ExitCode,
    sync::LazyLock,
};

/// Where to.
#[derive(clap::Args)]
pub struct Options {
    /// Folder that becomes the site: a new one, an empty one, or an earlier site, which is replaced when the new one is whole
    /// [default: target/site in the checkout]
    #[arg(long, value_name = "FOLDER")]
    to: Option<PathBuf>,
    /// Address that the site will have, such as `https://example.org/crossings/`
    ///
    /// Its pages then name theirs, and each a picture of it for those who show a link to it; sitemap.xml lists them, and the page
    /// for wrong addresses finds its styles. Without it the site works at any address, but for the look of that page.
    #[arg(long, value_name = "ADDRESS")]
    at: Option<Address>,
}

/// What `machine.json` says, for page/src/site.
#[derive(Serialize)]
struct Machine<'a> {
    version: u32,
    kernel: &'a str,
    release: &'a str,
    /// How its kernel says that something is wrong: a regular expression.
    trouble: &'a str,
    state: Asset,
    chapters: BTreeMap<String, Asset>,
}

/// The version of these files.
const VERSION: u32 = 1;

/// A site has it, and other folders have not.
const MARK: &str = "machine/machine.json";

/// Runs the command.
pub fn command(options: &Options) -> Result<ExitCode> {
    let course = Course::find()?;
    let site = match &options.to {
        Some(folder) => path::absolute(folder).context("find the folder of the site")?,
        None => course.root.join("target/site"),
    };
    free(&site)?;
    let parent = site.parent().context("a folder beside others")?;
    fs::create_dir_all(parent).with_context(|| format!("make {}", parent.display()))?;
    // Beside it, so that it takes its place at once.
    let work = tempfile::tempdir_in(parent).with_context(|| format!("make a folder in {}", parent.display()))?;
    let made = work.path().join("site");
    let fetched = make(&course, &made, options.at.as_ref())?;
    if site.exists() {
        fs::rename(&site, work.path().join("earlier")).with_context(|| format!("replace {}", site.display()))?;
    }
    fs::rename(&made, &site).with_context(|| format!("write {}", site.display()))?;
    println!("{}: {fetched}", site.display());
    println!("To look at it: python3 -m http.server --directory {}", site.display());
    Ok(ExitCode::SUCCESS)
}

/// Refuses a folder in which something else stands.
fn free(site: &Path) -> Result<()> {
    let is_empty = || fs::read_dir(site).is_ok_and(|mut entries| entries.next().is_none());
    if site.exists() && !is_empty() && !site.join(MARK).is_file() {
        bail!(Mistake(format!("{} is no site of ours, and not empty: name another folder with --to", site.display())));
    }
    Ok(())
}

/// What is known of an output, or of a chapter, where the book was built, and not where it is read.
static KNOWN: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(concat!(
        r"(<figcaption>output), [^\n]*(</figcaption>)",
        r#"| · <span class="kernels"[^\n]*?</span>"#,
        r#"| <span class="ticks">[^\n]*?</span>"#
    ))
    .expect("a pattern that compiles")
});

/// A page as the site has it, but for its policy. `said` is what stands in which place.
fn hosted(page: &str, said: &[(&str, String)]) -> String {
    let page = KNOWN.replace_all(page, "$1$2").into_owned();
    let page = said.iter().fold(page, |page, (place, text)| page.replace(place, text));
    page::marked(&page, "hosted", &[SERIES])
}

/// Makes the site. Returns what a first run fetches, in words.
fn make(course: &Course, site: &Path, at: Option<&Address>) -> Result<String> {
    let press = Press::find()?;
    let template = Template::make()?;
    let slugs = course.slugs()?;
    let programs = chapter::programs(course, &slugs);
    let step = Step::start("build the book");
    page::build(course, site)?;
    drop(step);
    let book = Book::read(course, site)?;
    let printed = press.print(&book, site)?;
    let heads = Head::all(course, &book, site)?;
    // A picture is named by its whole address: without one, nobody would find it.
    if at.is_some() {
        head::draw(&press.browser, &heads, site)?;
    }
    let machine = site.join("machine");
    let mut chapters = BTreeMap::new();
    let mut most = 0;
    let step = Step::start("pack the chapters");
    for slug in slugs {
        let chapter = Chapter::make(course, &template.kernel, &slug, &programs[&slug], &machine)?;
        most = most.max(chapter.bytes);
        chapters.insert(slug, chapter.description);
    }
    drop(step);
    let read = |path: &Path| fs::read(path).with_context(|| format!("read {}", path.display()));
    let state = Asset::write(&machine, "state.zst", &read(&template.state)?)?;
    let emulator = Asset::write(&machine, "v86.wasm", &read(&node::emulator()?.join("build/v86.wasm"))?)?;
    // mdBook copies them with all that stands in the theme's folder. A service worker serves the folder that it is in.
    let worker = machine.join("worker.js");
    for (from, to) in [(site.join("theme/worker.js"), &worker), (site.join("theme/sw.js"), &site.join("sw.js"))] {
        fs::rename(&from, to).with_context(|| format!("move {}", from.display()))?;
    }
    let first = state.bytes + emulator.bytes + most + fs::metadata(&worker)?.len();
    let said = format!("{} chapters; a first run fetches at most {} kB", chapters.len(), first / 1000);
    let release = &template.kernel.release;
    let described = Machine { version: VERSION, kernel: SERIES, release, trouble: TROUBLE, state, chapters };
    Asset::write(site, MARK, &serde_json::to_vec(&described)?)?;
    let placed = [(BEGIN, begin(first) + &printed), (table::PLACE, table::of(course)?)];
    let mut names = Vec::new();
    for (path, text) in page::read(site)? {
        let folder = path.parent().context("a page's folder")?;
        let name = path.strip_prefix(site)?.to_path_buf();
        let text = hosted(&text, &placed);
        let head = heads.iter().find(|head| head.is_of(&name));
        let text = head.map_or(text.clone(), |head| head.applied(&text));
        let text = at.map_or(text.clone(), |at| at.applied(&text, &name, head.map(Head::picture).as_deref()));
        let text = policy::applied(&text, folder).with_context(|| format!("prepare {}", path.display()))?;
        fs::write(&path, text).with_context(|| format!("write {}", path.display()))?;
        names.push(name);
    }
    if let Some(at) = at {
        fs::write(site.join("sitemap.xml"), at.map(&names)).context("write sitemap.xml")?;
    }
    Ok(said)
}

/// Where the first page of a site says how one begins there.
const BEGIN: &str = "<!-- press-run -->";

/// That, in HTML. A first run fetches so many bytes.
fn begin(fetched: u64) -> String {
    format!(
        "<p><strong>Here you need nothing but this page.</strong> Open a chapter and press <em>Run</em> below an output: a \
         real Linux {SERIES} goes on in your browser from where it had booted, loads the chapter’s module, and runs its \
         program. <em>Shell</em> under a chapter’s title gives you a shell in it. The first run fetches {} MB and keeps \
         them, so the next ones need no network; nothing that you do leaves your browser.</p>\n\
         <p>To change the code, have exercises checked, or run newer kernels, you need a machine of your own. What follows, and \
         <em>How to begin</em>, is about that.</p>",
        fetched.div_ceil(1_000_000)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hosted_page_says_nothing_of_the_machine_that_built_it() {
        let caption = "<figcaption>output, <span class=\"known\">checked here on Linux 6.12</span></figcaption>";
        let ticks = "<p>Times. <span class=\"ticks\">A tick means</span></p>";
        let chapter =
            "<span class=\"facts\">5 min · <span class=\"kernels\" data-scene=\"ioctl\">Linux 6.12 ✓</span></span>";
        let page = format!("<head></head>{caption}{ticks}{chapter}{}", table::PLACE);
        let page = hosted(&page, &[(table::PLACE, "a table".into())]);
        let left = "<figcaption>output</figcaption><p>Times.</p><span class=\"facts\">5 min</span>a table";
        assert!(page.contains("content=\"hosted\"") && page.ends_with(left), "{page}");
    }

    #[test]
    fn nothing_but_a_site_is_replaced() {
        let folder = tempfile::tempdir().expect("tempdir");
        free(&folder.path().join("new")).expect("a new folder");
        free(folder.path()).expect("an empty folder");
        fs::write(folder.path().join("notes"), "").expect("write");
        assert!(free(folder.path()).expect_err("notes").is::<Mistake>());
        Asset::write(folder.path(), MARK, b"{}").expect("write");
        free(folder.path()).expect("an earlier site");
    }
}
