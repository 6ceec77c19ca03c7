"""What memory the tab of a site takes while a lesson runs in it. That is no question of speed, so it has a limit."""

import pytest
from renderer import Renderers
from test_site import SLUG, runs, site  # noqa: F401

LIMIT = 256 << 20


@pytest.mark.parametrize("which", ["first", "next"])
def test_a_run_takes_no_more_memory_than_a_tab_should(browser, reader, site, which):
    page = reader.new_page()
    page.goto(site.address(f"{SLUG}.html"))
    if which == "next":
        runs(page)
    renderers = Renderers(browser)
    renderers.watch()
    runs(page)
    assert renderers.growth() < LIMIT
