"""Edit, on a page, in the real lab."""

import json
import pathlib
import re

import pytest
from playwright.sync_api import expect
from test_lab import COPY, PATIENCE, lab, page  # noqa: F401, fixtures

LOOK = (pathlib.Path(__file__).parent / "look/look.js").read_text()
THEMES = ["light", "rust", "coal", "navy", "ayu"]
MODULE, LIBRARY = "kmods/ioctl/ioctl.c", "lessons/ioctl/src/lib.rs"
TOTAL = "u64 total = atomic64_read(&meter_total);"
HAS_EDITOR = "performance.getEntriesByType('resource').some(({ name }) => name.endsWith('/theme/editor.js'))"


class Edited:
    """A listing whose editor is open."""

    def __init__(self, page, file, where):  # noqa: F811
        self.page, self.file = page, file
        self.listing = page.locator(f'figure.listing[data-file="{file}"]:has(> pre:has-text("{where}"))').first
        self.button = self.listing.get_by_role("button", name=f"Edit: {file}")
        self.text = self.listing.get_by_role("textbox", name=f"{file}, the whole file")

    def open(self):
        self.button.click()
        expect(self.text).to_be_focused(timeout=30_000)
        return self

    def press(self, label):
        self.listing.get_by_role("button", name=f"{label}: {self.file}").click()

    def choose(self, label):
        self.listing.get_by_label("show:").select_option(label=label)

    def replace(self, old, new):
        """As a reader does it: search, and type over what was found."""
        self.text.focus()
        self.page.keyboard.press("Control+f")
        self.page.keyboard.type(old)
        self.page.keyboard.press("Enter")
        self.page.keyboard.press("Escape")
        self.page.keyboard.type(new)

    def status(self, text):
        expect(self.listing.locator(".run [role=status]")).to_have_text(text, timeout=PATIENCE)

    def printed(self):
        return self.listing.locator("pre.printed")


@pytest.fixture
def module(page):  # noqa: F811
    return Edited(page, MODULE, "meter_ioctl").open()


def test_a_changed_module_answers_otherwise(page):  # noqa: F811
    assert not page.evaluate(HAS_EDITOR)
    module = Edited(page, MODULE, "meter_ioctl").open()
    assert page.evaluate(HAS_EDITOR)
    expect(module.listing.locator("> pre")).to_be_hidden()
    # What the page shows is in view, and marked.
    first = module.listing.locator(".cm-marked").first
    expect(first).to_be_in_viewport()
    module.replace(TOTAL, TOTAL.replace(";", " + 1;"))
    module.choose("a total")
    module.text.focus()
    page.keyboard.press("Control+Enter")
    module.status("With your change it printed something else than the page shows:")
    expect(module.listing.locator(".whose")).to_have_text(f"With your {MODULE}.")
    expect(module.printed()).to_have_text("the meter took: 5\nthe total is: 6\nafter a reset it is: 1\n")
    expect(module.listing.locator("pre.differs ins").first).to_contain_text("the total is: 6")
    # The course's own is what it was, and so is what it prints.
    assert TOTAL in (COPY / MODULE).read_text()
    output = page.locator('figure[data-part="a total"]').first
    output.get_by_role("button", name="Run: a total").click()
    expect(output.get_by_role("status")).to_have_text("It printed what the page shows.", timeout=PATIENCE)


def test_a_changed_lesson_answers_otherwise(page):  # noqa: F811
    story = Edited(page, "lessons/ioctl/src/story/meters.rs", "the total is").open()
    story.replace("the total is:", "they say it is:")
    story.choose("a total")
    story.press("Run")
    story.status("With your change it printed something else than the page shows:")
    expect(story.printed()).to_contain_text("they say it is: 5")


def test_a_compilers_messages_stand_at_their_lines(page, module):  # noqa: F811
    module.replace(TOTAL, "u64 total = atomic64_reed(&meter_total);")
    module.press("Run")
    module.status("A compiler refuses your change:")
    message = module.listing.get_by_role("button", name=re.compile(r"^kmods.ioctl.ioctl\.c, line \d+, column \d+: error: .*atomic64_reed"))
    expect(module.listing.locator(".cm-lintRange-error")).to_have_text("atomic64_reed")
    expect(module.listing.locator(".cm-lint-marker-error")).to_have_count(1)
    message.first.click()
    expect(module.text).to_be_focused()
    assert page.evaluate("getSelection().anchorNode.parentElement.closest('.cm-line').textContent").strip().startswith("u64 total")
    # With the mistake go its marks.
    module.replace("atomic64_reed", "atomic64_read")
    module.press("Run")
    module.status("It printed what the page shows.")
    expect(module.listing.locator(".cm-lintRange-error, .cm-lint-marker")).to_have_count(0)
    # rustc's, in a file of the lesson's.
    library = Edited(page, LIBRARY, "METER_READING_CLEAR").open()
    library.replace("pub const METER_READING_CLEAR: u32 = 1;", 'pub const METER_READING_CLEAR: u32 = "one";')
    library.press("Run")
    library.status("A compiler refuses your change:")
    expect(library.listing.locator(".cm-lintRange-error").first).to_have_text('"one"')
    expect(library.listing.locator(".messages")).to_contain_text("error: mismatched types: expected `u32`, found `&str`")


