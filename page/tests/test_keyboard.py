"""The keyboard reaches everything, in an order that makes sense."""

from chapters import chapters
from playwright.sync_api import expect

FOCUS = "(({tagName, className, textContent, title}) => `${tagName} ${className} ${title || textContent}`.trim())(document.activeElement)"


def stops(page, most=60):
    """What the tab key comes to, one after the other."""
    found = []
    for _ in range(most):
        page.keyboard.press("Tab")
        found.append(page.evaluate(FOCUS))
    return found


def test_the_first_stop_leads_to_the_text(reader, book):
    page = reader.new_page()
    page.goto(book.address("lesson.html"))
    page.keyboard.press("Tab")
    link = page.get_by_role("link", name="Skip to the text")
    expect(link).to_be_focused()
    page.wait_for_function("() => document.activeElement.getBoundingClientRect().top >= 0")
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    page.keyboard.press("Tab")
    assert page.evaluate("document.querySelector('main').contains(document.activeElement)")


def test_the_content_is_walked_in_its_order(reader, book):
    page = reader.new_page()
    page.goto(book.address("lesson.html"))
    page.locator("main").focus()
    found = stops(page)
    wanted = [
        "BUTTON covering Show all answers",
        "TEXTAREA",
        "A  lessons/lesson/src/lib.rs",
        "BUTTON clip-button Copy the code",
        "CODE language-rust",
        "BUTTON  Show the answer",
        "INPUT",
        "BUTTON clip-button Copy the commands",
    ]
    places = [next(place for place, stop in enumerate(found) if stop.startswith(want)) for want in wanted]
    assert places == sorted(places), found


def test_wide_code_is_scrolled_by_the_keyboard(reader, book):
    page = reader.new_page()
    page.goto(book.address("lesson.html"))
    code = page.get_by_role("region", name="user space lessons/lesson/src/lib.rs, lines 1 to 2")
    expect(code).to_have_attribute("tabindex", "0")
    code.focus()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    page.wait_for_function("() => document.activeElement.scrollLeft > 0")
    assert page.url.endswith("/lesson.html")
    # What is not wide is no stop.
    assert page.locator("code.language-sh").get_attribute("tabindex") is None


def test_in_every_chapter_the_text_is_two_keys_away(reader, book):
    for name in chapters():
        page = reader.new_page()
        page.goto(book.address(name))
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        expect(page.locator("main")).to_be_focused()
        for button in page.locator("main pre:not([hidden]) .clip-button").all()[:3]:
            button.focus()
            expect(button).to_be_focused()
        page.close()


def test_the_side_bar_is_opened_and_closed_by_keys(reader, book):
    page = reader.new_page()
    page.goto(book.address("lesson.html"))
    button = page.get_by_role("button", name="Toggle Table of Contents")
    link = page.locator("#sidebar").get_by_role("link", name="ioctl: control a device")
    expect(button).to_have_attribute("aria-expanded", "false")
    button.focus()
    page.keyboard.press("Enter")
    expect(button).to_have_attribute("aria-expanded", "true")
    expect(link).to_be_visible()
    link.focus()
    expect(link).to_be_focused()
    button.focus()
    page.keyboard.press("Space")
    expect(button).to_have_attribute("aria-expanded", "false")
    expect(link).to_be_hidden()
