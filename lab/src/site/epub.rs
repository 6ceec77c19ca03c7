//! The EPUB: chapters and drawings that page/src/paper/chapters.ts has made of the book's pages, and their table of contents.

use crate::site::{contents::Book, paper::Parts};
use anyhow::{Context, Result, ensure};
use epub_builder::{EpubBuilder, EpubContent, EpubVersion, ReferenceType, TocElement, ZipLibrary};
use sha2::{Digest, Sha256};
use std::{fs::File, io::BufWriter, path::Path};
use uuid::Uuid;

/// Writes it to `path`.
pub fn write(book: &Book, parts: &Parts, path: &Path) -> Result<()> {
    ensure!(book.pages.len() == parts.chapters.len(), "a page of the book is no chapter of the EPUB");
    let mut epub = EpubBuilder::new(ZipLibrary::new()?)?;
    epub.epub_version(EpubVersion::V33);
    epub.set_title(&book.title);
    epub.set_toc_name("Contents");
    epub.add_description(&book.about);
    epub.add_language(&book.language);
    epub.set_generator("cargo lab site");
    epub.set_uuid(identifier(&book.title)?);
    epub.stylesheet(parts.style.as_bytes())?;
    let mut in_part = false;
    for (place, (page, chapter)) in book.pages.iter().zip(&parts.chapters).enumerate() {
        in_part |= page.part.is_some();
        let level = 1 + i32::from(in_part) + i32::try_from(page.depth)?;
        // A part leads to the file of its first page, and that page to its place in it: no two entries may lead to the same one.
        let own = match page.part {
            Some(_) => format!("{}#{}", chapter.file, chapter.id),
            None => chapter.file.clone(),
        };
        let entry = TocElement::new(own, &page.title).level(level);
        let entry = chapter
            .sections
            .iter()
            .fold(entry, |entry, (id, title)| entry.child(TocElement::new(format!("{}#{id}", chapter.file), title)));
        let mut content = EpubContent::new(&chapter.file, chapter.xhtml.as_bytes());
        content.toc = match &page.part {
            Some(part) => TocElement::new(&chapter.file, part).child(entry),
            None => entry,
        };
        if place == 0 {
            content.reftype = Some(ReferenceType::Text);
        }
        epub.add_content(content)?;
    }
    for (name, svg) in &parts.drawings {
        epub.add_resource(name, svg.as_bytes(), "image/svg+xml")?;
    }
    let file = File::create(path).with_context(|| format!("write {}", path.display()))?;
    epub.generate(BufWriter::new(file)).with_context(|| format!("write {}", path.display()))
}

/// The same for each edition, so that a reader's library knows a new one.
fn identifier(title: &str) -> Result<Uuid> {
    let hash = Sha256::digest(title);
    let bytes = hash.first_chunk().context("a hash of 32 bytes")?;
    Ok(uuid::Builder::from_custom_bytes(*bytes).into_uuid())
}
