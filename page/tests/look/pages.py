"""How every page of the book looks."""

import collections

import pytest
from conftest import BOOK, LOOK, PAGES, THEMES, name, weight

ASKED = ["sticks out", "smaller than 11 px", "broken code in a table", "an id twice", "crowded", "paper"]
MOST = 300  # kB


@pytest.mark.parametrize("question", ASKED + THEMES)
def test_all_pages(answers, question):
    faults = [f"{page}: {fault}" for page, answer in answers.items() for fault in answer[question]]
    assert not faults, "\n".join([f"{len(faults)} faults:", *faults])


def test_titles(answers):
    titles = collections.Counter(answer["title"] for page, answer in answers.items() if page != "index.html")
    assert titles.most_common(1)[0][1] == 1 and all(title.strip() for title in titles), titles


def test_the_page_for_print(browser):
    """All of the book on one page. What its parts look like, they look like alone; but ids may meet there."""
    page = browser.new_context(java_script_enabled=False).new_page()
    page.goto((BOOK / "print.html").as_uri())
    page.evaluate(LOOK)
    assert page.evaluate("look.twice()") == []
    page.context.close()


def test_weight(answers):
    """With everything that a page loads before anyone searches."""
    heavy = {page: round(weight(answer["loaded"])) for page, answer in answers.items()}
    assert max(heavy.values()) <= MOST, heavy


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


@pytest.mark.parametrize("theme", THEMES)
def test_around_a_page(browser, theme):
    """What a narrow page hides: the side bar, the themes to choose from, what a search has found."""
    page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
    page.add_init_script(f"localStorage.setItem('mdbook-theme', '{theme}')")
    page.goto((BOOK / "ioctl.html").as_uri())
    page.locator("#search-toggle").click()
    page.locator("#searchbar").fill("ioctl")
    page.locator("#searchbar").press("End")
    page.locator("#searchresults a").first.wait_for(timeout=60_000)
    page.locator("#theme-toggle").click()
    page.add_style_tag(content="* { transition: none !important }")
    page.evaluate(LOOK)
    faults = page.evaluate("look.faint()")
    page.context.close()
    assert not faults, "\n".join(faults)
