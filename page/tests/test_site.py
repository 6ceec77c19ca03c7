"""The book as a site, behind a plain server of files at a path below its root: its pages run the lessons themselves, in a real kernel."""

import functools
import html
import http.server
import json
import pathlib
import re
import threading

import pytest
from accessible import faults
from conftest import COURSE, ELSEWHERE, Server, in_both
from playwright.sync_api import expect
from test_lab import PATIENCE

pytestmark = in_both

SITE = COURSE / "target/site"
LOOK = (pathlib.Path(__file__).parent / "look/look.js").read_text()
SAME = "It printed what the page shows."
SLUGS = sorted(folder.parent.name for folder in COURSE.glob("lessons/*/expected.txt"))
# One whose program needs little, and has a module.
SLUG, PART = "netlink", "a gauge"


class Handler(http.server.SimpleHTTPRequestHandler):
    """Serves the site below /crossings/, and nothing else."""

    def log_message(self, *_):
        pass

    def do_GET(self):
        path = self.path.split("?")[0]
        self.server.asked.append(path)
        if not path.startswith("/crossings/"):
            return self.send_error(404)
        name = path.removeprefix("/crossings/")
        if name in self.server.held:
            self.server.held[name].wait()
        body = self.server.others.get(name)
        if body is None:
            self.path = f"/{name}"
            return super().do_GET()
        self.send_response(200)
        self.send_header("Content-Type", self.guess_type(name))
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class Hosted:
    """The site. `others` are files that stand in for its own, and `held` has events that files wait for."""

    def __init__(self):
        self.asked, self.others, self.held, self.port = [], {}, {}, 0
        self.start()

    def start(self):
        self.server = Server(("127.0.0.1", self.port), functools.partial(Handler, directory=SITE))
        self.server.asked, self.server.others, self.server.held = self.asked, self.others, self.held
        self.port = self.server.server_port
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()

    def address(self, page):
        return f"http://localhost:{self.port}/crossings/{page}"

    def plant(self, slug, text):
        """A page that shows the whole output of a chapter, and nothing else."""
        page = f'<main><h1>{slug}</h1><figure class="output" data-scene="{slug}"><figcaption>output</figcaption>'
        page += f"<pre><code>{html.escape(text)}</code></pre></figure></main>"
        frame = (SITE / f"{slug}.html").read_text()
        self.others[f"whole-{slug}.html"] = re.sub(r"<main>.*</main>", lambda _: page, frame, flags=re.S).encode()
        return self.address(f"whole-{slug}.html")

    @property
    def machine(self):
        return [path for path in self.asked if "/machine/" in path]


@pytest.fixture(scope="session", autouse=True)
def there():
    if not (SITE / "machine/machine.json").is_file():
        pytest.fail("target/site is not there: make site")


@pytest.fixture
def site():
    site = Hosted()
    yield site
    site.stop()


@pytest.fixture
def reader(reader, site):
    """One whose browser asks no other site, and writes no error to its console, the policy's included."""
    others, errors = [], []
    ours = (site.address(""), site.address("").replace("localhost", ELSEWHERE), "blob:", "data:")
    reader.on("request", lambda request: request.url.startswith(ours) or others.append(request.url))
    # Chromium says there also that a server has gone, which a test may have meant.
    is_ours = lambda message: message.type == "error" and not message.text.startswith("Failed to load resource")
    reader.on("console", lambda message: is_ours(message) and errors.append(message.text))
    yield reader
    assert (others, errors) == ([], [])


@pytest.fixture
def page(reader, site):
    page = reader.new_page()
    page.goto(site.address(f"{SLUG}.html"))
    return page


def panel(page, part=PART):
    figure = page.locator(f'figure.output[data-part="{part}"], figure.output[data-scene="{part}"]:not([data-part])').first
    return figure.locator(".run"), figure.get_by_role("button", name=re.compile("^(Run|Stop): "))


def runs(page, part=PART, says=SAME):
    """Runs it to its end, which is this."""
    run, button = panel(page, part)
    # It says Stop from the click on, until the run has ended.
    button.click()
    expect(button).to_have_text("Run", timeout=PATIENCE)
    expect(run.get_by_role("status")).to_have_text(says)
    return run


def has_no_worker(page):
    """A worker that was ended has gone in a moment."""
    for _ in range(100):
        if not page.workers:
            return True
        page.wait_for_timeout(50)
    return False


def golden(slug):
    own = COURSE / f"lessons/{slug}/expected.i686.txt"
    return (own if own.exists() else own.with_name("expected.txt")).read_text()


def scene(slug, name):
    return json.loads((SITE / f"machine/{slug}/chapter.json").read_text())["scenes"][name]


