//! The built book: made by mdBook with the pinned tools, and read back for what mdBook and mdbook-cmdrun let pass.

use crate::{
    book::{directive, print, search},
    cache,
    course::Course,
    programs,
    report::verdict::Fault,
};
use anyhow::{Context, Result, bail};
use scraper::{Html, Selector};
use std::{
    borrow::Borrow,
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};
use walkdir::WalkDir;

/// Builds the book into `pages`.
pub fn build(course: &Course, pages: &Path) -> Result<()> {
    script(course)?;
    let tools = cache::folder()?.join("tools/bin");
    let output = Command::new(tools.join("mdbook"))
        .args(["build", "--dest-dir"])
        .arg(pages)
        // cmdrun finds a chapter's folder from here, whatever book mdBook is told to build.
        .current_dir(&course.root)
        .env("PATH", programs::path_with(&tools)?)
        .stdin(Stdio::null())
        .output()
        .context("start mdbook: run `ci/setup.sh`")?;
    let said = String::from_utf8_lossy(&output.stderr);
    // A missing include, for one, is only an ERROR line on the way to exit status 0.
    if !output.status.success() || said.contains("[ERROR]") || said.contains("[WARN]") {
        bail!(Fault(format!("mdbook build complains\n{}", said.trim_end())));
    }
    print::part_ids(pages)?;
    search::lighten(pages)
}

/// Makes the script of the pages, if its sources have changed.
fn script(course: &Course) -> Result<()> {
    let output = Command::new(course.root.join("page/build"))
        .env("CROSSINGS_CACHE", cache::folder()?)
        .stdin(Stdio::null())
        .output()
        .context("start page/build")?;
    if !output.status.success() {
        bail!("the script of the pages could not be made\n{}", String::from_utf8_lossy(&output.stderr).trim_end());
    }
    Ok(())
}

/// A page that tells its script what it can ask for runs, on these kernels: `serve` is `cargo lab serve`, where `run` says that the
/// reader may; `hosted` is a site, whose pages run all by themselves.
pub fn marked(page: &str, words: &str, kernels: &[impl Borrow<str>]) -> String {
    let kernels = kernels.join(" ");
    let marks = format!(
        "<meta name=\"crossings\" content=\"{words}\">\n<meta name=\"crossings-kernels\" content=\"{kernels}\">\n</head>"
    );
    page.replacen("</head>", &marks, 1)
}

/// The pages in `folder` and below it.
pub fn read(folder: &Path) -> Result<BTreeMap<PathBuf, String>> {
    let files = WalkDir::new(folder).into_iter().filter_map(Result::ok).map(walkdir::DirEntry::into_path);
    files
        .filter(|path| path.extension().is_some_and(|kind| kind == "html"))
        .map(|path| {
            let text = fs::read_to_string(&path).with_context(|| format!("read {}", path.display()))?;
            Ok((path, text))
        })
        .collect()
}

/// What is wrong with the pages in `folder`, a line for each fault.
pub fn faults(folder: &Path) -> Result<Vec<String>> {
    let pages = read(folder)?;
    if pages.is_empty() {
        return Ok(vec![format!("{} holds no page", folder.display())]);
    }
    let parsed: BTreeMap<&PathBuf, Html> =
        pages.iter().map(|(path, text)| (path, Html::parse_document(text))).collect();
    let targets: BTreeMap<&PathBuf, BTreeSet<String>> = parsed.iter().map(|(path, page)| (*path, ids(page))).collect();
    let mut faults = shared_titles(folder, &parsed);
    for (path, text) in &pages {
        let name = path.strip_prefix(folder).unwrap_or(path).display();
        let mut found = traces(text);
        found.extend(empty_blocks(&parsed[path]));
        // The page for a wrong address is served from any folder, so its links are absolute.
        if !path.ends_with("404.html") {
            found.extend(dead_links(path, &parsed[path], &targets));
        }
        faults.extend(found.into_iter().map(|fault| format!("{name}: {fault}")));
    }
    Ok(faults)
}

/// Titles that several pages have: a reader could not tell their tabs apart. `index.html` is the first page once more.
fn shared_titles(folder: &Path, parsed: &BTreeMap<&PathBuf, Html>) -> Vec<String> {
    let mut titles: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (path, page) in parsed.iter().filter(|(path, _)| !path.ends_with("index.html")) {
        let name = path.strip_prefix(folder).unwrap_or(path).display().to_string();
        for title in select(page, "head > title") {
            titles.entry(title.text().collect()).or_default().push(name.clone());
        }
    }
    let shared = titles.into_iter().filter(|(_, pages)| pages.len() > 1);
    shared.map(|(title, pages)| format!("{}: they share the title {title:?}", pages.join(", "))).collect()
}

