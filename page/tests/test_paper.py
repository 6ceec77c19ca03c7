"""The book as a PDF and as an EPUB, and the pictures of its pages: what `cargo lab site --at …` has put into the site."""

import collections
import ctypes
import html
import pathlib
import re
import struct
import unicodedata
import urllib.parse
import zipfile
from xml.etree import ElementTree

import pypdfium2
import pypdfium2.raw as pdfium
import pytest
from conftest import COURSE
from test_site import SITE, Hosted

SUMMARY = (COURSE / "book/SUMMARY.md").read_text()
# The pages in their order: the name of each, and its title.
PAGES = [(name, title) for title, name in re.findall(r"\[(.*)\]\((.*)\.md\)", SUMMARY)]
PARTS = re.findall(r"^# (?!Summary)(.*)$", SUMMARY, flags=re.M)
SLUGS = sorted(folder.parent.name for folder in COURSE.glob("lessons/*/expected.txt"))
ADDRESS = "https://book.invalid/crossings/"
XHTML = "{http://www.w3.org/1999/xhtml}"
OPF = "{http://www.idpf.org/2007/opf}"
DC = "{http://purl.org/dc/elements/1.1/}"
SVG = "{http://www.w3.org/2000/svg}"
# Where text stands on a page of paper, in points: the margins are 18 mm, which slanted letters touch, and 20 below.
LEFT, RIGHT, BELOW = 49, 595 - 49, 56


def squeezed(text):
    """Without what differs by how lines are broken and quotation marks are set."""
    text = unicodedata.normalize("NFKC", text)
    return re.sub(r"[\s\u00ad\ufffe]+", "", text.replace("’", "'").replace("‘", "'").replace("“", '"').replace("”", '"'))


def golden(slug):
    """What a lesson prints, without times: the lines that are long enough to be found."""
    lines = (COURSE / f"lessons/{slug}/expected.txt").read_text().splitlines()
    return [line for line in lines if len(line) > 25 and not line.startswith("==") and "≈" not in line]


def reasons(slug):
    """Why the right answers of a chapter's quizzes are right, as far as no code is in it."""
    chapter = (COURSE / f"book/{slug}.md").read_text()
    return [re.split(r"[`*\[]", reason)[0] for reason in re.findall(r"- \[x\].*? \*([A-Z].*)\*$", chapter, flags=re.M)]


def heading(name):
    """The title that a page of the book has above it."""
    page = (SITE / f"{name}.html").read_text()
    return html.unescape(re.sub("<[^>]*>", "", re.search(r"<main>\s*<h1[^>]*>(.*?)</h1>", page, flags=re.S)[1]))


class Paper:
    """The PDF."""

    def __init__(self):
        self.pdf = pypdfium2.PdfDocument(SITE / "crossings.pdf")
        self.texts, self.numbers, self.rows = [], [], []
        for page in self.pdf:
            text = page.get_textpage()
            self.texts.append(squeezed(text.get_text_bounded()))
            self.numbers.append(text.get_text_bounded(top=BELOW).strip())
            self.rows.append([text.get_rect(place) for place in range(text.count_rects())])
        self.outline = [(entry.level, entry.get_title(), entry.get_dest().get_index()) for entry in self.pdf.get_toc()]

    def place(self, name):
        """On which page of paper a page of the book begins."""
        title = squeezed(heading(name))
        places = [index for _, text, index in self.outline if re.fullmatch(r"([\d.]+)?" + re.escape(title), squeezed(text))]
        assert len(places) == 1, f"{title}: {places}"
        return places[0]

    def links(self, index):
        """The links on a page of paper: the page that each leads to, or None if there is none, or its address."""
        page, position, link = self.pdf[index], ctypes.c_int(0), pdfium.FPDF_LINK()
        while pdfium.FPDFLink_Enumerate(page.raw, position, link):
            action = pdfium.FPDFLink_GetAction(link)
            if action and pdfium.FPDFAction_GetType(action) == pdfium.PDFACTION_URI:
                size = pdfium.FPDFAction_GetURIPath(self.pdf.raw, action, None, 0)
                buffer = ctypes.create_string_buffer(size)
                pdfium.FPDFAction_GetURIPath(self.pdf.raw, action, buffer, size)
                yield buffer.value.decode()
            else:
                target = pdfium.FPDFLink_GetDest(self.pdf.raw, link)
                yield pdfium.FPDFDest_GetDestPageIndex(self.pdf.raw, target) if target else None