@pytest.mark.parametrize("slug", SLUGS)
def test_a_chapter_prints_what_its_golden_file_has(reader, site, slug):
    page = reader.new_page()
    page.goto(site.plant(slug, golden(slug)))
    page.get_by_role("button", name=f"Run: {slug}").click()
    button = page.get_by_role("button", name=f"Run: {slug}")
    run = page.locator(".run")
    expect(button).to_have_text("Run", timeout=PATIENCE)
    if why_not := scene(slug, slug).get("why_not"):
        expect(run.locator("pre.why")).to_have_text(why_not)
        return
    expect(run.get_by_role("status")).to_have_text(SAME)
    printed = "".join(run.locator("pre.printed").all_inner_texts())
    assert re.sub(r"≈ +[0-9.]+ +(ns|µs|ms|s|times)\b", "≈ …", printed) == golden(slug)


def test_nothing_is_fetched_before_run_and_the_size_is_said_first(page, site):
    page.evaluate("""() => {
        window.said = [];
        new MutationObserver(changes => {
            for (const { target } of changes) if (target.closest?.("[role=status]")) said.push(target.textContent);
        }).observe(document.querySelector("main"), { childList: true, subtree: true });
    }""")
    # By then it has all that it loads by itself.
    page.wait_for_function("async () => await caches.match(location.href) !== undefined")
    assert site.machine == []
    runs(page)
    state = json.loads((SITE / "machine/machine.json").read_text())["state"]
    first = next(text for text in page.evaluate("said.splice(0)") if "fetched" in text)
    size = float(re.search(r"([0-9.]+) MB are fetched, and kept for the next run: 0 %", first)[1])
    assert state["bytes"] < size * 1e6 < state["bytes"] + 8e6
    # The next run finds it all.
    site.asked.clear()
    runs(page)
    assert not any("fetched" in text for text in page.evaluate("said"))
    assert not any(path.endswith((".zst", ".wasm", ".gz")) for path in site.machine)


def test_a_run_is_stopped_and_runs_again(page):
    run, button = panel(page)
    button.click()
    expect(run.get_by_role("status")).to_contain_text("it runs", timeout=PATIENCE)
    button.click()
    expect(run.get_by_role("status")).to_have_text("Stopped.")
    expect(button).to_have_text("Run")
    assert has_no_worker(page)
    runs(page)
    assert has_no_worker(page)


HIDE = """seen => {
    Object.defineProperty(document, "visibilityState", { configurable: true, get: () => seen ? "visible" : "hidden" });
    document.dispatchEvent(new Event("visibilitychange"));
}"""


def opened_shell(page):
    page.get_by_role("button", name="Shell", exact=True).click()
    section = page.get_by_role("region", name="Shell 1, Linux 6.1")
    expect(section.locator(".xterm-rows")).to_contain_text("lab:/root#", timeout=PATIENCE)
    return section


def test_a_kernel_stands_while_its_tab_is_hidden(page):
    section = opened_shell(page)
    rows, state = section.locator(".xterm-rows"), section.get_by_role("status")
    page.keyboard.type("while :; do echo $((count += 1)); done\n")
    page.wait_for_function("() => /^\\d{3}$/m.test(document.querySelector('.xterm-rows').innerText)", timeout=PATIENCE)
    page.evaluate(HIDE, False)
    expect(state).to_have_text("it waits until this tab is seen")
    page.wait_for_timeout(1000)
    stood = rows.inner_text()
    page.wait_for_timeout(2000)
    assert rows.inner_text() == stood
    page.evaluate(HIDE, True)
    expect(state).to_have_text("it goes on")
    page.wait_for_function("stood => document.querySelector('.xterm-rows').innerText !== stood", arg=stood, timeout=PATIENCE)
    page.keyboard.press("Control+c")
    expect(rows).to_contain_text("lab:/root#", timeout=PATIENCE)


def test_a_shell_answers(page):
    release = json.loads((SITE / "machine/machine.json").read_text())["release"]
    section = opened_shell(page)
    rows = section.locator(".xterm-rows")
    page.keyboard.type("uname -r; stty size\n")
    expect(rows).to_contain_text(release, timeout=PATIENCE)
    expect(rows).to_contain_text(re.compile(r"\d\d \d\d"), timeout=PATIENCE)
    page.keyboard.type("lsmod | grep crossings\n")
    expect(rows).to_contain_text(f"crossings_{SLUG}", timeout=PATIENCE)
    page.keyboard.type("exit 7\n")
    expect(section.get_by_role("status")).to_have_text("ended: exit status 7", timeout=PATIENCE)
    section.get_by_role("button", name="Close").click()
    expect(section).to_have_count(0)
    assert has_no_worker(page)


