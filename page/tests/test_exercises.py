"""What a page shows of an exercise. The server's part is played here; test_practice.py has the real one."""

import pytest
from playwright.sync_api import expect
from test_runs import DIFFERENCE, LOOK, THEMES, Lab, asked

TEXT = "fn sum() -> u8 {\n    0\n}\n"
FILE = {"kind": "file", "path": "learn/lesson/sum/exercise.rs", "text": TEXT, "hash": "1"}
RECORD = {"kind": "record", "passed": False, "hints": [], "of": 2, "outdated": None}
PASSED = {"kind": "ended", "how": "same", "why": None, "marks": [], "warnings": "", "printed": "", "done": None}


def opened_desk(page, site):
    """The first exercise of the planted page, open, and the server that it asks."""
    lab = Lab(page, "exercise")
    page.goto(site.address("exercises.html"))
    page.get_by_role("button", name="Do it here: A sum").click()
    assert asked(page, lab) == [{"version": 1, "kind": "open", "slug": "lesson", "name": "sum"}]
    lab.say(RECORD, FILE)
    desk = page.get_by_role("region", name="Your copy: A sum")
    expect(desk.get_by_role("textbox")).to_be_focused()
    return desk, lab


@pytest.fixture
def opened(reader, running):
    page = reader.new_page()
    return page, *opened_desk(page, running)


def last(page, lab, count):
    return asked(page, lab, count)[count - 1]


def types(page, desk, text):
    desk.get_by_role("textbox").press("Control+End")
    page.keyboard.type(text)


def test_what_is_typed_goes_into_the_file(opened):
    page, desk, lab = opened
    expect(page.get_by_text("Add them.")).to_be_visible()
    expect(desk.locator(".where")).to_have_text("Your copy: learn/lesson/sum/exercise.rs (saved)")
    types(page, desk, "// a")
    expect(desk.locator(".saved")).to_have_text("(not saved yet)")
    assert last(page, lab, 2) == {"version": 1, "kind": "save", "text": TEXT + "// a", "seen": "1"}
    lab.say({"kind": "saved", "hash": "2"})
    expect(desk.locator(".saved")).to_have_text("(saved)")
    # An editor elsewhere: the page shows what the file says, and says so.
    lab.say({**FILE, "text": "// theirs\n", "hash": "3"})
    expect(desk.get_by_role("textbox")).to_contain_text("// theirs")
    expect(desk.get_by_role("status")).to_have_text("The file has changed on disk, and this is what it says now.")
    assert len(lab.asked) == 2


def test_a_check_is_shown_with_its_places(opened):
    page, desk, lab = opened
    state = desk.get_by_role("status")
    desk.get_by_role("textbox").press("Control+Enter")
    assert last(page, lab, 2) == {"version": 1, "kind": "check", "kernel": "6.12"}
    lab.say({"kind": "queued", "place": 1})
    expect(state).to_have_text("Next in the queue.")
    lab.say({"kind": "step", "text": "it is checked"})
    expect(state).to_have_text("On Linux 6.12: it is checked.")
    expect(desk.get_by_role("button", name="Stop: A sum")).to_be_visible()
    mark = {"line": 2, "column": 5, "severity": "error", "message": "mismatched types"}
    lab.say({**PASSED, "how": "failed", "why": "error: mismatched types", "marks": [mark]})
    expect(state).to_have_text("Not yet.")
    expect(desk.locator("pre.why")).to_have_text("error: mismatched types\n")
    expect(desk.locator(".cm-lint-marker-error")).to_have_count(1)
    desk.get_by_role("button", name="Line 2: mismatched types").click()
    expect(desk.get_by_role("textbox")).to_be_focused()
    page.keyboard.type("1")
    assert last(page, lab, 3)["text"] == TEXT.replace("    0", "    10")
    lab.say({"kind": "saved", "hash": "2"})
    # On the kernel that was chosen; and stopped.
    page.get_by_label("Run on").select_option("6.1")
    desk.get_by_role("button", name="Check: A sum").click()
    assert last(page, lab, 4) == {"version": 1, "kind": "check", "kernel": "6.1"}
    desk.get_by_role("button", name="Stop: A sum").click()
    assert last(page, lab, 5) == {"version": 1, "kind": "stop"}
    lab.say({**PASSED, "how": "stopped"})
    expect(state).to_have_text("Stopped.")
    expect(desk.get_by_role("button", name="Check: A sum")).to_be_focused()