class Epub:
    """The EPUB: the bytes of its files, and what it says it has."""

    def __init__(self):
        archive = zipfile.ZipFile(SITE / "crossings.epub")
        assert archive.testzip() is None
        self.first = archive.infolist()[0]
        self.files = {name: archive.read(name) for name in archive.namelist()}
        self.package = ElementTree.fromstring(self.files["OEBPS/content.opf"])
        self.items = {item.get("id"): item for item in self.package.iter(OPF + "item")}
        self.spine = [self.items[item.get("idref")].get("href") for item in self.package.iter(OPF + "itemref")]
        pages = [item.get("href") for item in self.items.values() if item.get("media-type") == "application/xhtml+xml"]
        self.pages = {name: ElementTree.fromstring(self.files[f"OEBPS/{name}"]) for name in pages}
        self.texts = {name: squeezed("".join(page.itertext())) for name, page in self.pages.items()}
        self.drawings = {name: ElementTree.fromstring(data) for name, data in self.files.items() if name.endswith(".svg")}

    def of(self, name):
        return f"{name.replace('/', '-')}.xhtml"


@pytest.fixture(scope="module")
def paper():
    if not (SITE / "crossings.pdf").is_file():
        pytest.fail("target/site has no crossings.pdf: cargo lab site --at " + ADDRESS)
    return Paper()


@pytest.fixture(scope="module")
def epub():
    if not (SITE / "crossings.epub").is_file():
        pytest.fail("target/site has no crossings.epub: cargo lab site --at " + ADDRESS)
    return Epub()


def test_the_pdf_has_all_pages_in_its_outline_in_their_order(paper):
    places = [paper.place(name) for name, _ in PAGES]
    assert places == sorted(places) and len(set(places)) == len(places)
    assert [title for level, title, _ in paper.outline if level == 0][1:] == PARTS
    assert paper.pdf.get_metadata_value("Title") == "Crossings"
    assert pdfium.FPDFCatalog_IsTagged(paper.pdf.raw)
    assert language(paper.pdf) == "en"


def language(pdf):
    size = pdfium.FPDFCatalog_GetLanguage(pdf.raw, None, 0)
    buffer = ctypes.create_string_buffer(size)
    pdfium.FPDFCatalog_GetLanguage(pdf.raw, ctypes.cast(buffer, ctypes.POINTER(pdfium.FPDF_WCHAR)), size)
    return buffer.raw.decode("utf-16-le").rstrip("\0")


def test_each_link_in_the_pdf_leads_to_a_page_of_it_or_to_a_web_site(paper):
    within, without = 0, 0
    for index in range(len(paper.pdf)):
        for target in paper.links(index):
            if isinstance(target, str):
                assert target.startswith("https://"), f"page {index + 1} leads to {target}"
                without += 1
            else:
                assert target is not None and target >= 0, f"a link on page {index + 1} leads nowhere"
                within += 1
    assert within > 10 * len(PAGES) and without > len(PAGES)


def test_a_link_in_the_pdf_leads_to_the_page_that_it_names(paper):
    assert list(paper.links(0)) == [paper.place(name) for name, _ in PAGES]


def test_no_text_in_the_pdf_is_cut_off_and_pages_have_numbers(paper):
    for index, rows in enumerate(paper.rows):
        out = [row for row in rows if row[0] < LEFT or row[2] > RIGHT]
        assert not out, f"page {index + 1}: {out}"
    assert paper.numbers == ["", *(str(index + 1) for index in range(1, len(paper.rows)))]


def test_no_drawing_is_empty(paper, epub):
    whole = "".join(paper.texts)
    assert len(epub.drawings) > len(SLUGS) * 2
    for name, drawing in epub.drawings.items():
        shapes = [element for element in drawing.iter() if element.tag in {SVG + "rect", SVG + "path", SVG + "circle", SVG + "text"}]
        assert len(shapes) > 3 and float(drawing.get("width")) > 100, name
        assert b"var(" not in epub.files[name], name
        words = [squeezed("".join(text.itertext())) for text in drawing.iter(SVG + "text")]
        # A label with a ground of its own is printed twice, and read letter by letter.
        missing = [text for text in words if text not in whole]
        assert len(missing) < len(words) / 2, f"{name}: {missing} are not in the PDF"


@pytest.mark.parametrize("slug", SLUGS)
def test_outputs_and_answers_stand_in_both(paper, epub, slug):
    begin = paper.place(slug)
    end = min(index for name, _ in PAGES if (index := paper.place(name)) > begin)
    printed, chapter = "".join(paper.texts[begin:end]), epub.texts[epub.of(slug)]
    for text in (printed, chapter):
        found = [line for line in golden(slug) if squeezed(line) in text]
        assert len(found) > len(golden(slug)) / 2
        missing = [reason for reason in reasons(slug) if squeezed(reason) not in text]
        assert reasons(slug) and not missing
        assert "Right:" in text and "Wrong:" in text


