"""The built book in a browser: `cargo lab dev lint` builds it. Each page is opened once, as a phone shows it, and asked
everything there; the tests read the answers."""

import gzip
import pathlib
import shutil
import urllib.parse

import pytest
from playwright.sync_api import sync_playwright

BOOK = pathlib.Path("target/book").resolve()
THEMES = ["light", "rust", "coal", "navy", "ayu"]
LOOK = (pathlib.Path(__file__).parent / "look.js").read_text()
PHONE = {"width": 390, "height": 844}

# The page for print is all the others once more; the contents are a part of every page.
PAGES = sorted(page for page in BOOK.rglob("*.html") if page.name not in ("print.html", "toc.html"))

ASK = """themes => {
    const answers = {
        "sticks out": look.wide(), "smaller than 11 px": look.small(11), "broken code in a table": look.broken(),
        "an id twice": look.twice(), "crowded": look.crowded(10), title: document.title,
    };
    for (const theme of themes) {
        document.documentElement.classList.remove(...themes);
        document.documentElement.classList.add(theme);
        answers[theme] = look.faint();
    }
    return answers;
}"""


def weight(addresses):
    """How much goes over the wire for files of the book, in kB, as servers compress them."""
    files = [pathlib.Path(urllib.parse.unquote(urllib.parse.urlsplit(address).path)) for address in addresses]
    return sum(min(len(data), len(gzip.compress(data))) for data in (file.read_bytes() for file in files if file.is_file())) / 1000


def name(page):
    return str(page.relative_to(BOOK))


@pytest.fixture(scope="session")
def browser():
    assert PAGES, f"{BOOK} holds no page"
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def answers(browser):
    """What was asked of each page, by the page's name."""
    page = browser.new_context(viewport=PHONE).new_page()
    answers, loaded = {}, set()
    page.on("requestfinished", lambda request: loaded.add(request.url))
    for path in PAGES:
        loaded.clear()
        page.goto(path.as_uri())
        page.evaluate(LOOK)
        page.evaluate("document.fonts.ready")
        # A colour that is on its way to another is neither.
        page.add_style_tag(content="* { transition: none !important }")
        answer = page.evaluate(ASK, THEMES)
        # The last of the themes is a dark one.
        page.emulate_media(media="print")
        answer["paper"] = page.evaluate("look.unprintable().concat(look.faint(document.querySelector('main')))")
        page.emulate_media(media="screen")
        answer["loaded"] = set(loaded)
        answers[name(path)] = answer
    page.context.close()
    return answers