def test_one_that_passes_shows_the_solution(opened):
    page, desk, lab = opened
    expect(page.get_by_text("They are added.")).to_be_hidden()
    desk.get_by_role("button", name="Check: A sum").click()
    asked(page, lab, 2)
    lab.say({**RECORD, "passed": True}, {**PASSED, "warnings": "w", "printed": "p", "done": "<p>All of <em>it</em>.</p>"})
    expect(desk.get_by_role("status")).to_have_text("Passed.")
    expect(page.get_by_text("They are added.")).to_be_visible()
    expect(desk.locator("pre")).to_have_text(["w\n", "p\n"])
    expect(desk.get_by_text("All of it.")).to_be_visible()
    expect(page.get_by_role("button", name="Show the solution: A sum")).to_have_count(0)
    expect(page.get_by_role("button", name="Show the solution: A device")).to_have_count(1)


def test_hints_come_one_at_a_time_and_the_solution_asks_back(opened):
    page, desk, lab = opened
    hint = desk.get_by_role("button", name="Hint")
    expect(hint).to_have_text("Hint 1 of 2")
    hint.focus()
    page.keyboard.press("Enter")
    assert last(page, lab, 2) == {"version": 1, "kind": "hint"}
    lab.say({**RECORD, "hints": ["<p>Look at <code>a</code>.</p>"]})
    expect(desk.locator(".hint")).to_have_text(["Hint 1 of 2Look at a."])
    page.keyboard.press("Enter")
    asked(page, lab, 3)
    lab.say({**RECORD, "hints": ["<p>Look at <code>a</code>.</p>", "<p>And b.</p>"]})
    expect(desk.locator(".hint")).to_have_count(2)
    expect(hint).to_be_focused()
    page.keyboard.press("Enter")
    expect(desk.get_by_role("status")).to_have_text("That was the last hint.")
    assert len(lab.asked) == 3
    page.get_by_role("button", name="Show the solution: A sum").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Not yet")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Show the solution: A sum")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_text("They are added.")).to_be_visible()


@pytest.mark.parametrize("keep", ["page", "file"])
def test_two_texts_are_both_kept(opened, keep):
    page, desk, lab = opened
    types(page, desk, "// mine")
    lab.say({**FILE, "text": "// theirs\n", "hash": "2"})
    assert last(page, lab, 2)["seen"] == "1"
    lab.say({"kind": "conflict", "text": "// theirs\n", "hash": "2", "difference": DIFFERENCE})
    choice = desk.get_by_role("alert")
    expect(choice.locator("del")).to_have_text("−the file:  third: ENOTTY\n")
    expect(choice.locator("ins")).to_have_text("+this page:  third: EINVAL <b>\n")
    # Nothing is checked meanwhile: it would be another text than the one that is seen.
    desk.get_by_role("button", name="Check: A sum").click()
    expect(desk.get_by_role("status")).to_have_text("Choose first: the file and the page say different things.")
    words = {"page": "Keep what this page says", "file": "Take what the file says"}[keep]
    choice.get_by_role("button", name=words).click()
    mine = TEXT + "// mine"
    assert last(page, lab, 3) == {"version": 1, "kind": "settle", "keep": keep, "text": mine, "seen": "2"}
    lab.say({"kind": "aside", "path": "learn/lesson/sum/exercise.rs.1"})
    lab.say({**FILE, "text": mine if keep == "page" else "// theirs\n", "hash": "3"})
    expect(choice).to_be_empty()
    expect(desk.get_by_role("status")).to_have_text("What you had is in learn/lesson/sum/exercise.rs.1.")
    expect(desk.get_by_role("textbox")).to_contain_text("// mine" if keep == "page" else "// theirs")


def test_reset_says_where_the_other_text_is(opened):
    page, desk, lab = opened
    types(page, desk, "// mine")
    desk.get_by_role("button", name="Reset: A sum").click()
    # It may have been saved before the button was pressed: leaving the editor saves.
    assert last(page, lab, 2)["kind"] == "save"
    assert last(page, lab, 3) == {"version": 1, "kind": "reset", "text": TEXT + "// mine"}
    lab.say({"kind": "aside", "path": "learn/lesson/sum/exercise.rs.1"}, FILE)
    expect(desk.get_by_role("status")).to_have_text("What you had is in learn/lesson/sum/exercise.rs.1.")
    expect(desk.get_by_role("textbox")).not_to_contain_text("// mine")


def test_a_server_that_goes_loses_nothing(opened):
    page, desk, lab = opened
    lab.sockets[-1].close()
    expect(desk.get_by_role("status")).to_have_text("The server has gone. What you write is kept here until it is back.")
    types(page, desk, "// mine")
    # It is asked again until it is there, and gets what was written meanwhile.
    assert last(page, lab, 2)["kind"] == "open"
    lab.say(RECORD, FILE)
    assert last(page, lab, 3) == {"version": 1, "kind": "save", "text": TEXT + "// mine", "seen": "1"}


