"""Predictions on a page without a kernel and in Python: committed first, then compared with what was measured."""

import itertools
import math
import re

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect
from widget_page import DARK, LIGHT, PHONE, swipe, touch

from steepest.live import Predict, Record, Sketch, Slider
from steepest.live.widget import BASE, script

STEPS = {"a small one": 341, "a medium one": 66, "a large one": 37}
COLUMNS = np.linspace(0, 60, 61)
LOSSES = 5 * 0.8**COLUMNS + 1e-4


def choice(**more):
    return Predict("Which learning rate arrives first?", min(STEPS, key=STEPS.get), STEPS, unit="steps", **more)


def count(**more):
    return Predict("How many steps?", 691, Slider(100, 1, 10_000, "log", integer=True), unit="steps", **more)


def curve(**more):
    return Predict("How does the loss fall?", LOSSES, Sketch((0, 60), (1e-5, 10), yscale="log"), **more)


def commit(page):
    page.page.get_by_role("button", name="This is my prediction").click()
    page.settle()


def draw(page, start, end):
    """Draw a straight line between two places of the axes, as shares of the room inside them."""
    inside = page.page.locator(".sketch .frame").bounding_box()
    at = [(inside["x"] + x * inside["width"], inside["y"] + y * inside["height"]) for x, y in (start, end)]
    page.page.mouse.move(*at[0])
    page.page.mouse.down()
    page.page.mouse.move(*at[1], steps=20)
    page.page.mouse.up()
    page.settle()


def saved(page):
    """What the browser keeps, by what the model holds after a reload."""
    return page.page.evaluate("Object.values(localStorage).map(JSON.parse).filter((value) => value !== null)")


# On the page ----------------------------------------------------------------------------------------------------------


def test_nothing_of_the_answer_shows_before_the_reader_commits(show):
    page = show(choice(because="It zigzags, and arrives."), count(), curve())
    shown = page.page.locator("main").inner_text()
    assert not re.search(r"341|37|691|measured \d|zigzags|right", shown)
    assert page.page.locator(".measured").get_attribute("d") == ""
    for field in page.page.get_by_role("button", name="This is my prediction").all():
        field.click()  # with nothing chosen, set or drawn
        page.settle()
    said = page.page.locator(".readout").all_inner_texts()
    assert [text.split()[0] for text in said] == ["Pick", "Set", "Draw"]
    assert not re.search(r"341|37|691|zigzags", page.page.locator("main").inner_text())


def test_a_choice_is_compared_with_what_was_measured(show):
    page = show(choice(because="It zigzags, and arrives."))
    page.page.get_by_label("a small one").check()
    commit(page)
    expect(page.page.locator(".readout")).to_have_text("Not so. Measured: a large one.")
    rows = [" ".join(row.split()) for row in page.page.locator(".option").all_inner_texts()]
    assert rows == ["a small one yours 341 steps", "a medium one 66 steps", "a large one ✓ right 37 steps"]
    assert page.page.get_by_text("It zigzags, and arrives.").is_visible()
    assert page.page.get_by_role("radio", disabled=True).count() == 3
    page.page.get_by_role("button", name="Take it back").click()
    page.settle()
    assert page.page.get_by_role("radio", checked=True).count() == 0
    page.page.get_by_label("a large one").check()
    commit(page)
    expect(page.page.locator(".readout")).to_have_text("Right.")


def test_a_number_is_compared_on_its_scale(show):
    page = show(count())
    page.set("your prediction", 1382)
    commit(page)
    expect(page.page.locator(".readout")).to_have_text(
        "You said 1382; measured: 691 steps. That is a factor of 2 too high."
    )
    marks = page.page.locator(".predict .tag")
    assert marks.all_text_contents() == ["yours 1382 steps", "measured 691 steps"]


@pytest.mark.parametrize("how", ["click", "Home", "Enter"])
def test_the_number_that_is_there_may_be_the_prediction(show, how):
    page = show(count())
    slider = page.page.get_by_label("your prediction", exact=True)
    field = page.page.get_by_label("your prediction, number", exact=True)
    commit(page)
    expect(page.page.locator(".readout")).to_have_text("Set a number first.")
    if how == "click":
        slider.click(position={"x": 2, "y": 8})
    else:
        (slider if how == "Home" else field).press(how)
    commit(page)
    expect(page.page.locator(".readout")).to_contain_text("You said 1;")


def test_a_number_on_a_linear_scale_is_off_by_a_difference(show):
    page = show(Predict("How large?", 0.25, Slider(0.5, 0, 1)))
    page.set("your prediction", 0.125)
    commit(page)
    expect(page.page.locator(".readout")).to_have_text("You said 0.125; measured: 0.25. That is 0.125 too low.")


