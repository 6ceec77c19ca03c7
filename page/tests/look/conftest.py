"""The built book in a browser: `cargo lab dev lint` builds it. Each page is opened once, as a phone shows it, and asked
everything there; the tests read the answers."""

import pathlib
import shutil

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
    # A colour that is on its way to another is neither.
    page.add_init_script(f"window.addEventListener('DOMContentLoaded', () => {{ document.head.insertAdjacentHTML('beforeend', '<style>* {{ transition: none !important }}</style>'); {LOOK} }})")
    answers = {}
    for path in PAGES:
        page.goto(path.as_uri())
        page.evaluate("document.fonts.ready")
        answers[name(path)] = page.evaluate(ASK, THEMES)
    page.context.close()
    return answers
