"""The search box, on a book that is opened from its folder."""

import pytest
from conftest import BOOK, weight
from playwright.sync_api import expect

MOST = 300  # kB


@pytest.fixture(scope="module")
def reader(browser):
    page = browser.new_context().new_page()
    page.goto((BOOK / "crossings.html").as_uri())
    loaded = set()
    page.on("requestfinished", lambda request: loaded.add(request.url))
    page.locator("#search-toggle").click()
    expect(page.locator("#searchbar-outer:not(.searching)")).to_be_visible(timeout=60_000)
    page.loaded = loaded
    yield page
    page.context.close()


def test_weight(reader):
    """What the first search loads beyond the page."""
    assert 0 < weight(reader.loaded) <= MOST


@pytest.mark.parametrize(
    ("words", "chapters"),
    [
        ("ENOTTY", ["ioctl"]),
        ("copy_from_user", ["ioctl", "mmap"]),  # one says what it does, the other what it does not
        ("METER_GET_TOTAL", ["ioctl"]),
        ("a ring without locks", ["mmap"]),
        ("System V segments", ["shm"]),
        ("who opens what", ["fanotify"]),
    ],
)
def test_finds(reader, words, chapters):
    reader.locator("#searchbar").fill(words)
    reader.locator("#searchbar").press("End")
    first = reader.locator("#searchresults a").first
    expect(reader.locator("#searchresults-header")).to_contain_text(words)
    assert first.get_attribute("href").split(".html")[0] in chapters, reader.locator("#searchresults").inner_text()[:1000]
    expect(reader.locator("#searchresults .teaser em").first).to_be_visible()