/// Traces of a preprocessor that did not do its work.
fn traces(text: &str) -> Vec<String> {
    let raw = [&directive::TRACES[..], &[("{{#", "a raw include")]].concat();
    let lines = text
        .lines()
        .flat_map(|line| raw.iter().filter(move |(trace, _)| line.contains(trace)).map(move |(_, what)| (what, line)));
    lines.map(|(what, line)| format!("{what}: {}", line.trim())).collect()
}

/// A code block with nothing in it: a command that printed nothing, or an include of nothing.
fn empty_blocks(page: &Html) -> Vec<String> {
    let blocks = select(page, "pre code");
    blocks
        .filter(|block| block.text().all(|text| text.trim().is_empty()))
        .map(|_| "an empty code block".to_string())
        .collect()
}

/// Links and pictures that lead nowhere in the book.
fn dead_links(path: &Path, page: &Html, targets: &BTreeMap<&PathBuf, BTreeSet<String>>) -> Vec<String> {
    let folder = path.parent().unwrap_or(path);
    let links = select(page, "[href], [src]")
        .filter_map(|element| element.value().attr("href").or(element.value().attr("src")));
    links
        .filter(|link| !link.contains(':') && !link.starts_with('/'))
        .filter(|link| !leads_somewhere(link, path, folder, targets))
        .map(|link| format!("a dead link: {link}"))
        .collect()
}

fn leads_somewhere(link: &str, path: &Path, folder: &Path, targets: &BTreeMap<&PathBuf, BTreeSet<String>>) -> bool {
    let (file, fragment) = link.split_once('#').unwrap_or((link, ""));
    let file = file.split('?').next().unwrap_or(file);
    let target = if file.is_empty() { path.to_path_buf() } else { folder.join(file) };
    let Ok(target) = target.canonicalize() else { return false };
    fragment.is_empty()
        || targets
            .iter()
            .any(|(page, ids)| page.canonicalize().is_ok_and(|page| page == target) && ids.contains(fragment))
}

fn ids(page: &Html) -> BTreeSet<String> {
    select(page, "[id]").filter_map(|element| element.value().attr("id").map(str::to_string)).collect()
}

fn select<'a>(page: &'a Html, selector: &str) -> impl Iterator<Item = scraper::ElementRef<'a>> {
    let found: Vec<_> = Selector::parse(selector).map(|selector| page.select(&selector).collect()).unwrap_or_default();
    found.into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The faults of a book of one page.
    fn of(html: &str) -> Vec<String> {
        let folder = tempfile::tempdir().expect("tempdir");
        fs::write(folder.path().join("page.html"), html).expect("write");
        faults(folder.path()).expect("faults")
    }

    #[test]
    fn a_sound_page_has_no_faults() {
        assert_eq!(
            of("<h2 id=a>A</h2><a href='page.html#a'>a</a><a href='#a'>a</a><pre><code>x</code></pre>"),
            [""; 0]
        );
    }

    #[test]
    fn pages_that_share_a_title_are_found() {
        let folder = tempfile::tempdir().expect("tempdir");
        for (page, title) in [("a", "one"), ("index", "one"), ("b", "two"), ("c", "two")] {
            let html = format!("<html><head><title>{title}</title></head></html>");
            fs::write(folder.path().join(page).with_extension("html"), html).expect("write");
        }
        assert_eq!(faults(folder.path()).expect("faults"), ["b.html, c.html: they share the title \"two\""]);
    }

    #[test]
    fn each_kind_of_fault_is_found() {
        for (html, fault) in [
            ("<pre><code>[lab failure] cargo lab dev output x: no kernel</code></pre>", "could not be made"),
            ("<p>{{#include nothing.rs}}</p>", "raw include"),
            ("<pre><code>&lt;!-- cmdrun ls --></code></pre>", "raw cmdrun"),
            ("<pre><code>\n</code></pre>", "empty code block"),
            ("<a href='gone.html'>x</a>", "dead link: gone.html"),
            ("<a href='page.html#gone'>x</a>", "dead link: page.html#gone"),
            ("<img src='gone.svg'>", "dead link: gone.svg"),
        ] {
            let faults = of(html);
            assert!(faults.len() == 1 && faults[0].contains(fault), "{html} gave {faults:?}");
        }
    }
}