def test_whole_numbers_spread_over_a_logarithmic_slider(show):
    page = show(count())
    slider = page.page.get_by_role("slider", name="your prediction", exact=True)
    assert page.value("your prediction") == 1, "in the middle it would lean towards what lies there"
    for key, value in [("End", 10_000), ("Home", 1)]:
        slider.press(key)
        page.settle()
        assert page.value("your prediction") == value


def test_a_curve_is_drawn_and_compared(show):
    page = show(curve())
    draw(page, (0.02, 0.1), (0.98, 0.6))
    commit(page)
    (kept,) = saved(page)
    heights = np.array(kept)
    expected = 10 ** np.interp(np.linspace(0, 1, 61), [0.02, 0.98], [1 - 0.6, 1 - 3.6])
    assert np.abs(np.log10(heights / expected)).max() < 0.1
    apart = np.abs(np.log10(heights / LOSSES))
    said = page.page.locator(".readout").inner_text()
    mean, worst, where = re.match(
        r"On average you are off by a factor of (.*?), at most by a factor of (.*?), at step (.*)\.", said
    ).groups()
    assert float(mean) == pytest.approx(10 ** apart.mean(), rel=0.01)
    assert float(worst) == pytest.approx(10 ** apart.max(), rel=0.01)
    assert float(where) == apart.argmax()
    assert len(re.findall("[ML]", page.page.locator(".measured").get_attribute("d"))) == 61


def test_a_curve_is_drawn_by_keyboard(show):
    page = show(curve())
    knobs = page.page.get_by_role("slider")
    assert knobs.count() == 7
    knobs.first.focus()
    for k in range(7):
        for _ in range(5 - k):
            page.page.keyboard.press("ArrowUp")
        if k >= 5:
            page.page.keyboard.press("ArrowDown")
        page.page.keyboard.press("ArrowRight")
        page.settle()
    assert knobs.first.get_attribute("aria-label") == "Your loss at step 0"
    texts = [knob.get_attribute("aria-valuetext") for knob in knobs.all()]
    assert "not drawn yet" not in texts
    commit(page)
    (kept,) = saved(page)
    places = [-2 + 0.3 * up for up in (5, 4, 3, 2, 1, -1, -1)]
    assert np.log10(kept) == pytest.approx(np.interp(COLUMNS, COLUMNS[::10], places), abs=3e-3)


def test_a_finger_draws_across_and_scrolls_up_and_down(show):
    page = show(choice(), curve(), count(), curve(veil=True), **PHONE)
    sketch = page.page.locator(".sketch").first
    sketch.scroll_into_view_if_needed()
    before = page.page.evaluate("scrollY")
    swipe(page, sketch, 4, -150)
    assert page.page.evaluate("scrollY") != before
    assert page.page.locator(".own").first.get_attribute("d") == ""
    swipe(page, sketch, 120, 10)
    assert page.page.locator(".own").first.get_attribute("d").count("L") > 15


def stroke(page, *corners):
    """The places of a finger that goes along corners, which are shares of the room inside the axes."""
    inside = page.page.locator(".sketch .frame").bounding_box()
    shares = [
        (1 - part) * np.array(start) + part * np.array(end)
        for start, end in itertools.pairwise(corners)
        for part in np.linspace(0, 1, 16)
    ]
    return [(inside["x"] + x * inside["width"], inside["y"] + y * inside["height"]) for x, y in shares]


def columns_drawn(page):
    return len(re.findall("[ML]", page.page.locator(".own").get_attribute("d")))


def test_a_finger_draws_a_curve_in_strokes_and_commits_it(show):
    """It may fall as steeply as the axes are tall, once the finger has begun sideways; the axes say so."""
    page = show(curve(), **PHONE)
    assert page.page.locator(".hint").text_content() == "Draw your curve here; begin sideways"
    touch(page, [[place] for place in stroke(page, (0, 0.1), (0.1, 0.12), (0.15, 0.8), (0.5, 0.85))])
    assert columns_drawn(page) == 31
    touch(page, [[place] for place in stroke(page, (1, 0.95), (0.5, 0.85))])
    assert columns_drawn(page) == 61
    page.page.get_by_role("button", name="This is my prediction").tap()
    (kept,) = saved(page)
    for share, height in [(0, 0.1), (0.15, 0.8), (0.5, 0.85), (1, 0.95)]:
        assert np.log10(kept[round(60 * share)]) == pytest.approx(1 - 6 * height, abs=0.15)
    touch(page, [[place] for place in stroke(page, (0, 0.9), (1, 0.9))])
    assert saved(page) == [kept], "what was committed stays"


