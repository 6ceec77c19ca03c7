"""Predictions: the reader writes a guess, and the output that answers is covered until they ask for it."""

import pytest
from chapters import chapters
from playwright.sync_api import expect


@pytest.fixture
def lesson(reader, book):
    page = reader.new_page()
    page.goto(book.address("lesson.html"))
    return page


def answer(page, part):
    return page.locator(f"figure[data-part={part}] pre")


def ask(page, part):
    return page.locator(f"figure[data-part={part}]").get_by_role("button", name="Show the answer")


def box(page, words):
    return page.locator("blockquote", has_text=words)


def explained(page):
    """Whether what explains the third output can be seen: the paragraph after it, and a drawing of the same with its own."""
    texts = ["The driver does not know the request.", "The same, drawn.", "The drawing reads like this."]
    seen = [page.get_by_text(text).evaluate("text => text.closest('[hidden]') === null") for text in texts]
    assert len(set(seen)) == 1, seen
    return seen[0]


def test_answers_are_covered_and_other_outputs_are_not(lesson):
    for part in ["one", "two", "three"]:
        expect(answer(lesson, part)).to_have_attribute("hidden", "until-found")
        assert not answer(lesson, part).evaluate("pre => pre.querySelector('code').checkVisibility({contentVisibilityAuto: true})")
        expect(ask(lesson, part)).to_be_visible()
    assert not explained(lesson)
    expect(lesson.get_by_text("nobody asks for this")).to_be_visible()
    expect(lesson.get_by_text("Another thing.")).to_be_visible()
    expect(lesson.locator(".cover")).to_have_count(3)
    assert lesson.evaluate("document.querySelector('figure[data-part=three] pre').clientHeight") < 40


def test_a_guess_is_kept_and_stands_above_its_answer(lesson):
    box(lesson, "Predict.").get_by_label("Your guess").fill("EINVAL, I think")
    box(lesson, "Predict 1.").get_by_label("Your guess").fill("five")
    lesson.reload()
    expect(box(lesson, "Predict.").get_by_label("Your guess")).to_have_value("EINVAL, I think")
    figure = lesson.locator("figure[data-part=three]")
    expect(figure.get_by_text("EINVAL, I think")).to_be_hidden()
    ask(lesson, "three").click()
    assert explained(lesson)
    expect(figure.get_by_text("Your guess: EINVAL, I think")).to_be_visible()
    expect(answer(lesson, "three")).to_be_visible()
    guess, code = figure.locator(".guessed").bounding_box(), answer(lesson, "three").bounding_box()
    assert guess["y"] < code["y"]

    # The opening question's guess stands in the box at its answer, before that is opened.
    expect(box(lesson, "Your answer 1.").get_by_text("Your guess: five")).to_be_visible()
    expect(box(lesson, "Your answer 1.").get_by_role("textbox")).to_be_hidden()


def test_whoever_has_not_guessed_may_do_so_at_the_answer(lesson):
    late = box(lesson, "Your answer 2.")
    expect(late.locator(".guessed")).to_be_hidden()
    late.get_by_label("Your guess").press_sequentially("three")
    expect(late.get_by_role("textbox")).to_be_focused()
    expect(box(lesson, "Predict 2.").get_by_label("Your guess")).to_have_value("three")
    ask(lesson, "two").click()
    expect(late.get_by_text("Your guess: three")).to_be_visible()
    expect(late.get_by_role("textbox")).to_be_hidden()


def test_nothing_empty_is_shown_at_an_answer(lesson):
    ask(lesson, "three").click()
    expect(lesson.locator("figure[data-part=three] .guessed")).to_be_hidden()


def test_the_keyboard_opens_an_answer_and_comes_to_it(lesson):
    box(lesson, "Predict.").get_by_label("Your guess").focus()
    for _ in range(9):
        lesson.keyboard.press("Tab")
        if lesson.evaluate("document.activeElement.textContent") == "Show the answer":
            break
    lesson.keyboard.press("Enter")
    expect(answer(lesson, "three")).to_be_visible()
    expect(answer(lesson, "three")).to_be_focused()


def test_keys_that_are_typed_do_not_turn_the_page(lesson):
    field = box(lesson, "Predict.").get_by_label("Your guess")
    field.press_sequentially("s/?")
    for key in ["ArrowLeft", "ArrowRight", "ArrowRight"]:
        lesson.keyboard.press(key)
    lesson.wait_for_timeout(300)
    assert lesson.url.endswith("/lesson.html")
    expect(field).to_have_value("s/?")
    expect(field).to_be_focused()


def test_the_browsers_own_search_opens_an_answer(lesson):
    # Chromium has no search without a window. A text fragment in the address searches in the same way.
    address = lesson.url
    lesson.goto("about:blank")
    lesson.goto(f"{address}#:~:text=third%3A%20ENOTTY")
    expect(answer(lesson, "three")).not_to_have_attribute("hidden", "until-found")
    expect(lesson.locator("figure[data-part=three] .cover")).to_be_hidden()
    expect(answer(lesson, "two")).to_have_attribute("hidden", "until-found")


