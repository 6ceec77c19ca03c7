"""What a page shows of a run. The server's part is played here; test_lab.py has the real one."""

import json
import pathlib

import pytest
from playwright.sync_api import expect

LOOK = (pathlib.Path(__file__).parent / "look/look.js").read_text()
THEMES = ["light", "rust", "coal", "navy", "ayu"]
PRINTED = {"kind": "output", "text": "third: ENOTTY turtles\n"}
LOGGED = {"kind": "log", "text": "BUG: kernel NULL pointer dereference\nOops: 0000\n"}
DIFFERENCE = [
    {"sign": "@", "text": "@@ -1 +1 @@"},
    {"sign": "-", "text": "third: ENOTTY"},
    {"sign": "+", "text": "third: EINVAL <b>"},
    {"sign": " ", "text": "the same"},
]


def ended(how, **more):
    return {"kind": "ended", "how": how, "why": None, "place": None, "difference": [], **more}


class Lab:
    """Answers the page's WebSocket as a test says."""

    def __init__(self, page, path="run"):
        self.asked, self.sockets, self.path = [], [], path
        page.route_web_socket(f"**/lab/{path}", self.taken)

    def taken(self, socket):
        self.sockets.append(socket)
        socket.on_message(lambda text: self.asked.append(json.loads(text)))

    def say(self, *news):
        for one in news:
            self.sockets[-1].send(json.dumps({"version": 1, **one}))
            # A run has its socket for itself; an exercise goes on.
            if one["kind"] == "ended" and self.path == "run":
                self.sockets[-1].close()


@pytest.fixture
def opened(reader, running):
    page = reader.new_page()
    lab = Lab(page)
    page.goto(running.address("lesson.html"))
    return page, lab


def button(page, part="three", word="Run"):
    return page.get_by_role("button", name=f"{word}: {part}")


def panel(page, part="three"):
    return page.locator(f"figure[data-part={part}] .run")


def asked(page, lab, count=1):
    while len(lab.asked) < count:
        page.wait_for_timeout(20)
    return lab.asked


def test_a_run_is_shown_as_it_comes(opened):
    page, lab = opened
    state = panel(page).get_by_role("status")
    button(page).click()
    assert asked(page, lab) == [{"version": 1, "kind": "run", "scene": "lesson", "part": "three", "kernel": "6.12"}]
    lab.say({"kind": "queued", "place": 2})
    expect(state).to_have_text("Number 2 in the queue.")
    lab.say({"kind": "queued", "place": 1})
    expect(state).to_have_text("Next in the queue.")
    lab.say({"kind": "step", "text": "it runs"})
    expect(state).to_have_text("On Linux 6.12: it runs.")
    # Nobody has seen the answer yet; what is printed opens it.
    answer = page.locator("figure[data-part=three] > pre")
    expect(answer).to_be_hidden()
    lab.say(PRINTED)
    expect(answer).to_be_visible()
    expect(panel(page).locator("pre.printed")).to_have_text("third: ENOTTY turtles\n")
    lab.say(LOGGED, LOGGED)
    expect(panel(page).locator("pre.logged")).to_have_text(LOGGED["text"] * 2)
    lab.say(ended("same"))
    expect(state).to_have_text("It printed what the page shows.")
    expect(button(page)).to_have_text("Run")
    expect(panel(page).get_by_role("log")).to_have_attribute("aria-live", "polite")


def test_a_difference_is_marked_by_more_than_colour(opened):
    page, lab = opened
    button(page).click()
    asked(page, lab)
    lab.say(PRINTED, ended("differs", difference=DIFFERENCE))
    shown = panel(page).locator("pre.differs")
    expect(shown.locator("del")).to_have_text("−expected:  third: ENOTTY\n")
    expect(shown.locator("ins")).to_have_text("+printed:  third: EINVAL <b>\n")
    expect(panel(page).get_by_role("status")).to_have_text("It printed something else than the page shows:")


def test_a_fault_says_why_and_where(opened):
    page, lab = opened
    button(page).click()
    asked(page, lab)
    lab.say(LOGGED, ended("failed", why="the kernel reported trouble", place="lesson.c:57, in read:\n  *nothing = 0;"))
    expect(panel(page).locator("pre.why").first).to_have_text("the kernel reported trouble")
    expect(panel(page).locator("pre.why").last).to_contain_text("lesson.c:57")


def test_stop_is_the_same_button(opened):
    page, lab = opened
    button(page).focus()
    page.keyboard.press("Enter")
    asked(page, lab)
    expect(button(page, word="Stop")).to_be_focused()
    page.keyboard.press("Enter")
    assert asked(page, lab, 2)[1] == {"version": 1, "kind": "stop"}
    lab.say(ended("stopped"))
    expect(panel(page).get_by_role("status")).to_have_text("Stopped.")
    expect(button(page)).to_be_focused()
    assert button(page).evaluate("button => getComputedStyle(button).outlineStyle") == "solid"


