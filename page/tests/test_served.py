"""A served page says how the lessons fare; any other asks for nothing and says nothing."""

import time

from playwright.sync_api import expect

GONE = "the server is gone; these pages are what it last showed"


def state(left=0, **scenes):
    return {"kind": "state", "version": 1, "left": left, "running": [], "scenes": scenes}


def passed():
    return {"state": "passed", "at": int(time.time()) - 5}


def trials(newer, older):
    return {"6.12": newer, "6.1": older}


def opened(reader, site, name="lesson.html"):
    page = reader.new_page()
    page.goto(site.address(name))
    return page


def caption(page, part="three"):
    return page.locator(f"figure[data-part={part}] figcaption")


WAITING, RUNNING = {"state": "waiting"}, {"state": "running"}
FAILED = {"state": "failed", "at": 1764000000, "why": "- third: ENOTTY\n+ third: EINVAL <b>"}


def test_captions_follow_the_lessons(reader, served):
    served.tell(state(2, lesson=trials(WAITING, WAITING)))
    page = opened(reader, served)
    expect(caption(page)).to_have_text("output, stored; not yet checked here")
    served.tell(state(2, lesson=trials(RUNNING, WAITING)))
    expect(caption(page)).to_have_text("output, running now")
    served.tell(state(1, lesson=trials(passed(), RUNNING)))
    expect(caption(page)).to_have_text("output, checked here a moment ago on Linux 6.12; running now on Linux 6.1")
    served.tell(state(0, lesson=trials(passed(), passed())))
    for part in ["one", "two", "three"]:
        expect(caption(page, part)).to_have_text("output, checked here a moment ago on Linux 6.12 and 6.1")
    # Of the crash scene nothing was said.
    expect(page.locator("figure[data-scene=lesson-crash] figcaption")).to_have_text("output, stored; not yet checked here")


def test_one_quiet_line_counts_and_goes(reader, served):
    served.tell(state(12, lesson=trials(RUNNING, WAITING)))
    page = opened(reader, served)
    line = page.locator(".lab-status")
    expect(line).to_have_text("checking the lessons: 12 left")
    expect(line).to_have_attribute("aria-live", "polite")
    expect(line).to_be_visible()
    served.tell(state(0, lesson=trials(passed(), passed())))
    expect(line).to_be_hidden()


def test_a_difference_is_shown_once_under_the_title(reader, served):
    served.tell(state(0, lesson=trials(FAILED, FAILED)))
    page = opened(reader, served)
    alert = page.get_by_role("alert")
    expect(alert).to_have_count(1)
    expect(alert).to_contain_text("What lesson prints here on Linux 6.12 and 6.1 differs from this page.")
    expect(alert.locator("pre")).to_have_text("- third: ENOTTY\n+ third: EINVAL <b>")
    expect(page.get_by_text("third: EINVAL <b>")).to_have_count(1)
    title, first = page.locator("h1#lesson").bounding_box(), page.locator("h2#predict").bounding_box()
    assert title["y"] < alert.bounding_box()["y"] < first["y"]
    for part in ["one", "two", "three"]:
        expect(caption(page, part)).to_have_text("output, differs here on Linux 6.12 and 6.1")
    caption(page).get_by_role("link").click()
    expect(alert).to_be_in_viewport()
    # It goes when the lesson passes again.
    served.tell(state(0, lesson=trials(passed(), passed())))
    expect(alert).to_have_count(0)
    expect(caption(page).get_by_role("link")).to_have_count(0)


def test_a_broken_lab_is_no_difference(reader, served):
    served.tell(state(0, lesson=trials({"state": "broken", "why": "no QEMU"}, WAITING)))
    page = opened(reader, served)
    expect(page.get_by_role("alert")).to_contain_text("lesson could not be run here on Linux 6.12.")
    expect(caption(page)).to_have_text("output, could not be checked here on Linux 6.12")


def test_other_pages_show_no_difference_of_this_lesson(reader, served):
    served.tell(state(0, lesson=trials(FAILED, FAILED)))
    page = opened(reader, served, "ioctl.html")
    page.wait_for_timeout(500)
    expect(page.get_by_role("alert")).to_have_count(0)


