"""An exercise is done on a page in the real lab: `cargo lab serve` on the course, for a reader with a folder of their own."""

import os
import pathlib
import re
import signal
import subprocess

import pytest
from playwright.sync_api import expect

COURSE = pathlib.Path(__file__).parents[2]
LAB = COURSE / "target/debug/lab"
EXERCISE = "ioctl/request-number"
STARTER = (COURSE / "exercises" / EXERCISE / "exercise.rs").read_text()
# Others may use the machine: the book is built, and the check, beside them.
PATIENCE = 240_000


class Reader:
    """A reader's folder, and the server that knows it."""

    def __init__(self, folder):
        self.folder, self.port, self.server = folder, 0, None
        self.file = folder / EXERCISE / "exercise.rs"
        self.environment = {**os.environ, "CROSSINGS_ROOT": str(COURSE), "CROSSINGS_LEARN": str(folder)}

    def start(self):
        """Starts the server, at the port that it had before. Returns the address that it prints."""
        arguments = [LAB, "serve", "--unchecked", "--port", str(self.port)]
        self.server = subprocess.Popen(arguments, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, env=self.environment)
        address = re.search(r"http://localhost:\S+", self.server.stdout.readline())[0]
        self.port = int(re.search(r":(\d+)/", address)[1])
        return address

    def end(self, how):
        self.server.send_signal(how)
        return self.server.wait()

    def lab(self, *arguments):
        """`cargo lab ARGUMENTS` in a terminal of the reader's."""
        return subprocess.run([LAB, *arguments], env=self.environment, stdin=subprocess.DEVNULL, capture_output=True, text=True).stdout

    def solution(self):
        patch = COURSE / "exercises" / EXERCISE / "solution.diff"
        return subprocess.run(["patch", "--quiet", "--output=-", COURSE / "exercises" / EXERCISE / "exercise.rs", patch],
                              check=True, capture_output=True, text=True).stdout


@pytest.fixture
def learner(tmp_path):
    learner = Reader(tmp_path / "learn")
    yield learner
    if learner.server.poll() is None:
        assert learner.end(signal.SIGINT) == 0


def opened(page):
    page.get_by_role("button", name="Do it here: Request numbers by hand").focus()
    page.keyboard.press("Enter")
    desk = page.get_by_role("region", name="Your copy: Request numbers by hand")
    expect(desk.get_by_role("textbox")).to_be_focused(timeout=PATIENCE)
    return desk


def writes(page, desk, text):
    """Puts a text into the editor, as who pastes it."""
    desk.get_by_role("textbox").press("Control+a")
    page.keyboard.insert_text(text)


def eventually(page, what):
    while not what():
        page.wait_for_timeout(100)


def test_from_the_starter_to_its_pass(reader, learner):
    page = reader.new_page()
    page.set_viewport_size({"width": 1300, "height": 900})
    address = learner.start()
    page.goto(address)
    page.goto(page.url + "ioctl.html")
    beside = page.locator(".sidebar .chapter a[href$='ioctl.html'] .practised")
    expect(beside).to_contain_text("0 of 3 exercises passed", timeout=PATIENCE)
    desk = opened(page)
    state = desk.get_by_role("status")
    # By the keyboard alone: what is wrong first, with the compiler's words at their line.
    broken = STARTER.replace("u32::from(kind) << 8", '"text"')
    writes(page, desk, broken)
    desk.get_by_role("textbox").press("Control+Enter")
    expect(state).to_have_text("Not yet.", timeout=PATIENCE)
    assert learner.file.read_text() == broken
    expect(desk.locator(".cm-lint-marker-error")).to_have_count(1)
    expect(desk.locator("pre.why")).to_contain_text("exercise.rs")
    # Then the check's own.
    writes(page, desk, STARTER)
    desk.get_by_role("button", name="Check: ").focus()
    page.keyboard.press("Enter")
    expect(desk.locator("pre.why")).to_contain_text("the kernel says ENOTTY", timeout=PATIENCE)
    # A hint is taken in the one record: the terminal shows it and gives the next, and the page hears of that.
    desk.get_by_role("button", name="Hint 1 of 3").focus()
    page.keyboard.press("Enter")
    expect(desk.locator(".hint")).to_have_count(1)
    assert "Hint 2 of 3" in learner.lab("hint", EXERCISE)
    expect(desk.locator(".hint")).to_have_count(2)
    # What an editor saves is shown, in both tabs.
    other = reader.new_page()
    other.goto(page.url)
    copy = opened(other)
    learner.file.write_text("// from an editor\n")
    for one in [desk, copy]:
        expect(one.get_by_role("textbox")).to_have_text("// from an editor")
    # The right one, written in one tab, is seen in the other and passes there, on the other kernel.
    writes(page, desk, learner.solution())
    expect(desk.locator(".saved")).to_have_text("(saved)")
    expect(copy.get_by_role("textbox")).to_contain_text("number::<T>(READ, kind, nr)")
    other.get_by_label("Run on").select_option("6.1")
    copy.get_by_role("button", name="Check: ").click()
    expect(copy.get_by_role("status")).to_have_text("Passed.", timeout=PATIENCE)
    expect(other.get_by_text("The size is shifted by 16 and the direction by 30")).to_be_visible()
    for one in [page, other]:
        expect(one.locator(f"[data-exercise='{EXERCISE}'] details.solution")).to_be_visible()
        expect(one.get_by_role("button", name="Show the solution: Request numbers by hand")).to_have_count(0)
    expect(beside).to_contain_text("1 of 3 exercises passed")
    assert f"[x] {EXERCISE}" in learner.lab("progress")
    other.goto(address)
    expect(other.locator("main .exercises[data-chapter=ioctl]")).to_contain_text(", 1 passed")
    other.close()
    # A reload shows what the file says; a phone has room for it.
    page.set_viewport_size({"width": 390, "height": 844})
    page.reload()
    expect(desk.get_by_role("textbox")).to_contain_text("number::<T>(READ, kind, nr)", timeout=PATIENCE)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    # The server is killed, and started again with another token: what was written meanwhile is not lost.
    learner.end(signal.SIGKILL)
    expect(state).to_contain_text("The server has gone.", timeout=PATIENCE)
    desk.get_by_role("textbox").press("Control+End")
    page.keyboard.insert_text("// meanwhile\n")
    address = learner.start()
    expect(state).to_contain_text("open the address that its terminal printed", timeout=PATIENCE)
    again = reader.new_page()
    again.goto(address)
    expect(desk.locator(".saved")).to_have_text("(saved)", timeout=PATIENCE)
    eventually(page, lambda: learner.file.read_text().endswith("// meanwhile\n"))


def test_without_the_token_it_reads_as_ever(reader, learner):
    page = reader.new_page()
    page.goto(re.sub(r"\?token=.*", "ioctl.html", learner.start()))
    expect(page.get_by_text("$ cargo lab learn ioctl/request-number")).to_be_visible()
    expect(page.get_by_role("button", name="Do it here")).to_have_count(0)
    assert page.evaluate("""() => new Promise(resolve => {
        const socket = new WebSocket(location.origin.replace("http", "ws") + "/lab/exercise");
        socket.onopen = () => resolve("open");
        socket.onerror = () => resolve("refused");
    })""") == "refused"
    expect(page.locator(".practised")).to_have_count(0)