def test_a_chosen_kernel_is_remembered(opened, reader, running):
    page, lab = opened
    chooser = page.get_by_label("Run on")
    expect(chooser).to_have_value("6.12")
    other = reader.new_page()
    other.goto(running.address("lesson.html"))
    chooser.focus()
    page.keyboard.press("ArrowDown")
    expect(chooser).to_have_value("6.1")
    expect(page).to_have_url(running.address("lesson.html"))
    expect(other.get_by_label("Run on")).to_have_value("6.1")
    page.reload()
    expect(chooser).to_have_value("6.1")
    button(page).click()
    assert asked(page, lab)[0]["kernel"] == "6.1"


def test_a_server_that_goes_or_speaks_otherwise_ends_the_run(opened):
    page, lab = opened
    state = panel(page).get_by_role("status")
    button(page).click()
    asked(page, lab)
    lab.sockets[-1].close()
    expect(state).to_have_text("The lab could not run it.")
    expect(panel(page).locator("pre.why")).to_have_text("The server has gone.")
    button(page).click()
    asked(page, lab, 2)
    lab.sockets[-1].send(json.dumps({**ended("same"), "version": 2}))
    expect(state).to_have_text("It was not run.")
    expect(panel(page).locator("pre.why")).to_contain_text("another version")


def test_a_changed_page_waits_for_the_run_and_keeps_what_it_said(opened, running):
    page, lab = opened
    button(page).click()
    asked(page, lab)
    lab.say(PRINTED)
    page.evaluate("window.isTheSame = true")
    running.tell({"kind": "pages", "version": 1, "changed": ["lesson.html"]})
    page.wait_for_timeout(300)
    assert page.evaluate("window.isTheSame")
    lab.say(ended("differs", difference=DIFFERENCE))
    page.wait_for_function("() => !window.isTheSame && document.readyState === 'complete'")
    expect(panel(page).locator("pre.printed")).to_have_text(PRINTED["text"])
    expect(panel(page).locator("pre.differs del")).to_have_count(1)


@pytest.mark.parametrize("width", [1000, 390])
def test_it_can_be_read_in_every_theme(opened, width):
    page, lab = opened
    page.set_viewport_size({"width": width, "height": 844})
    button(page).click()
    asked(page, lab)
    lab.say(PRINTED, LOGGED, ended("failed", why="x " * 200, place="lesson.c:57", difference=DIFFERENCE))
    expect(panel(page).locator("pre.differs")).to_be_visible()
    page.evaluate(LOOK)
    page.add_style_tag(content="* { transition: none !important }")
    ask = """themes => themes.flatMap(theme => {
        document.documentElement.classList.remove(...themes);
        document.documentElement.classList.add(theme);
        return [...document.querySelectorAll("main .facts, figure[data-part=three]")].flatMap(part => look.faint(part));
    })"""
    assert page.evaluate(ask, THEMES) == []
    if width < 400:
        assert page.evaluate("look.wide().concat(look.small(11))") == []


@pytest.mark.parametrize("width", [1000, 390])
def test_a_shell_can_be_read_in_every_theme(opened, running, width):
    page, lab = opened
    page.route_web_socket("**/lab/shell", lab.taken)
    page.set_viewport_size({"width": width, "height": 844})
    page.get_by_role("button", name="Shell").click()
    request = asked(page, lab)[0]
    assert request == {"version": 1, "kind": "open", "slug": "lesson", "kernel": "6.12", "rows": request["rows"], "columns": request["columns"]}
    assert request["rows"] > 5 and request["columns"] > 30
    lab.sockets[-1].send(b"lab:/root# ")
    section = page.get_by_role("region", name="Shell 1, Linux 6.12")
    expect(section.locator(".xterm-rows")).to_contain_text("lab:/root#")
    lab.sockets[-1].send(json.dumps({"version": 1, "kind": "ended", "why": "exit status 0"}))
    expect(section.get_by_role("status")).to_have_text("ended: exit status 0")
    page.evaluate(LOOK)
    page.add_style_tag(content="* { transition: none !important }")
    ask = """themes => themes.flatMap(theme => {
        document.documentElement.classList.remove(...themes);
        document.documentElement.classList.add(theme);
        return [...document.querySelectorAll(".guest-shell p")].flatMap(part => look.faint(part));
    })"""
    assert page.evaluate(ask, THEMES) == []
    # A page that was built anew waits until it is closed.
    page.evaluate("window.isTheSame = true")
    running.tell({"kind": "pages", "version": 1, "changed": ["lesson.html"]})
    page.wait_for_timeout(300)
    assert page.evaluate("window.isTheSame")
    section.get_by_role("button", name="Close").click()
    page.wait_for_function("() => !window.isTheSame && document.readyState === 'complete'")


def test_who_may_not_is_told_how(reader, served):
    page = reader.new_page()
    page.goto(served.address("lesson.html"))
    expect(page.get_by_text("To run what this page shows, open the address")).to_be_visible()
    expect(page.get_by_role("button", name="Run:")).to_have_count(0)
    expect(page.get_by_label("Run on")).to_have_count(0)
    expect(page.get_by_role("button", name="Shell")).to_have_count(0)


def test_what_nothing_serves_has_no_buttons(reader, book):
    page = reader.new_page()
    page.goto(book.address("lesson.html"))
    expect(page.get_by_role("button", name="Show the answer").first).to_be_visible()
    expect(page.locator(".run, .kernel")).to_have_count(0)
    expect(page.get_by_text("To run what this page shows")).to_have_count(0)