def test_what_was_not_saved_is_there_after_a_reload(opened):
    page, desk, lab = opened
    lab.sockets[-1].close()
    types(page, desk, "// mine")
    page.reload()
    assert last(page, lab, 2)["kind"] == "open"
    lab.say(RECORD, FILE)
    expect(desk.get_by_role("textbox")).to_contain_text("// mine")
    assert last(page, lab, 3) == {"version": 1, "kind": "save", "text": TEXT + "// mine", "seen": "1"}
    lab.say({"kind": "saved", "hash": "2"})
    expect(desk.locator(".saved")).to_have_text("(saved)")
    page.get_by_role("button", name="Put it away: A sum").click()
    expect(desk).to_have_count(0)
    page.reload()
    expect(page.get_by_role("button", name="Do it here: A sum")).to_be_visible()
    expect(desk).to_have_count(0)


def test_a_changed_page_waits_for_the_check(opened, running):
    page, desk, lab = opened
    desk.get_by_role("button", name="Check: A sum").click()
    asked(page, lab, 2)
    page.evaluate("window.isTheSame = true")
    running.tell({"kind": "pages", "version": 1, "changed": ["exercises.html"]})
    page.wait_for_timeout(300)
    assert page.evaluate("window.isTheSame")
    lab.say(PASSED)
    page.wait_for_function("() => !window.isTheSame && document.readyState === 'complete'")


def test_progress_stands_beside_chapters(reader, running):
    state = {"kind": "state", "version": 1, "left": 0, "scenes": {}, "exercises": {"ioctl": {"passed": 1, "of": 3}}}
    page = reader.new_page()
    page.set_viewport_size({"width": 1300, "height": 900})
    page.goto(running.address("index.html"))
    running.tell(state)
    place = page.locator(".sidebar .chapter a[href$='ioctl.html'] .practised")
    expect(place).to_contain_text("1/3, 1 of 3 exercises passed")
    expect(page.locator("main .exercises[data-chapter=ioctl]")).to_contain_text(", 1 passed")
    expect(page.locator(".practised-all")).to_have_text("So far: 1 of 3 exercises passed.")
    running.tell({**state, "exercises": {"ioctl": {"passed": 3, "of": 3}}})
    expect(place).to_contain_text("3/3 ✓")
    expect(page.locator(".practised-all")).to_have_text("So far: 3 of 3 exercises passed.")


@pytest.mark.parametrize("width", [1000, 390])
def test_it_can_be_read_in_every_theme(opened, width):
    page, desk, lab = opened
    page.set_viewport_size({"width": width, "height": 844})
    lab.say({**RECORD, "hints": ["<p>Look at <code>a</code>.</p>"]})
    desk.get_by_role("button", name="Check: A sum").click()
    asked(page, lab, 2)
    mark = {"line": 2, "column": 5, "severity": "error", "message": "x " * 100}
    lab.say({**PASSED, "how": "failed", "why": "y " * 200, "marks": [mark], "warnings": "w", "printed": "p", "done": "<p>a</p>"})
    types(page, desk, "x")
    lab.say({**FILE, "text": "// theirs\n", "hash": "2"})
    asked(page, lab, 3)
    lab.say({"kind": "conflict", "text": "// theirs\n", "hash": "2", "difference": DIFFERENCE})
    expect(desk.get_by_role("alert").locator("ins")).to_be_visible()
    page.evaluate(LOOK)
    page.add_style_tag(content="* { transition: none !important }")
    ask = """themes => themes.flatMap(theme => {
        document.documentElement.classList.remove(...themes);
        document.documentElement.classList.add(theme);
        return [...document.querySelectorAll("main .exercise")].flatMap(part => look.faint(part));
    })"""
    assert page.evaluate(ask, THEMES) == []
    if width < 400:
        assert page.evaluate("look.wide().concat(look.small(11))") == []


@pytest.mark.parametrize("words", ["serve", None])
def test_who_may_not_reads_it_as_it_is(reader, served, book, words):
    page = reader.new_page()
    page.goto((served if words else book).address("exercises.html"))
    expect(page.get_by_text("The solution, and what is refused").first).to_be_visible()
    page.get_by_text("The solution, and what is refused").first.click()
    expect(page.get_by_text("They are added.")).to_be_visible()
    expect(page.locator(".desk, .solution-asked")).to_have_count(0)
    expect(page.get_by_role("button", name="Do it here")).to_have_count(0)
