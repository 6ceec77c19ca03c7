"""Quizzes: a list with ticks and reasons becomes a choice, which is judged at once."""

import pytest
from chapters import chapters
from playwright.sync_api import expect


@pytest.fixture
def quiz(reader, book):
    page = reader.new_page()
    page.goto(book.address("lesson.html"))
    return page.locator("blockquote.quiz")


def test_a_choice_is_judged_and_gives_its_reason(quiz):
    group = quiz.get_by_role("group", name="Quiz. Which check refuses METER_RESET?")
    expect(group.get_by_role("radio")).to_have_count(3)
    verdict = group.get_by_role("status")
    expect(verdict).to_be_empty()
    for reason in ["write(2) is checked there.", "Nobody else looks.", "Then it would succeed."]:
        expect(quiz.get_by_text(reason)).to_be_hidden()
    group.get_by_label("The kernel's.").check()
    expect(verdict).to_have_text("Not so. write(2) is checked there.")
    # Trying again is to choose again. What is in italics within a choice is no reason.
    group.get_by_label("The driver's own.").check()
    expect(verdict).to_have_text("Right. Nobody else looks.")
    # Each choice stands in a line of its own, whatever was chosen.
    lefts = {label.bounding_box()["x"] for label in group.locator("label").all()}
    assert len(lefts) == 1
    sign = "label => getComputedStyle(label.querySelector('span'), '::after').content"
    assert "✓" in group.locator("label", has_text="The driver's own.").evaluate(sign)
    assert group.locator("label", has_text="The kernel's.").evaluate(sign) == "none"
    expect(quiz.get_by_role("checkbox")).to_have_count(0)


def test_a_choice_is_kept(quiz):
    quiz.get_by_label("No check.").check()
    quiz.page.reload()
    expect(quiz.get_by_label("No check.")).to_be_checked()
    expect(quiz.get_by_role("status")).to_have_text("Not so. Then it would succeed.")


def test_the_arrow_keys_choose_and_do_not_turn_the_page(quiz):
    quiz.get_by_label("The kernel's.").focus()
    quiz.page.keyboard.press("Space")
    quiz.page.keyboard.press("ArrowRight")
    expect(quiz.get_by_label("The driver's own.")).to_be_checked()
    quiz.page.wait_for_timeout(300)
    assert quiz.page.url.endswith("/lesson.html")


def test_on_paper_a_quiz_has_its_ticks_and_reasons(quiz):
    quiz.page.emulate_media(media="print")
    expect(quiz.locator("fieldset")).to_be_hidden()
    expect(quiz.locator("input[type=checkbox]:visible")).to_have_count(3)
    expect(quiz.locator("input[type=checkbox]:checked")).to_have_count(1)
    expect(quiz.get_by_text("Nobody else looks.")).to_be_visible()


def test_without_the_script_a_quiz_has_its_ticks_and_reasons(browser, book):
    page = browser.new_context(java_script_enabled=False).new_page()
    page.goto(book.address("lesson.html"))
    expect(page.locator("main input:visible")).to_have_count(3)
    expect(page.get_by_text("Nobody else looks.")).to_be_visible()
    page.context.close()


@pytest.mark.parametrize("name", chapters())
def test_every_quiz_of_the_book_has_one_right_choice_and_says_why(reader, book, name):
    page = reader.new_page()
    page.goto(book.address(name))
    quizzes = page.locator("blockquote:has(> p:first-child > strong:text-is('Quiz.')), blockquote.quiz")
    assert quizzes.count() >= 1
    for quiz in quizzes.all():
        radios = quiz.get_by_role("radio").all()
        assert 3 <= len(radios) <= 4
        verdicts = []
        for radio in radios:
            radio.check()
            verdict = quiz.get_by_role("status").inner_text()
            assert len(verdict.split()) > 5, f"no reason: {verdict}"
            verdicts.append(verdict)
        assert sum(verdict.startswith("Right. ") for verdict in verdicts) == 1
        assert sum(verdict.startswith("Not so. ") for verdict in verdicts) == len(radios) - 1
