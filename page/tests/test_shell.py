"""Shells on a page, in the real lab."""

import re

from playwright.sync_api import expect
from test_lab import PATIENCE, lab, page  # noqa: F401, fixtures


def opened(page, number):
    page.get_by_role("button", name="Shell", exact=True).click()
    section = page.get_by_role("region", name=f"Shell {number}, Linux 6.12")
    expect(section.locator(".xterm-rows")).to_contain_text("lab:/root#", timeout=PATIENCE)
    return section


def types(page, text):
    page.keyboard.type(text)
    page.keyboard.press("Enter")


def test_a_shell_answers_is_interrupted_and_ends(page):  # noqa: F811
    has_terminal = "performance.getEntriesByType('resource').some(({ name }) => name.endsWith('/theme/terminal.js'))"
    assert not page.evaluate(has_terminal)
    section = opened(page, 1)
    assert page.evaluate(has_terminal)
    rows = section.locator(".xterm-rows")
    # The terminal has the focus, and the chapter's module is there.
    types(page, "echo $((6*7)); lsmod")
    expect(rows).to_contain_text("crossings_ioctl")
    expect(rows).to_contain_text("42")
    # The answer comes from the program itself, so that Ctrl-C finds it in the foreground.
    types(page, "sh -c 'echo $((6*9)); exec sleep 1000'")
    expect(rows).to_contain_text("54")
    page.keyboard.press("Control+c")
    types(page, "echo $((7*9))")
    expect(rows).to_contain_text("63")
    # What is pasted is typed, and what is selected is copied.
    page.evaluate("navigator.clipboard.writeText('echo $((8*9))\\n')")
    page.keyboard.press("Control+Shift+v")
    expect(rows).to_contain_text("72")
    line = rows.locator("div", has_text=re.compile("^72")).first.bounding_box()
    page.mouse.dblclick(line["x"] + 8, line["y"] + 6)
    page.keyboard.press("Control+Shift+c")
    page.wait_for_function("async () => await navigator.clipboard.readText() === '72'")
    # A narrower window is a narrower terminal.
    types(page, "clear; stty size")
    expect(rows).to_contain_text(re.compile(r"\d+ \d+"))
    before = re.search(r"(\d+) (\d+)", rows.inner_text())[2]
    page.set_viewport_size({"width": 600, "height": 800})
    for _ in range(60):
        types(page, "clear; stty size")
        page.wait_for_timeout(500)
        if (seen := re.search(r"(\d+) (\d+)", rows.inner_text())) and seen[2] != before:
            break
    assert int(seen[2]) < int(before)
    types(page, "exit 7")
    expect(section.get_by_role("status")).to_have_text("ended: exit status 7")


def test_several_shells_are_reached_and_left_by_keys(page):  # noqa: F811
    first = opened(page, 1)
    second = opened(page, 2)
    types(page, "echo here-$((1+1))")
    expect(second.locator(".xterm-rows")).to_contain_text("here-2")
    expect(first.locator(".xterm-rows")).not_to_contain_text("here-2")
    page.keyboard.press("Shift+Escape")
    expect(second.get_by_role("button", name="Close")).to_be_focused()
    page.keyboard.press("Enter")
    expect(second).to_have_count(0)
    expect(page.get_by_role("button", name="Shell", exact=True)).to_be_focused()
    expect(first).to_be_visible()