def test_the_front_page_marks_what_passed(reader, served):
    failed = {"state": "failed", "why": "x"}
    served.tell(state(0, ioctl=trials(passed(), passed()), chardev=trials(passed(), RUNNING), mmap=trials(failed, passed())))
    page = opened(reader, served, "")
    expect(page.locator(".kernels[data-scene=ioctl]")).to_have_text("Linux 6.12 ✓, Linux 6.1 ✓")
    expect(page.locator(".kernels[data-scene=chardev]")).to_have_text("Linux 6.12 ✓, Linux 6.1 runs now")
    expect(page.locator(".kernels[data-scene=mmap]")).to_have_text("Linux 6.12 ✗ differs, Linux 6.1 ✓")


def test_a_vanished_server_is_told_and_found_again(reader, served):
    served.tell(state(3, lesson=trials(RUNNING, WAITING)))
    page = opened(reader, served)
    line = page.locator(".lab-status")
    expect(line).to_have_text("checking the lessons: 3 left")
    served.stop()
    expect(line).to_have_text(GONE)
    expect(line).to_be_visible()
    expect(caption(page)).to_have_text("output, running now")
    served.state = state(0, lesson=trials(passed(), passed()))
    served.start()
    expect(line).to_be_hidden(timeout=20_000)
    expect(caption(page)).to_contain_text("checked here")


def test_a_server_that_refuses_for_a_while_is_asked_again(reader, served):
    served.state = state(3, lesson=trials(RUNNING, WAITING))
    page = opened(reader, served)
    expect(caption(page)).to_have_text("output, running now")
    served.stop()
    served.serves = False  # what serves the book now has no events
    served.start()
    line = page.locator(".lab-status")
    expect(line).to_have_text(GONE)
    while served.asked.count("lab/events") < 2:
        page.wait_for_timeout(100)
    served.serves = True
    expect(line).to_have_text("checking the lessons: 3 left", timeout=20_000)


def test_a_changed_page_is_loaded_anew_where_the_reader_was(reader, served):
    served.tell(state(0, lesson=trials(passed(), passed())))
    page = opened(reader, served)
    field = page.locator("blockquote", has_text="Predict 1.").get_by_label("Your guess")
    field.fill("five")
    page.locator("figure[data-part=three]").get_by_role("button", name="Show the answer").click()
    page.locator("h2#lab").evaluate("heading => scrollTo(0, heading.offsetTop + 100)")
    before = page.locator("h2#lab").bounding_box()["y"]
    assert before < 0
    page.evaluate("window.isTheSame = true")
    served.tell({"kind": "pages", "version": 1, "changed": ["ioctl.html", "print.html"]})
    page.wait_for_timeout(300)
    assert page.evaluate("window.isTheSame")
    # The new page is longer above the place.
    html = served.page("lesson.html")
    served.pages["lesson.html"] = html.replace("<p>A paragraph", "<p style='height: 50vh'>New.</p><p>A paragraph")
    served.tell({"kind": "pages", "version": 1, "changed": ["lesson.html"]})
    page.wait_for_function("() => !window.isTheSame && document.readyState === 'complete'")
    expect(page.get_by_text("New.")).to_have_count(1)
    page.wait_for_timeout(300)
    assert abs(page.locator("h2#lab").bounding_box()["y"] - before) < 2
    expect(field).to_have_value("five")
    expect(page.locator("figure.output pre:visible")).to_have_count(2)
    expect(page.get_by_text("third: ENOTTY")).to_be_visible()


def test_many_tabs_listen_by_one_connection_and_another_takes_over(reader, served):
    served.tell(state(2, lesson=trials(RUNNING, WAITING)))
    # More than the connections that a browser has for one server.
    pages = [opened(reader, served) for _ in range(8)]
    for page in pages:
        expect(caption(page)).to_have_text("output, running now")
    assert served.asked.count("lab/events") == 1
    pages[0].close()
    served.tell(state(0, lesson=trials(passed(), passed())))
    for page in pages[1:]:
        expect(caption(page)).to_contain_text("checked here a moment ago", timeout=20_000)
    assert served.asked.count("lab/events") == 2


def test_a_page_that_nothing_serves_asks_for_nothing(reader, book):
    before = book.asked.count("lab/events")
    page = opened(reader, book)
    page.wait_for_timeout(500)
    assert book.asked.count("lab/events") == before
    expect(page.locator(".lab-status")).to_have_count(0)
    expect(caption(page)).to_have_text("output, stored; not yet checked here")
