"""Nothing serious is found by axe-core: on each kind of page, and with everything open that a page can open."""

import pytest
from accessible import faults
from playwright.sync_api import expect
from test_exercises import FILE, RECORD, opened_desk
from test_runs import DIFFERENCE, LOGGED, PRINTED, Lab, asked, button, ended, panel

PAGES = ["index.html", "ioctl.html", "lesson.html", "notebooks/ioctl.html", "sources/ioctl.html"]
SCHEMES = ["light", "navy", "coal"]


@pytest.fixture(params=SCHEMES)
def themed(request, reader):
    # A page that is opened empty, before it goes anywhere, has no store.
    reader.add_init_script(f"location.protocol === 'http:' && localStorage.setItem('mdbook-theme', '{request.param}')")
    return reader


@pytest.mark.parametrize("name", PAGES)
def test_a_page(themed, book, name):
    page = themed.new_page()
    # With the side bar.
    page.set_viewport_size({"width": 1300, "height": 900})
    page.goto(book.address(name))
    expect(page.locator("#sidebar")).to_be_visible()
    assert faults(page) == []


def test_a_run(themed, running):
    page = themed.new_page()
    lab = Lab(page)
    page.goto(running.address("lesson.html"))
    running.tell({"kind": "state", "version": 1, "left": 3, "scenes": {"lesson": {"6.12": {"state": "failed", "why": "- 3\n+ 4"}}},
                  "exercises": {"ioctl": {"passed": 1, "of": 3}}})
    button(page).click()
    asked(page, lab)
    lab.say(PRINTED, LOGGED, ended("differs", why="x " * 200, place="lesson.c:57", difference=DIFFERENCE))
    expect(panel(page).locator("pre.differs")).to_be_visible()
    assert faults(page) == []


def test_a_shell(themed, running):
    page = themed.new_page()
    lab = Lab(page, "shell")
    page.goto(running.address("lesson.html"))
    page.get_by_role("button", name="Shell").click()
    asked(page, lab)
    lab.sockets[-1].send(b"lab:/root# ls\r\nlesson\r\n")
    expect(page.locator(".guest-shell .xterm-rows")).to_contain_text("lesson")
    assert faults(page) == []


@pytest.mark.parametrize("width", [1000, 390])
def test_an_exercise(themed, running, width):
    page = themed.new_page()
    page.set_viewport_size({"width": width, "height": 844})
    desk, lab = opened_desk(page, running)
    lab.say({**RECORD, "hints": ["<p>Look at <code>total</code>.</p>"]})
    desk.get_by_role("button", name="Check").click()
    asked(page, lab, 2)
    mark = {"line": 1, "column": 4, "severity": "error", "message": "mismatched types"}
    lab.say({"kind": "ended", "how": "failed", "why": "error: mismatched types", "marks": [mark],
             "warnings": "exercise.rs:1: warning", "printed": "here\n", "done": "<p>All of <em>it</em>.</p>"})
    expect(desk.locator(".places button")).to_be_visible()
    assert faults(page) == []
    # And with a choice between two texts.
    desk.get_by_role("textbox").press("End")
    page.keyboard.type("x")
    lab.say({**FILE, "text": "another\n", "hash": "2"})
    asked(page, lab, 3)
    lab.say({"kind": "conflict", "text": "another\n", "hash": "2", "difference": DIFFERENCE})
    expect(desk.get_by_role("alert")).to_contain_text("Whichever you keep")
    assert faults(page) == []
    # And with the solution asked for.
    page.get_by_role("button", name="Show the solution: A sum").click()
    page.get_by_role("button", name="Show it").click()
    expect(page.get_by_text("They are added.")).to_be_visible()
    assert faults(page) == []