def test_a_change_is_there_again_until_it_is_reset(page, module, reader):  # noqa: F811
    # Typed within the file, and taken back by the usual keys.
    page.keyboard.type("/* mine */ ")
    page.keyboard.press("Control+z")
    expect(module.text).not_to_contain_text("/* mine */")
    expect(module.button).not_to_contain_text("changed")
    page.keyboard.type("/* mine */ ")
    page.reload()
    expect(module.listing).to_contain_text("changed by you")
    module.open()
    expect(module.text).to_contain_text("/* mine */")
    # Elsewhere on the page it is the same file.
    other = Edited(page, MODULE, "struct meter_session {").open()
    expect(other.text).to_have_count(1)
    expect(module.text).to_have_count(0)
    # Another tab hears of it.
    tab = reader.new_page()
    tab.goto(page.url)
    there = Edited(tab, MODULE, "struct meter_session {").open()
    tab.keyboard.type("/* there */ ")
    expect(other.text).to_contain_text("/* there */")
    # Asked once: no leaves all as it is.
    page.once("dialog", lambda dialog: dialog.dismiss())
    other.press("Reset")
    expect(other.text).to_contain_text("/* there */")
    page.once("dialog", lambda dialog: dialog.accept())
    other.press("Reset")
    expect(other.text).not_to_contain_text("/* there */")
    expect(there.text).not_to_contain_text("/* there */")
    expect(page.get_by_text("changed by you")).to_have_count(0)


def test_a_change_of_an_older_file_is_told(page, module):  # noqa: F811
    page.keyboard.type("/* mine */ ")
    page.evaluate("""file => {
        const key = `crossings/edit/${file}`;
        localStorage.setItem(key, JSON.stringify({ ...JSON.parse(localStorage.getItem(key)), base: "older" }));
    }""", MODULE)
    page.reload()
    module.open()
    expect(module.listing.locator(".about")).to_contain_text("another version of it since you changed it")
    page.once("dialog", lambda dialog: dialog.accept())
    module.press("Reset")
    expect(module.listing.locator(".about")).not_to_contain_text("another version")


def test_a_change_is_downloaded(page, module):  # noqa: F811
    page.keyboard.type("/* mine */ ")
    with page.expect_download() as download:
        module.press("Download")
    assert download.value.suggested_filename == "ioctl.c"
    original, mine = (COPY / MODULE).read_text(), download.value.path().read_text()
    assert "/* mine */" in mine and mine.replace("/* mine */ ", "") == original
    expect(module.listing.locator(".about")).to_contain_text("cargo lab run ioctl --from FOLDER")


def test_the_keyboard_alone_does_it(page):  # noqa: F811
    module = Edited(page, MODULE, "meter_ioctl")
    module.button.focus()
    page.keyboard.press("Enter")
    expect(module.text).to_be_focused(timeout=30_000)
    expect(module.text).to_have_accessible_description(re.compile("Escape, then Tab, leaves the editor"))
    # Tab indents, and leaves after an Escape; an arrow does not turn the page.
    before = page.url
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowRight")
    expect(module.text).to_be_focused()
    page.keyboard.press("Control+z")
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")
    expect(module.listing.get_by_role("button", name=f"Run: {MODULE}")).to_be_focused()
    assert page.url == before
    # Past the choice and Download; there is nothing to reset.
    for _ in range(3):
        page.keyboard.press("Tab")
    expect(module.listing.get_by_role("button", name=f"Close: {MODULE}")).to_be_focused()
    page.keyboard.press("Enter")
    expect(module.button).to_be_focused()
    expect(module.listing.locator("> pre")).to_be_visible()


@pytest.mark.parametrize("width", [1000, 390])
def test_it_can_be_read_in_every_theme(page, width):  # noqa: F811
    page.set_viewport_size({"width": width, "height": 844})
    module = Edited(page, MODULE, "meter_ioctl").open()
    module.replace(TOTAL, "u64 total = atomic64_reed(&meter_total), unused;")
    module.press("Run")
    module.status("A compiler refuses your change:")
    module.listing.locator("summary").click()
    page.keyboard.press("Control+f")
    page.evaluate(LOOK)
    page.add_style_tag(content="* { transition: none !important }")
    ask = """themes => themes.flatMap(theme => {
        document.documentElement.classList.remove(...themes);
        document.documentElement.classList.add(theme);
        return [...document.querySelectorAll("figure.is-edited")].flatMap(part => look.faint(part)).map(fault => `${theme}: ${fault}`);
    })"""
    assert page.evaluate(ask, THEMES) == []
    if width < 400:
        assert page.evaluate("look.wide()") == []


def test_where_nothing_runs_nothing_is_edited(reader, lab):  # noqa: F811
    page = reader.new_page()  # noqa: F811
    page.goto(re.sub(r"\?token=.*", "ioctl.html", lab))
    expect(page.get_by_text("To run what this page shows, open the address")).to_be_visible()
    expect(page.get_by_role("button", name="Edit:")).to_have_count(0)
    pages = COPY / "target/lab"
    built = next(path for path in pages.rglob("ioctl.html") if path.parent.name not in ("notebooks", "sources"))
    page.goto(built.as_uri())
    expect(page.locator("figure.listing[data-file]").first).to_be_visible()
    expect(page.get_by_role("button", name="Edit:")).to_have_count(0)


def test_a_server_that_has_gone_is_told(page):  # noqa: F811
    page.route_web_socket("**/lab/run", lambda socket: socket.on_message(lambda _: socket.close()))
    module = Edited(page, MODULE, "meter_ioctl")
    module.button.click()
    expect(module.listing.locator(".changed")).to_have_text(" · The server has gone.")
    module.page.unroute_all()


def test_an_answer_of_another_version_is_refused(page):  # noqa: F811
    answer = json.dumps({"version": 2, "kind": "source", "text": "", "versions": {}})
    page.route_web_socket("**/lab/run", lambda socket: socket.on_message(lambda _: socket.send(answer)))
    module = Edited(page, MODULE, "meter_ioctl")
    module.button.click()
    expect(module.listing.locator(".changed")).to_contain_text("another version than this page")