def test_mdbooks_search_opens_what_it_leads_to(lesson):
    address = lesson.url
    lesson.goto(f"{address}?highlight=turtles#two")
    expect(answer(lesson, "two")).to_be_visible()
    expect(answer(lesson, "one")).to_have_attribute("hidden", "until-found")
    expect(answer(lesson, "three")).to_have_attribute("hidden", "until-found")


def test_a_link_into_an_answer_opens_it(lesson):
    lesson.evaluate("document.querySelector('figure[data-part=one] code').id = 'inside'")
    lesson.evaluate("location.hash = 'inside'")
    expect(answer(lesson, "one")).to_be_visible()
    expect(answer(lesson, "two")).to_have_attribute("hidden", "until-found")


def test_all_answers_of_a_page_are_shown_and_covered_again(lesson):
    lesson.get_by_role("button", name="Show all answers").click()
    expect(lesson.locator(".cover:visible")).to_have_count(0)
    lesson.reload()
    expect(answer(lesson, "three")).to_be_visible()
    lesson.get_by_role("button", name="Cover answers").click()
    lesson.reload()
    expect(lesson.locator(".cover:visible")).to_have_count(3)


def test_on_paper_everything_is_open_with_the_guess(lesson):
    box(lesson, "Predict.").get_by_label("Your guess").fill("EINVAL, I think")
    lesson.emulate_media(media="print")
    for part, text in [("one", "first: 5"), ("two", "second: 3"), ("three", "third: ENOTTY")]:
        code = lesson.get_by_text(text)
        assert code.evaluate("code => code.checkVisibility({contentVisibilityAuto: true})"), part
        assert code.bounding_box()["height"] > 10
    expect(lesson.locator("figure[data-part=three] .guessed")).to_be_visible()
    expect(lesson.locator(":is(button, .cover, textarea:placeholder-shown):visible")).to_have_count(0)


def test_a_private_window_keeps_a_guess_as_long_as_the_page(reader, book):
    reader.add_init_script("Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('no', 'SecurityError') } })")
    page = reader.new_page()
    page.goto(book.address("lesson.html"))
    box(page, "Predict 1.").get_by_label("Your guess").fill("five")
    expect(box(page, "Your answer 1.").get_by_text("Your guess: five")).to_be_visible()
    ask(page, "three").click()
    expect(answer(page, "three")).to_be_visible()


def test_two_tabs_show_the_same_guess(reader, book):
    one, other = reader.new_page(), reader.new_page()
    for page in (one, other):
        page.goto(book.address("lesson.html"))
    box(one, "Predict 1.").get_by_label("Your guess").fill("five")
    expect(box(other, "Predict 1.").get_by_label("Your guess")).to_have_value("five")
    expect(box(other, "Your answer 1.").get_by_text("Your guess: five")).to_be_visible()


@pytest.mark.parametrize("name", ["lesson.html", *chapters()])
def test_without_the_script_a_page_shows_everything(browser, book, name):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(book.address(name))
    outputs = page.locator("figure.output pre")
    shown = page.locator("figure.output pre:visible")
    assert shown.count() == outputs.count() > 0
    expect(page.locator("main :is(button, textarea, [hidden], fieldset)")).to_have_count(0)
    assert page.locator("main input:not([type=checkbox])").count() == 0
    context.close()


@pytest.mark.parametrize("name", chapters())
def test_every_question_of_the_book_has_its_answer(reader, book, name):
    page = reader.new_page()
    page.goto(book.address(name))
    questions = page.locator("blockquote:has(> p:first-child > strong:first-child:text-matches('^Predict'))")
    assert 0 < questions.count() <= 10
    expect(questions.get_by_label("Your guess")).to_have_count(questions.count())
    words = page.locator("blockquote > p:first-child > strong:first-child").all_inner_texts()
    asked = sorted(word.split()[1] for word in words if word.startswith("Predict "))
    answered = sorted(word.split()[2] for word in words if word.startswith("Your answer "))
    assert asked == answered and len(set(asked)) == len(asked)
    # As many covers as there are questions, unless one output answers two.
    covers = page.locator("figure.output > .cover")
    assert 0 < covers.count() <= questions.count()
    nothing = page.evaluate(
        """() => [...document.querySelectorAll('blockquote.predict')].filter(box => {
            if (/^Predict \\d/.test(box.textContent.trim())) return false;
            for (let next = box.nextElementSibling; next; next = next.nextElementSibling) {
                if (next.matches('figure.output')) return !next.querySelector('.cover');
                if (next.matches('h1, h2, h3, blockquote')) return true;
            }
            return true;
        }).map(box => box.textContent)"""
    )
    assert nothing == []
    page.get_by_role("button", name="Show all answers").click()
    expect(page.locator("figure.output pre[hidden]")).to_have_count(0)