def test_a_second_finger_draws_nothing(show):
    page = show(curve(), **PHONE)
    first, second = (stroke(page, start, end) for start, end in [((0.1, 0.2), (0.5, 0.2)), ((0.9, 0.9), (0.8, 0.9))])
    touch(page, [[place] for place in first[:8]] + [list(pair) for pair in zip(first[8:], second, strict=False)])
    assert columns_drawn(page) == 25
    heights = re.findall(r"[ML]\S+ (\S+?)(?=L|$)", page.page.locator(".own").get_attribute("d"))
    assert len(set(heights)) == 1


def test_predictions_survive_a_reload_and_are_summed_up(show):
    questions = [choice(), count(), curve()]
    page = show(*questions, Record(*questions))
    record = page.page.locator(".steepest").last
    expect(record).to_contain_text("There are 3 predictions to commit to")
    page.page.get_by_label("a large one").check()
    page.page.get_by_role("button", name="This is my prediction").first.click()
    page.settle()
    page.page.get_by_role("button", name="Show it without predicting").first.click()
    page.settle()
    for _ in range(2):
        expect(record).to_contain_text("You committed to 1 of 3 predictions. 1 of them was right")
        results = record.get_by_role("listitem").all_inner_texts()
        assert [result.partition("? ")[2] for result in results] == [
            "Right.",
            "Shown without a prediction.",
            "Not predicted yet.",
        ]
        page.go(page.url)
    record.get_by_role("link").nth(2).click()
    page.page.wait_for_timeout(200)
    top = page.page.locator(".steepest").nth(2).evaluate("(node) => node.getBoundingClientRect().top")
    assert -5 < top < 1200 - 300


def test_where_nothing_can_be_kept_a_record_that_starts_late_knows_what_was_predicted(show):
    questions = [choice(), count()]
    page = show(*questions, *[curve()] * 4, Record(*questions), viewport={"width": 900, "height": 300})
    page.page.add_init_script(
        "Object.defineProperty(window, 'localStorage', { get() { throw new Error('forbidden') } })"
    )
    page.go(page.url)
    page.page.get_by_label("a large one").check()
    page.page.get_by_role("button", name="This is my prediction").first.click()
    page.page.evaluate("scrollTo(0, document.body.scrollHeight)")
    expect(page.page.locator(".steepest").last).to_contain_text("You committed to 1 of 2 predictions")


@pytest.mark.parametrize("kept", ["7", "-1", "0.5", "[]", '"a large one"', "{}", "true", "null", "{", '{"guess": 1}'])
def test_a_prediction_that_cannot_be_is_not_taken_up(show, kept):
    question = choice()
    page = show(question, count(), curve(), Record(question))
    page.keep(kept)
    page.go(page.url)
    taken = {"7": 1}.get(kept, 0)  # seven steps may be predicted
    assert page.page.get_by_role("button", name="Take it back").count() == taken
    expect(page.page.locator(".steepest").last).to_contain_text("you have made none yet")


def test_a_veil_is_there_until_the_reader_commits(show):
    page = show(choice(veil=True), curve())
    host = page.page.locator("[state]").first
    assert host.get_attribute("data-veil") == ""
    page.page.get_by_role("button", name="Show it without predicting").first.click()
    page.settle()
    assert host.get_attribute("data-veil") is None
    assert page.page.locator(".readout").first.inner_text() == "Shown without a prediction."


@pytest.mark.parametrize("background", [LIGHT, DARK])
@pytest.mark.parametrize("width", [360, 900])
def test_predictions_are_accessible_and_fit(show, background, width):
    questions = [choice(because="It zigzags, and arrives."), count(), curve()]
    page = show(*questions, Record(*questions), background=background, viewport={"width": width, "height": 900})
    for _ in range(2):
        found = Axe().run(page.page).response["violations"]
        assert [(v["id"], [node["html"][:120] for node in v["nodes"]][:3]) for v in found] == []
        assert page.page.evaluate("document.documentElement.scrollWidth") <= width
        for skip in page.page.get_by_role("button", name="Show it without predicting").all():
            skip.click(timeout=2000) if skip.is_visible() else None
        page.settle()


def test_everything_to_touch_is_large_enough(show):
    page = show(choice(), count(), curve(), **PHONE)
    small = page.page.evaluate(
        """() => Array.from(document.querySelectorAll(".predict :is(button, .option, input:not([type=radio]))"))
            .filter((node) => node.offsetParent && node.getBoundingClientRect().height < 44)
            .map((node) => node.outerHTML.slice(0, 90))"""
    )
    assert small == []


# In Python -----------------------------------------------------------------------------------------------------------


