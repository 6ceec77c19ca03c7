"""How every page of the book looks."""

import collections

import pytest
from conftest import BOOK, LOOK, PAGES, THEMES, name

ASKED = ["sticks out", "smaller than 11 px", "broken code in a table", "an id twice", "crowded"]


@pytest.mark.parametrize("question", ASKED + THEMES)
def test_all_pages(answers, question):
    faults = [f"{page}: {fault}" for page, answer in answers.items() for fault in answer[question]]
    assert not faults, "\n".join([f"{len(faults)} faults:", *faults])


def test_titles(answers):
    titles = collections.Counter(answer["title"] for page, answer in answers.items() if page != "index.html")
    assert titles.most_common(1)[0][1] == 1 and all(title.strip() for title in titles), titles


@pytest.fixture
def printed(browser):
    """A page as a printer gets it whose reader sees it dark."""
    page = browser.new_context(color_scheme="dark").new_page()
    page.add_init_script("localStorage.setItem('mdbook-theme', 'ayu'); window.print = () => {}")
    yield page
    page.context.close()


def test_paper(printed):
    faults = []
    for path in PAGES:
        printed.goto(path.as_uri())
        printed.emulate_media(media="print")
        printed.evaluate(LOOK)
        faults += [f"{name(path)}: {fault}" for fault in printed.evaluate("look.unprintable().concat(look.faint(document.querySelector('main')))")]
        printed.emulate_media(media="screen")
    assert not faults, "\n".join(faults)


def test_the_page_for_print(printed):
    """All of the book on one page. What its parts look like, they look like alone; but ids may meet there."""
    printed.goto((BOOK / "print.html").as_uri())
    printed.evaluate(LOOK)
    assert printed.evaluate("look.twice()") == []


@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_without_scripts(browser, scheme):
    page = browser.new_context(color_scheme=scheme, java_script_enabled=False).new_page()
    faults = []
    for path in PAGES[:: max(1, len(PAGES) // 12)]:
        page.goto(path.as_uri())
        page.evaluate(LOOK)
        faults += [f"{name(path)}: {fault}" for fault in page.evaluate("look.faint()")]
    ground = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    page.context.close()
    assert not faults, "\n".join(faults)
    assert ground == {"dark": "rgb(20, 24, 31)", "light": "rgb(255, 255, 255)"}[scheme]
