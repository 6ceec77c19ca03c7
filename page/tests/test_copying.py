"""Copy buttons: they say what they did, and what they copy can be run."""

import subprocess

import pytest
from chapters import chapters
from playwright.sync_api import expect


def copied(page, button):
    page.evaluate("navigator.clipboard.writeText('nothing was copied')")
    button.focus()
    page.keyboard.press("Enter")
    # mdBook's own handler would copy too, perhaps after ours.
    page.wait_for_timeout(50)
    return page.evaluate("navigator.clipboard.readText()")


def test_of_a_terminals_record_the_commands_are_copied(reader, book):
    page = reader.new_page()
    page.goto(book.address("lesson.html"))
    button = page.locator("pre:has(.language-console)").get_by_role("button", name="Copy the commands")
    text = copied(page, button)
    assert text == "echo one \\\n    two\necho three\n"
    ran = subprocess.run(["sh", "-c", text], capture_output=True, text=True, check=True)
    assert ran.stdout == "one two\nthree\n"


def test_copying_is_announced(reader, book):
    page = reader.new_page()
    page.goto(book.address("lesson.html"))
    button = page.locator("pre:has(.language-sh)").get_by_role("button", name="Copy the commands")
    assert copied(page, button) == "echo plain\n"
    expect(page.locator("[role=status].unseen")).to_have_text("Copied!")
    expect(button).to_be_focused()


def test_a_button_is_seen_when_the_keyboard_reaches_it(reader, book):
    page = reader.new_page()
    page.goto(book.address("lesson.html"))
    button = page.locator("pre:has(.language-sh)").get_by_role("button", name="Copy the commands")
    opacity = "button => getComputedStyle(button.parentElement).opacity"
    assert button.evaluate(opacity) == "0"
    button.focus()
    expect(button).to_be_focused()
    page.wait_for_function("() => getComputedStyle(document.activeElement.parentElement).opacity === '1'")


@pytest.mark.parametrize("name", ["crossings.html", *chapters()])
def test_copied_commands_of_the_book_are_a_script(reader, book, name):
    page = reader.new_page()
    page.goto(book.address(name))
    blocks = page.locator("pre:has(> :is(.language-sh, .language-console))")
    for block in blocks.all():
        shown = block.locator("code").inner_text().rstrip().split("\n")
        if any(line.startswith("$ ") for line in shown):
            wanted = [line[2:] for line in shown if line.startswith("$ ")]
        else:
            wanted = shown
        text = copied(page, block.get_by_role("button", name="Copy the commands"))
        assert text.rstrip("\n").split("\n") == wanted
        assert not any(line.startswith("$ ") for line in text.split("\n"))
        subprocess.run(["bash", "-n"], input=text, text=True, check=True)