def test_nothing_in_either_is_to_be_pressed_or_was_not_made(paper, epub):
    for name, page in epub.pages.items():
        tags = collections.Counter(element.tag for element in page.iter())
        for tag in ("script", "button", "input", "textarea", "details", "nav", "svg"):
            assert tags[XHTML + tag] == 0 or name == "nav.xhtml", f"{name} has a {tag}"
        assert "{{#" not in epub.texts[name] and "cmdrun" not in epub.texts[name].replace("mdbook-cmdrun", ""), name
    assert "{{#include" not in "".join(paper.texts)


def test_neither_says_what_is_known_where_it_was_made(paper, epub):
    for text in ("".join(paper.texts[:6]), epub.texts[epub.of("crossings")]):
        assert squeezed("50 min to read") in text and squeezed("The times are for reading") in text
        assert "✓" not in text and "Atickmeans" not in text and squeezed("checked here") not in text


def test_the_epub_is_packed_as_readers_want_it(epub):
    assert epub.first.filename == "mimetype" and epub.first.compress_type == zipfile.ZIP_STORED
    assert epub.files["mimetype"] == b"application/epub+zip"
    assert b'full-path="OEBPS/content.opf"' in epub.files["META-INF/container.xml"]
    listed = {f"OEBPS/{item.get('href')}" for item in epub.items.values()} | {"OEBPS/content.opf"}
    assert listed == {name for name in epub.files if name.startswith("OEBPS/")}
    assert epub.package.find(f".//{DC}title").text == "Crossings"
    assert epub.package.find(f".//{DC}language").text == "en"
    assert epub.spine == [epub.of(name) for name, _ in PAGES]


def test_all_pages_are_in_the_epubs_table_of_contents(epub):
    entries = [(link.get("href"), "".join(link.itertext())) for link in epub.pages["nav.xhtml"].find(f".//{XHTML}nav").iter(XHTML + "a")]
    for name, title in PAGES:
        own = {text for target, text in entries if target in (epub.of(name), f"{epub.of(name)}#{name}")}
        assert any(re.fullmatch(r"([\d.]+ )?" + re.escape(title), text) for text in own), f"{name}: {own}"
    assert set(PARTS) <= {text for _, text in entries}


def test_each_link_and_picture_in_the_epub_is_there(epub):
    ids = {name: {element.get("id") for element in page.iter()} for name, page in epub.pages.items()}
    within = 0
    for name, page in epub.pages.items():
        for element in page.iter():
            target = element.get("href") or element.get("src")
            if target is None or re.match("https?:", target):
                continue
            file, _, place = urllib.parse.unquote(target).partition("#")
            assert f"OEBPS/{file or name}" in epub.files, f"{name}: {target}"
            assert not place or place in ids[file or name], f"{name}: {target}"
            assert element.tag != XHTML + "img" or element.get("alt"), f"{name}: {target}"
            within += 1
    assert within > 10 * len(PAGES)


def said(name):
    """What the head of a page says: its title, and its tags."""
    page = (SITE / f"{name}.html").read_text()
    tags = re.findall(r'<meta (?:name|property)="([^"]*)" content="([^"]*)"', page)
    return re.search(r"<title>(.*)</title>", page)[1], dict(tags)


@pytest.mark.parametrize("name", ["index", *(name for name, _ in PAGES)])
def test_a_page_names_its_picture_which_is_there(name):
    title, tags = said(name)
    own = "crossings" if name == "index" else name
    assert tags["og:image"] == f"{ADDRESS}previews/{own}.png" and tags["twitter:card"] == "summary_large_image"
    assert tags["og:title"] == title and 20 < len(tags["description"]) <= 200
    assert tags["og:description"] == tags["description"]
    picture = (SITE / f"previews/{own}.png").read_bytes()
    assert picture[:8] == b"\x89PNG\r\n\x1a\n" and struct.unpack(">II", picture[16:24]) == (1200, 630)


def test_no_two_pages_say_the_same_of_themselves():
    heads = [said(name) for name, _ in PAGES]
    for values in ([title for title, _ in heads], [tags["description"] for _, tags in heads]):
        assert [value for value, count in collections.Counter(values).items() if count > 1] == []
    pictures = [pathlib.Path(SITE / f"previews/{name}.png").read_bytes() for name, _ in PAGES]
    assert len(set(pictures)) == len(pictures)


@pytest.mark.parametrize("kind", ["PDF", "EPUB"])
def test_the_first_page_leads_to_both(reader, kind):
    site = Hosted()
    try:
        page = reader.new_page()
        page.goto(site.address("index.html"))
        link = page.get_by_role("link", name=kind, exact=True)
        with reader.expect_event("response", lambda response: response.url.endswith(f"crossings.{kind.lower()}")) as answer:
            link.click()
        assert answer.value.status == 200
    finally:
        site.stop()
