"""A page runs in the real lab: `cargo lab serve` on a copy of the course with one chapter, and a lesson that never ends."""

import os
import pathlib
import re
import shutil
import signal
import subprocess

import pytest
from conftest import in_both
from playwright.sync_api import expect

COURSE = pathlib.Path(__file__).parents[2]
# A folder that stays, so that its lessons are built once.
COPY = COURSE / "target/lab/page-tests"
# Others may use the machine: a lesson is built and run beside them.
PATIENCE = 240_000
SUMMARY = "[Crossings](crossings.md)\n\n- [ioctl](ioctl.md)\n- [cells](notebooks/ioctl.md)\n- [code](sources/ioctl.md)\n"


def copy(*parts):
    for part in parts:
        source, to = COURSE / part, COPY / part
        if to.is_dir():
            shutil.rmtree(to)
        to.parent.mkdir(parents=True, exist_ok=True)
        (shutil.copytree if source.is_dir() else shutil.copy2)(source, to)


def course():
    """The copy, made anew except for what was built in it."""
    shutil.rmtree(COPY / "book", ignore_errors=True)
    copy("book.toml", "book/theme", "book/figures", "book/crossings.md", "book/ioctl.md", "book/notebooks/ioctl.md",
         "book/sources/ioctl.md", "exercises/ioctl", "kmods/include", "kmods/ioctl", "lessons/ioctl", "lab/lesson",
         "notebooks/ioctl.ipynb", "page", "ci", "Cargo.lock")
    (COPY / "book/SUMMARY.md").write_text(SUMMARY)
    manifest = (COURSE / "Cargo.toml").read_text()
    (COPY / "Cargo.toml").write_text(re.sub(r"^members = .*$", 'members = ["lab/lesson", "lessons/*"]', manifest, flags=re.M))
    shutil.copytree(COURSE / "lab/tests/planted/lessons/endless", COPY / "lessons/endless", dirs_exist_ok=True)
    with (COPY / "book/ioctl.md").open("a") as page:
        page.write("\n## Endless\n\n<!-- cmdrun ../lab/output endless -->\n")
    for name, arguments in [("tool", ""), ("output", "dev output ")]:
        script = COPY / "lab" / name
        script.write_text(f'#!/bin/sh\nexec {COURSE}/target/debug/lab {arguments}"$@"\n')
        script.chmod(0o755)


@pytest.fixture(scope="module")
def lab():
    """The address that the server prints."""
    course()
    server = subprocess.Popen([COURSE / "target/debug/lab", "serve", "--port", "0"], stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, text=True, env={**os.environ, "CROSSINGS_ROOT": str(COPY)})
    yield re.search(r"http://localhost:\S+", server.stdout.readline())[0]
    server.send_signal(signal.SIGINT)
    assert server.wait() == 0


@pytest.fixture
def page(reader, lab):
    page = reader.new_page()
    page.goto(lab)
    assert "token" not in page.url
    page.goto(page.url + "ioctl.html")
    return page


def panel(page, name):
    """What stands below an output, and the button in it."""
    figure = page.locator(f'figure[data-part="{name}"], figure[data-scene="{name}"]:not([data-part])').first
    return figure.locator(".run"), figure.get_by_role("button", name=re.compile("^(Run|Stop): "))


@in_both
def test_a_part_runs_and_prints_what_the_page_shows(page):
    run, button = panel(page, "a total")
    button.focus()
    page.keyboard.press("Enter")
    expect(run.get_by_role("status")).to_have_text("It printed what the page shows.", timeout=PATIENCE)
    expect(run.locator("pre.printed")).to_have_text("the meter took: 5\nthe total is: 5\nafter a reset it is: 0\n")
    # On the other kernel, too; and the module has logged that it was loaded.
    page.get_by_label("Run on").select_option("6.1")
    button.click()
    expect(run.get_by_role("status")).to_have_text(re.compile("Linux 6.1"))
    expect(run.get_by_role("status")).to_have_text("It printed what the page shows.", timeout=PATIENCE)
    expect(run.locator("pre.logged").first).to_contain_text("crossings_ioctl")


def test_a_changed_module_prints_something_else(page):
    source = COPY / "kmods/ioctl/ioctl.c"
    text = source.read_text()
    line = "u64 total = atomic64_read(&meter_total);"
    assert line in text
    source.write_text(text.replace(line, "u64 total = atomic64_read(&meter_total) + 1;"))
    try:
        run, button = panel(page, "a total")
        button.click()
        expect(run.get_by_role("status")).to_have_text("It printed something else than the page shows:", timeout=PATIENCE)
        expected, printed = ["the total is: 5", "after a reset it is: 0"], ["the total is: 6", "after a reset it is: 1"]
        expect(run.locator("pre.differs del")).to_have_text([f"−expected:  {line}\n" for line in expected])
        expect(run.locator("pre.differs ins")).to_have_text([f"+printed:  {line}\n" for line in printed])
    finally:
        source.write_text(text)


def test_an_endless_program_is_stopped(page):
    run, button = panel(page, "endless")
    expect(button).to_have_text("Run")
    button.click()
    expect(run.locator("pre.printed")).to_have_text("waiting\n", timeout=PATIENCE)
    expect(button).to_have_text("Stop")
    button.click()
    expect(run.get_by_role("status")).to_have_text("Stopped.")
    expect(button).to_have_text("Run")


def test_without_the_token_nothing_runs(reader, lab):
    page = reader.new_page()
    page.goto(re.sub(r"\?token=.*", "ioctl.html", lab))
    expect(page.get_by_text("To run what this page shows, open the address")).to_be_visible()
    expect(page.locator(".run")).to_have_count(0)
    assert page.evaluate("""() => new Promise(resolve => {
        const socket = new WebSocket(location.origin.replace("http", "ws") + "/lab/run");
        socket.onopen = () => resolve("open");
        socket.onerror = () => resolve("refused");
    })""") == "refused"