def test_python_and_the_page_agree_on_how_far_off_a_prediction_is(show):
    rng = np.random.default_rng(0)
    heights = [float(f"{10**v:.4g}") for v in rng.uniform(-4.9, 0.9, 61)]
    linear = Predict("How large?", 0.25, Slider(0.5, 0, 1))
    decay = Predict("Which decay?", 0.99, Slider(0.5, 0, 0.9999, "decay"))
    page = show(choice())
    page.page.add_script_tag(content=script(*BASE, "words_predict", "verdict"))
    for question, guess in [
        (choice(), 1),
        (choice(), 2),
        (count(), 50),
        (linear, 0.7),
        (decay, 0.9),
        (curve(), heights),
    ]:
        question.guess = guess
        off = page.page.evaluate("([spec, guess]) => verdict(spec, guess).off", [question.spec, guess])
        assert off == pytest.approx(question.off(), abs=1e-9)


def test_a_record_in_a_kernel_hears_of_every_prediction():
    questions = [choice(), count()]
    record = Record(*questions)
    assert set(record.guesses.values()) == {None}
    questions[0].guess = 1
    questions[1].guess = 500
    assert [record.guesses[one.spec["name"]] for one in questions] == [1, 500]
    assert len(Record(choice())._predictions) == 1
    assert {choice().name, count().name} <= set(Predict.all)


def test_the_measured_curve_is_the_one_given():
    x = np.linspace(0, 100, 401)
    question = Predict("How?", (x, 1 / (1 + x)), Sketch((1, 100), (0.001, 1), xscale="log", yscale="log"))
    assert question.spec["answer"] == pytest.approx(1 / (1 + np.geomspace(1, 100, 61)), rel=0.01)
    question.guess = question.spec["answer"]
    assert question.off() == 0


def test_the_picture_asks_and_does_not_answer():
    for question in (choice(), count(), curve()):
        data, metadata = question._repr_mimebundle_()
        alt = metadata["image/png"]["alt"]
        assert alt.startswith("To predict: ")
        assert not re.search("37|691|right", alt)
        assert data["image/png"]


SKETCH = Sketch((0, 60), (1e-5, 10), yscale="log")


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: Predict("Which?", "c", ["a", "b"]), ValueError, "must be one of"),
        (lambda: Predict("Which?", "a", ["a"]), ValueError, "two options"),
        (lambda: Predict("Which?", "a", ["a", "a"]), ValueError, "two options"),
        (lambda: Predict("How many?", 20, Slider(1, 0, 10)), ValueError, "between 0 and 10"),
        (lambda: Predict("How many?", math.nan, Slider(1, 0, 10)), ValueError, "finite"),
        (lambda: Predict("How many?", "ten", Slider(1, 0, 10)), TypeError, "finite number"),
        (lambda: Predict("How?", [1.0, math.nan], Sketch((0, 1), (0, 1))), ValueError, "not a number"),
        (lambda: Predict("How?", np.ones(10), SKETCH), ValueError, "known from 0 to 9"),
        (lambda: Predict("How?", (np.zeros(61), np.ones(61)), SKETCH), ValueError, "the first rising"),
        (lambda: Sketch((1, 0), (0, 1)), ValueError, "x must be .low, high., two finite numbers in rising order"),
        (lambda: Sketch((0, 1), (0, 1), yscale="log"), ValueError, "log scale"),
        (lambda: Sketch((0, 1), (0, 1), yscale="cubic"), ValueError, "linear"),
        (lambda: Record(3), TypeError, "must be a Predict"),
        (lambda: setattr(choice(), "guess", 3), ValueError, "number of an option"),
        (lambda: setattr(choice(), "guess", True), ValueError, "number of an option"),
        (lambda: setattr(count(), "guess", 0), ValueError, "between 1 and 10000"),
        (lambda: setattr(curve(), "guess", [1.0]), ValueError, "61 numbers"),
        (lambda: setattr(curve(), "guess", [100.0] * 61), ValueError, "finite number, from"),
    ],
)
def test_what_cannot_be_asked_or_answered_is_refused(make, error, message):
    with pytest.raises(error, match=message):
        make()


def test_a_picture_has_room_for_long_questions():
    question = Predict("A question " + "that asks for much " * 8 + "?", 2.0, Slider(1, 0.1, 10))
    for widget in question, Record(question):
        figure, _ = widget.figure()
        figure.canvas.draw()
        above, below = (text.get_window_extent() for text in figure.texts)
        assert below.y1 < above.y0
        assert max(above.x1, below.x1) < figure.bbox.x1


def test_the_focus_is_not_lost_with_the_button_that_was_pressed(show):
    page = show(choice())
    page.page.get_by_role("radio").first.check()
    page.page.get_by_role("button", name="This is my prediction").press("Enter")
    page.settle()
    assert page.page.evaluate("document.activeElement.textContent") == "Take it back"
    page.page.keyboard.press("Enter")
    page.settle()
    assert page.page.evaluate("document.activeElement.textContent") == "This is my prediction"