def test_it_works_without_a_network_after_the_first_visit(page, site):
    runs(page)
    page.wait_for_function("navigator.serviceWorker.controller !== null")
    page.wait_for_function("async () => (await caches.keys()).length === 2")
    site.stop()
    try:
        page.reload()
        expect(page.locator("h1").last).to_be_visible()
        runs(page)
        page.goto(site.address("syscalls.html"))
        expect(page.get_by_text("There is no network, and this browser has not kept this page")).to_be_visible()
    finally:
        site.start()
    page.goto(site.address("syscalls.html"))
    expect(page.get_by_role("button", name="Run: ").first).to_be_visible()


def test_what_is_run_before_pages_are_kept_is_fetched_once(reader, site):
    site.held["sw.js"] = threading.Event()
    page = reader.new_page()
    page.goto(site.address(f"{SLUG}.html"))
    runs(page)
    assert page.evaluate("navigator.serviceWorker.controller") is None
    site.held["sw.js"].set()
    for path in ("worker.js", "machine.json"):
        page.wait_for_function("async path => await caches.match(path) !== undefined", arg=f"machine/{path}")
    assert [site.machine.count(f"/crossings/machine/{path}") for path in ("worker.js", "machine.json")] == [1, 1]


@pytest.mark.parametrize("how", ["altered", "cut short"])
def test_a_damaged_state_is_not_used(page, site, how):
    whole = (SITE / "machine/state.zst").read_bytes()
    middle = len(whole) // 2
    site.others["machine/state.zst"] = whole[:middle] if how == "cut short" else whole[:middle] + b"\0" * 64 + whole[middle + 64:]
    run = runs(page, says="It was not run.")
    expect(run.locator("pre.why")).to_contain_text("state.zst")
    site.others.clear()
    runs(page)


def test_what_is_right_on_a_32_bit_kernel_is_told_from_what_the_page_shows(reader, site):
    page = reader.new_page()
    page.goto(site.address("ioctl.html"))
    run = runs(page, "a bad size", "It printed what is right on a 32-bit kernel. The page shows what a 64-bit one prints:")
    expect(run.locator("pre.differs del")).to_have_text("−shown:  8 bytes, the size of a pointer: EINVAL\n")
    expect(run.locator("pre.differs ins")).to_have_text("+printed:  4 bytes, the size of a pointer: EINVAL\n")


def test_what_cannot_run_here_says_why(reader, site):
    page = reader.new_page()
    page.goto(site.address("chardev.html"))
    run = runs(page, "chardev-crash", "It was not run.")
    expect(run.locator("pre.why")).to_have_text(scene("chardev", "chardev-crash")["why_not"])
    expect(run.locator("pre.printed")).to_have_count(0)


def test_two_tabs_at_once(reader, site, page):
    other = reader.new_page()
    other.goto(site.address(f"{SLUG}.html"))
    for tab in (page, other):
        panel(tab)[1].click()
    for tab in (page, other):
        expect(panel(tab)[0].get_by_role("status")).to_have_text(SAME, timeout=PATIENCE)
    assert len([path for path in site.machine if path.endswith("state.zst")]) == 1


def test_what_cannot_be_done_here_is_said_with_the_way_to_it(page):
    for name in ("Edit", "Do it here", "Check"):
        expect(page.get_by_role("button", name=name)).to_have_count(0)
    expect(page.get_by_text("Changing it needs compilers")).to_contain_text("cargo lab serve")
    expect(page.get_by_text("These cannot be checked here")).to_have_count(1)
    expect(page.get_by_text("Runs on Linux 6.1")).to_be_visible()
    expect(page.get_by_label("Run on")).to_have_count(0)


@pytest.mark.parametrize("scheme", ["light", "navy"])
@pytest.mark.parametrize("width", [1000, 390])
def test_a_run_and_a_shell_can_be_read(reader, site, scheme, width):
    reader.add_init_script(f"location.protocol === 'http:' && localStorage.setItem('mdbook-theme', '{scheme}')")
    page = reader.new_page()
    page.set_viewport_size({"width": width, "height": 844})
    page.goto(site.address(f"{SLUG}.html"))
    run = runs(page)
    expect(run.locator("pre.printed")).to_be_visible()
    if width < 400:
        page.evaluate(LOOK)
        assert page.evaluate("look.wide()") == []
    opened_shell(page)
    assert faults(page) == []


def test_an_address_where_nothing_can_be_checked_is_told_so(reader, site):
    page = reader.new_page()
    page.goto(site.address(f"{SLUG}.html").replace("localhost", ELSEWHERE))
    run = runs(page, says="It was not run.")
    expect(run.locator("pre.why")).to_contain_text("https, or is localhost")
