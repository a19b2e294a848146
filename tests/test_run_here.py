"""Python in the page, as a reader with a browser finds it: exercises, cells, and every answer as in CPython.

`make test` runs one chapter; `make test-page` sets CHAPTERS=all and runs them all.
"""

import functools
import http.server
import importlib
import json
import os
import re
import subprocess
import threading
import zipfile
from pathlib import Path
from urllib.parse import quote

import fetch_engine
import nbformat
import pytest
import run_here
from conftest import BASE, DESKTOP, PHONE, SITE, WITHOUT_STORAGE, Handler, skip_or_fail
from playwright.sync_api import expect
from repository import ROOT
from test_notebooks import IGNORED, code_cells

from steepest.exercises import check

ENGINE = SITE / "run" / "engine"
NOTEBOOKS = sorted(ROOT.glob("notebooks/*.ipynb"))
ALL = os.environ.get("CHAPTERS") == "all"
RIGHT = """def best_learning_rate(eigenvalues):
low, high = min(eigenvalues), max(eigenvalues)
return 2 / (low + high), (high - low) / (high + low)"""
FIRST = "notebooks/01_batch_gradient_descent.html"
WAIT = 600_000 if ALL else 300_000  # milliseconds: a whole chapter, while other tests run beside this one

pytestmark = pytest.mark.usefixtures("engine")


@pytest.fixture(scope="session")
def engine(built_book):
    if not (ENGINE / "sizes.json").exists():
        skip_or_fail("the book was built without the engine: `make test-engine`, and build it again")
    return json.loads((ENGINE / "sizes.json").read_text())


class Reader:
    """Someone in front of a chapter."""

    def __init__(self, page):
        self.page = page
        page.set_default_timeout(WAIT)

    def bar(self, exercise):
        return self.page.locator(f'.run-bar[data-exercise="{exercise}"]')

    @property
    def claim(self):
        """The first cell that shows a claim. It uses what is above."""
        return self.page.locator(".cell:has(> details.evidence)").first

    def output(self, exercise):
        return self.page.locator(f'.cell:has(.run-bar[data-exercise="{exercise}"]) .run-output')

    def press(self, button):
        """Press a button that runs something, and say how that ended."""
        before = self.runs()
        button.dispatch_event("click")  # also where it stands in a fold
        return self.ended(before)

    def runs(self):
        """How many runs have ended on the page."""
        return self.page.evaluate("Number(document.querySelector('.run-foot')?.dataset.runs ?? 0)")

    def ended(self, before):
        foot = self.page.locator(f".run-foot[data-runs='{before + 1}']")
        foot.wait_for()
        return foot.get_attribute("data-ended")

    def write(self, where, text):
        """Write a text into the editor of a cell in the place of what it has."""
        where.evaluate("cell => cell.querySelectorAll('details').forEach((fold) => fold.open = true)")
        edit = where.locator("[data-action=edit]")
        if edit.is_visible() or not where.locator(".cm-content").count():
            edit.dispatch_event("click")
        where.locator(".cm-content").focus()
        self.page.keyboard.press("Control+a")
        self.page.keyboard.insert_text(text)

    def run(self, code):
        """Run a code in the page's Python, and give what it printed."""
        return self.page.evaluate(
            """async (code) => {
                const { run } = await import(new URL("../run/engine.js", location.href));
                const outputs = [], output = (one) => outputs.push(one);
                const ended = await run(code, { above: null, output });
                return [ended, outputs];
            }""",
            code,
        )


@pytest.fixture
def read(visit):
    return lambda name=FIRST, **options: Reader(visit(name, viewport=DESKTOP, **options))


@pytest.fixture(scope="module")
def reader(open_page, engine):
    """A reader whom several tests share, each with cells of its own: Python takes seconds to start."""
    page = open_page(FIRST, viewport=DESKTOP)
    yield Reader(page)
    page.context.close()


def sent(files, engine):
    return sum(engine[name]["sent"] for name in {Path(file).name for file in files} & engine.keys())


def test_nothing_of_the_engine_is_fetched_before_the_first_press(read):
    reader = read()
    reader.page.wait_for_load_state("networkidle")
    assert reader.page.locator("[data-action=run]").count() > 50
    assert {file for file in reader.page.files if file.startswith("run/")} == {"run/run.js", "run/run.css"}


def test_an_exercise_is_solved_by_keyboard_alone(read, engine, record_property):
    reader = read()
    page, bar = reader.page, reader.bar("1.1")
    bar.get_by_role("button", name="Solve exercise 1.1 here").focus()
    page.keyboard.press("Enter")
    editor = page.get_by_role("textbox", name="Your answer to exercise 1.1")
    editor.wait_for()
    assert editor.evaluate("element => element === document.activeElement")
    page.keyboard.press("Control+a")
    page.keyboard.type("def best_learning_rate(eigenvalues):\nreturn 2 / max(eigenvalues), 1")  # it indents by itself
    page.keyboard.press("Control+Enter")
    assert reader.ended(0) == "well"
    assert "2/λmax is the edge" in reader.output("1.1").inner_text()
    assert bar.locator(".run-state").inner_text() == "tried"

    editor.focus()
    page.keyboard.press("Control+a")
    page.keyboard.type(RIGHT)
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.dataset.action") == "run", "Escape and Tab lead out of the editor"
    page.keyboard.press("Enter")
    assert reader.ended(1) == "well"
    assert "Exercise 1.1: right" in reader.output("1.1").inner_text()
    assert "1 of 5 solved" in page.locator(".bd-sidebar-secondary").inner_text()
    assert page.problems == []

    fetched = sent(page.files, engine)
    record_property("Python in the page", f"first verdict: {fetched / 1e6:.1f} MB sent")
    assert fetched <= 11e6
    assert not [file for file in page.files if "sympy" in file or "matplotlib" in file]

    page.reload()
    assert bar.locator(".run-state").inner_text() == "solved ✓"
    editor.wait_for()
    assert "low, high = min" in editor.inner_text(), "the answer is kept, and seen before anything is pressed"


def test_a_hint_is_there_at_once_and_a_solution_after_a_try(reader):
    solution = reader.bar("1.5").get_by_role("button", name="Solution")
    assert not solution.is_visible()
    hint = reader.page.get_by_text("polynomial of degree two is exact")
    assert not hint.is_visible()
    reader.page.locator(".cell:has([data-exercise='1.5']) + details.hint > summary").click()
    expect(hint).to_be_visible()
    assert not reader.bar("1.5").get_by_role("button", name="Hint").count(), "it is there once"
    reader.write(
        reader.page.locator('.cell:has([data-exercise="1.5"])'), "def exact_line_search(g, H):\n    return 1.0"
    )
    assert reader.press(reader.bar("1.5").locator("[data-action=run]")) == "well"
    assert "does not make its derivative zero" in reader.output("1.5").inner_text()
    solution.click()
    expect(reader.page.get_by_text("return g @ g / (g @ H @ g)").last).to_be_visible()


def test_cells_above_are_run_first_and_an_edit_is_kept_until_it_is_reset(read):
    reader = read()
    page, cell = reader.page, reader.claim
    assert reader.press(cell.locator("[data-action=run]")) == "well"
    ran = page.evaluate("[...document.querySelectorAll('.cell')].map((cell) => cell.dataset.ran)")
    last = ran.index(None)
    assert last > 1
    assert set(ran[:last]) == {"well"}, "all above the claim, and the claim"
    assert set(ran[last:]) == {None}, "and nothing below"
    measured = cell.locator("summary .claim-measured").text_content()
    reader.write(cell, "np.arange(2) + 40")
    assert reader.press(cell.locator("[data-action=run]")) == "well"
    assert "array([40, 41])" in cell.locator(".run-output").text_content()

    page.reload()
    expect(cell.locator(".cm-content")).to_contain_text("np.arange(2)")  # what Run runs is what is seen
    assert reader.press(cell.locator("[data-action=run]")) == "well"
    assert "array([40, 41])" in cell.locator(".run-output").text_content(), "the edit is kept"
    page.get_by_role("button", name="Reset page").click()
    assert cell.locator(".run-output").count() == 0
    assert reader.press(cell.locator("[data-action=run]")) == "well"
    assert cell.locator("summary .claim-measured").text_content() == measured
    assert page.problems == []


def test_an_endless_loop_is_stopped_and_what_follows_runs(reader):
    page, cell = reader.page, reader.page.locator('.cell:has([data-exercise="1.2"])')
    reader.write(cell, "while True:\n    pass")
    cell.locator("[data-action=run]").click()
    page.get_by_text("Checking exercise 1.2").wait_for()
    page.get_by_role("button", name="Stop").click()
    page.locator(".run-foot[data-ended=stopped]").wait_for()
    reader.write(cell, "print('again')")
    assert reader.press(cell.locator("[data-action=run]")) == "well"
    assert "again" in reader.output("1.2").inner_text()


def test_a_stop_before_the_cell_has_begun_is_not_said_of_its_last_run(reader):
    page, cell = reader.page, reader.page.locator('.cell:has([data-exercise="1.2"])')
    reader.write(cell, "def steps_to_shrink(kappa, fraction):\n    return 1")
    assert reader.press(cell.locator("[data-action=run]")) == "well"
    judged = reader.output("1.2").inner_text()
    assert "✗" in judged
    other = page.locator('.cell:has([data-exercise="1.3"])')
    reader.write(other, "while True:\n    pass")
    other.locator("[data-action=run]").click()
    page.get_by_text("Checking exercise 1.3").wait_for()
    page.get_by_role("button", name="Stop").click()
    page.locator(".run-foot[data-ended=stopped]").wait_for()
    cell.locator("[data-action=run]").click()  # Python begins anew, which takes a while
    page.get_by_role("button", name="Stop").click()
    page.locator(".run-foot[data-ended=stopped]").wait_for()
    assert reader.output("1.2").inner_text() == judged


def test_a_check_in_a_comment_is_none(reader):
    cell = reader.page.locator('.cell:has([data-exercise="1.2"])')
    reader.write(cell, "# then check() it\ndef steps_to_shrink(kappa, fraction):\n    return 1")
    assert reader.press(cell.locator("[data-action=run]")) == "well"
    assert "✗" in reader.output("1.2").inner_text()


def test_what_is_edited_while_it_runs_runs_again_for_what_is_below(read):
    reader = read()
    page = reader.page
    first, second = (page.locator(".cell:has(.run-bar:not([data-exercise]))").nth(k) for k in (0, 1))
    reader.write(first, "import time\ntime.sleep(3)\nvalue = 'old'")
    before = reader.runs()
    first.locator("[data-action=run]").dispatch_event("click")
    page.get_by_text("Running cell 1 of").wait_for()
    reader.write(first, "value = 'new'")
    reader.ended(before)
    reader.write(second, "print(value)")
    assert reader.press(second.locator("[data-action=run]")) == "well"
    assert second.locator(".run-output").inner_text().strip() == "new"


def test_two_tabs_keep_each_others_edits(read):
    reader = read()
    other = Reader(reader.page.context.new_page())
    other.page.goto(reader.page.url)
    for each, number, text in (reader, 0, "first = 1"), (other, 1, "second = 2"), (reader, 0, "first = 11"):
        each.write(each.page.locator(".cell:has(.run-bar:not([data-exercise]))").nth(number), text)
    assert sorted(json.loads(reader.page.evaluate(KEPT_EDITS)).values()) == ["first = 11", "second = 2"]


KEPT_EDITS = "localStorage.getItem('steepest-edits-01_batch_gradient_descent')"


def test_without_a_network_a_press_says_so_and_works_when_it_is_back(read):
    reader = read()
    page = reader.page
    edit = reader.bar("1.1").get_by_role("button", name="Solve")
    page.context.set_offline(True)
    edit.click()
    expect(reader.bar("1.1")).to_contain_text("could not be fetched")
    page.context.set_offline(False)
    edit.click()
    page.get_by_role("textbox", name="Your answer to exercise 1.1").wait_for()
    expect(reader.bar("1.1")).not_to_contain_text("could not be fetched")
    reader.write(page.locator('.cell:has([data-exercise="1.1"])'), "print('here')")
    assert reader.press(reader.bar("1.1").locator("[data-action=run]")) == "well"
    page.context.set_offline(True)
    page.get_by_role("button", name="Download notebook").click()
    expect(page.locator(".run-foot")).to_contain_text("could not be fetched")


def test_a_reset_ends_what_runs_and_leaves_nothing_of_it(reader):
    page, cell = reader.page, reader.page.locator('.cell:has([data-exercise="1.2"])')
    reader.write(cell, "print('begun')\nwhile True:\n    print(end='')")
    cell.locator("[data-action=run]").click()
    cell.locator(".run-output").get_by_text("begun").wait_for()
    page.get_by_role("button", name="Reset page").click()
    page.wait_for_timeout(500)
    left = page.locator(".run-foot, .run-output, .run-running, .run-failed, .cell[data-ran]")
    assert left.count() == 0, left.first.evaluate("element => element.outerHTML")
    reader.write(cell, "print('again')")
    assert reader.press(cell.locator("[data-action=run]")) == "well"
    assert "again" in reader.output("1.2").inner_text()


def test_an_error_says_where_in_the_readers_code(reader):
    reader.write(reader.page.locator('.cell:has([data-exercise="1.2"])'), "def f():\n    return 1 / 0\n\nf()")
    assert reader.press(reader.bar("1.2").locator("[data-action=run]")) == "badly"
    said = reader.output("1.2").inner_text()
    assert said.startswith("ZeroDivisionError: division by zero")
    assert "line 2, in f" in said
    assert "session.py" not in said
    assert "\x1b" not in said


MISCHIEF = """
class Page:
    def _repr_html_(self):
        return '''<p>before</p><img src="x" onerror="parent.ran = 1"><script>
            try { parent.document.title = "taken" } catch (error) { document.body.append("kept out") }
        </script>'''

Page()
"""


def test_what_a_reader_wrote_does_not_run_in_the_page(reader):
    reader.write(reader.claim, MISCHIEF)
    assert reader.press(reader.claim.locator("[data-action=run]")) == "well"
    frame = reader.claim.frame_locator(".run-frame")
    frame.get_by_text("kept out").wait_for()
    assert reader.page.evaluate("window.ran") is None
    assert "taken" not in reader.page.title()


def test_a_widget_that_a_run_returns_lives_in_its_frame_and_follows_the_theme(reader):
    code = (
        "from steepest import Adam, surfaces\nfrom steepest.live import Explorer\nExplorer([Adam()], surfaces.ravine())"
    )
    reader.write(reader.claim, code)
    assert reader.press(reader.claim.locator("[data-action=run]")) == "well"
    frame = reader.claim.frame_locator(".run-frame")
    slider = frame.get_by_role("slider").first
    slider.wait_for()
    drawn = frame.locator(".steepest svg").first
    before = drawn.inner_html()
    slider.focus()
    for _ in range(5):
        reader.page.keyboard.press("ArrowRight")
    reader.page.wait_for_timeout(500)
    assert drawn.inner_html() != before, "the path follows the slider"
    reader.page.evaluate("document.documentElement.dataset.theme = 'dark'")
    frame.locator("html[data-theme=dark]").wait_for(state="attached")


FORMATTED = """from IPython.display import Markdown, display
from steepest import Adam
from steepest.live import show_rule
table = "| rule | size |\\n| --- | --- |\\n| **Adam** | $\\\\frac{1}{2}$<br>`eps` |"
display(show_rule(Adam), Markdown(table))"""


def test_formulas_and_tables_of_a_run_are_set_as_the_page_sets_them(read):
    reader = read()
    cell = reader.page.locator('.cell:has([data-exercise="1.2"])')
    reader.write(cell, FORMATTED)
    assert reader.press(cell.locator("[data-action=run]")) == "well"
    output = reader.output("1.2")
    output.locator("table mfrac").wait_for()
    assert output.locator(".display mtable mtr").count() == 6, "the equations of Adam, one below the other"
    assert output.locator("th").all_inner_texts() == ["rule", "size"]
    assert "$" not in output.inner_text()


LINKED = """from IPython.display import display
from steepest import Momentum, surfaces
from steepest.live import Explorer, LiveMap, Slider
sliders = {"lr": Slider(0.02, 0.002, 0.2), "momentum": Slider(0.2, 0, 0.99)}
chart = LiveMap(lambda lr, momentum: lr * momentum, title="a map", **sliders)
display(chart)
display(Explorer([Momentum(lr=0.02, momentum=0.2)], surfaces.bowl(), follows=chart))"""


def test_a_widget_in_a_frame_moves_the_one_that_follows_it_in_another(read):
    reader = read()
    cell = reader.page.locator('.cell:has([data-exercise="1.2"])')
    reader.write(cell, LINKED)
    assert reader.press(cell.locator("[data-action=run]")) == "well"
    one, other = (reader.page.frame_locator(".run-frame").nth(k) for k in range(2))
    momentum = other.get_by_role("slider", name="momentum").first
    momentum.wait_for()
    expect(momentum).to_have_attribute("aria-valuetext", "0.2")
    one.get_by_role("slider", name="momentum").first.press("End")
    expect(momentum).to_have_attribute("aria-valuetext", "0.99")


def test_a_second_visit_needs_no_network(browser, root):
    context = browser.new_context(viewport=DESKTOP)
    reader = Reader(context.new_page())
    reader.page.goto(root + FIRST)
    cell = reader.page.locator('.cell:has([data-exercise="1.2"])')
    reader.write(cell, "print('here')")
    assert reader.press(cell.locator("[data-action=run]")) == "well"
    reader.page.wait_for_load_state("networkidle")
    context.set_offline(True)
    reader.page.goto(root + FIRST)
    assert reader.press(cell.locator("[data-action=run]")) == "well"
    assert "here" in reader.output("1.2").text_content()  # it is out of view, where no text is laid out
    context.close()


def test_a_phone_shows_it_without_scrolling_sideways_and_axe_finds_nothing(visit):
    from axe_playwright_python.sync_playwright import Axe

    reader = Reader(visit(FIRST, viewport=PHONE, color_scheme="light", has_touch=True))
    cell = reader.page.locator('.cell:has([data-exercise="1.2"])')
    reader.write(cell, "print('x' * 300)\n1 / 0  # a comment, and 'text'\nif True: pass")
    assert reader.press(cell.locator("[data-action=run]")) == "badly"
    assert reader.page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    output, foot = (one.bounding_box() for one in (reader.output("1.2"), reader.page.locator(".run-foot")))
    assert output["y"] + output["height"] <= foot["y"], "the foot hides nothing of what was said"
    for scheme in "light", "dark":
        reader.page.emulate_media(color_scheme=scheme)
        reader.page.locator(f"html[data-theme={scheme}]").wait_for(state="attached")
        found = Axe().run(
            reader.page, context={"include": [[".cell:has([data-exercise='1.2'])"], [".run-foot"], [".run-head"]]}
        )
        assert found.violations_count == 0, (scheme, found.generate_report())


def test_ones_own_optimizer_is_recognized_drawn_and_shared(visit, record_property):
    page = visit("book/your-optimizer.html", viewport=DESKTOP)
    page.set_default_timeout(WAIT)
    place = page.locator("#run-optimizer")
    place.get_by_role("button", name="Run").click()
    place.get_by_text("This is a famous error, NewVelocityNesterov").wait_for()
    frame = page.frame_locator(".run-frame")
    frame.get_by_role("slider").first.wait_for()
    assert "Momentum" in frame.locator(".steepest").inner_text()

    place.get_by_role("button", name="Edit").click()
    editor = page.get_by_role("textbox", name="Your optimizer")
    editor.wait_for()
    text = editor.inner_text()
    place.evaluate("element => delete element.dataset.milliseconds")
    page.keyboard.press("Control+End")
    page.keyboard.type("#")
    page.locator("#run-optimizer[data-milliseconds]").wait_for()
    took = int(place.get_attribute("data-milliseconds"))
    record_property("Python in the page", f"an edit of one's own optimizer shows within {(took + 120) / 1000:.2f} s")
    page.keyboard.press("Control+a")
    rule = text.replace("self.momentum**2 * state.v - (1 + self.momentum) * self.lr * g", "state.v")
    page.keyboard.insert_text(rule.replace("class Mine", "class Other"))
    place.get_by_text("This takes the steps of Momentum.").wait_for()
    place.get_by_role("button", name="Start over").click()  # the class of another name is gone with its text
    place.get_by_text("This is a famous error, NewVelocityNesterov").wait_for()
    editor.focus()
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(rule)
    place.get_by_text("This takes the steps of Momentum.").wait_for()

    place.get_by_role("button", name="Link").click()
    address = page.get_by_role("textbox", name="link to this rule").input_value()
    assert page.problems == []
    other = visit(address.partition("/steepest/")[2], viewport=DESKTOP)
    other.get_by_text("it runs when you press Run").wait_for()
    assert "return state.v" in other.locator("#run-optimizer pre").inner_text()
    other.evaluate("() => (location.hash = '#code=x%20%3D%201')")
    expect(other.locator("#run-optimizer pre")).to_have_text("x = 1")  # another link, in the same window
    other.evaluate("() => (location.hash = '#code=%E0%A4%A')")
    other.get_by_text("The link is cut off").wait_for()
    assert not [file for file in other.files if file.endswith(".wasm")], "a link runs nothing"


def test_what_is_typed_while_python_starts_is_run_and_stop_stops(visit):
    page = visit("book/your-optimizer.html", viewport=DESKTOP)
    page.set_default_timeout(WAIT)
    place = page.locator("#run-optimizer")
    place.get_by_role("button", name="Edit").click()
    page.get_by_role("textbox", name="Your optimizer").wait_for()
    place.get_by_role("button", name="Run").click()
    page.keyboard.press("Control+End")
    page.keyboard.insert_text("\n\nwhile True:\n    pass")
    place.get_by_text("It runs …").wait_for()
    place.get_by_role("button", name="Run").click()
    place.get_by_role("button", name="Stop").click()
    place.get_by_text("Stopped.").wait_for()
    page.wait_for_timeout(500)
    assert place.get_by_role("button", name="Stop").is_hidden(), "what was pressed while it ran starts nothing anew"


def test_progress_is_summed_up_saved_and_added_on_another_machine(read, visit, tmp_path):
    reader = read()
    cell = reader.page.locator('.cell:has([data-exercise="1.5"])')
    reader.write(cell, "def exact_line_search(g, H):\n    return g @ g / (g @ H @ g)")
    assert reader.press(cell.locator("[data-action=run]")) == "well"
    reader.page.goto(reader.page.url.replace("notebooks/01_batch_gradient_descent", "book/progress"))
    reader.page.get_by_text("You have solved 1 of").wait_for()
    with reader.page.expect_download() as download:
        reader.page.get_by_role("button", name="Save as a file").click()
    download.value.save_as(tmp_path / "mine.json")
    (tmp_path / "not.json").write_text("[1]")

    page = visit("book/progress.html", viewport=PHONE)
    page.get_by_text("You have solved 0 of").wait_for()
    page.get_by_label("a file saved here").set_input_files(tmp_path / "not.json")
    page.get_by_text("This is no file of the course").wait_for()
    page.get_by_label("a file saved here").set_input_files(tmp_path / "mine.json")
    page.get_by_text("You have solved 1 of").wait_for()
    assert page.get_by_role("row", name="1.5").inner_text().endswith("solved ✓")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


ANSWERS = sorted((ROOT / "tests").glob("answers_*.py"))

VERDICTS = """
names = {{"__name__": "answers"}}
exec({source!r}, names)
from steepest.exercises import check
given = [*names["RIGHT"].items(), *names.get("ALSO_RIGHT", []), *((n, f) for n, f, hint in names["WRONG"])]
for number, answer in given:
    print(check(number, answer))
"""


def rounded(verdict):
    """A verdict without the last digits of numbers that it quotes in full: another machine rounds otherwise."""
    return re.sub(r"(\d\.\d{12})\d+", r"\1", verdict)


@pytest.mark.parametrize("path", ANSWERS, ids=lambda path: path.stem)
def test_every_answer_gets_the_same_verdict_as_in_cpython(reader, path, record_property):
    answers = importlib.import_module(path.stem)
    given = [*answers.RIGHT.items(), *getattr(answers, "ALSO_RIGHT", []), *((n, f) for n, f, _ in answers.WRONG)]
    expected = [rounded(str(check(number, answer))) for number, answer in given]
    ended, outputs = reader.run(VERDICTS.format(source=path.read_text(encoding="utf-8")))
    printed = "".join(output["text"] for output in outputs if output.get("name") == "stdout")
    said = [rounded(line) for line in printed.splitlines()]
    assert (ended, said) == ("well", expected), outputs[-1]
    record_property("Python in the page", f"{path.stem}: {len(said)} verdicts as in CPython")


def compared(cell):
    """What nbval compares of a cell: every text, and no picture."""
    outputs = []
    for output in cell.outputs:
        if output.output_type == "stream":
            outputs.append((output.name, output.text))
        elif output.output_type == "error":
            outputs.append((output.ename, output.evalue))
        else:
            outputs.append({mime: data for mime, data in output.data.items() if not mime.startswith("image/")})
    return outputs


def different(stored, ran):
    """The cells of a notebook that put out something else than what is stored, by how they begin."""
    pairs = [
        (compared(before), compared(after), before.source[:60])
        for before, after in zip(code_cells(stored), code_cells(ran), strict=True)
        if not {IGNORED, "remove-cell"} & {*before.metadata.get("tags", [])}
    ]
    assert pairs
    return {source: (before, after) for before, after, source in pairs if before != after}


@pytest.mark.parametrize("path", NOTEBOOKS if ALL else NOTEBOOKS[:1], ids=lambda path: path.stem)
def test_a_chapter_runs_in_the_page_with_its_stored_outputs(read, path, tmp_path, record_property):
    reader = read(f"notebooks/{path.stem}.html")
    assert reader.press(reader.page.locator("[data-action=all]")) == "well"
    with reader.page.expect_download() as download:
        reader.page.get_by_role("button", name="Download notebook").click()
    download.value.save_as(tmp_path / path.name)
    stored, ran = (nbformat.read(one, as_version=4) for one in (path, tmp_path / path.name))
    cells, wrong = len(code_cells(stored)), different(stored, ran)
    memory = int(reader.page.evaluate("document.documentElement.dataset.pythonMemory"))
    record_property(
        "Python in the page",
        f"{path.stem}: {cells - len(wrong)}/{cells} cells the same, {memory / 1e6:.0f} MB",
    )
    assert wrong == {}
    assert memory <= 400e6
    assert reader.page.problems == []


NEWEST = fetch_engine.RELEASES[-1]


@pytest.fixture
def root_with_newest(engine, tmp_path):
    """The address of the site with the newest Pyodide, as far as package registries have it.

    That is its core, and of the packages those that need none of Pyodide's own release. NumPy is not among them, so of
    the course's package there are the session and what finds a cell's needs alone, which import none.
    """
    site, bits = tmp_path / "site", tmp_path / "bits"
    folder = site / "run" / "engine"
    for made in folder, bits:
        made.mkdir(parents=True)
    for one, other in (SITE, site), (SITE / "run", site / "run"):
        for path in one.iterdir():
            if not (other / path.name).exists():
                (other / path.name).symlink_to(path)
    pins = fetch_engine.pins_of(NEWEST)
    try:
        core = fetch_engine.from_npm(f"pyodide@{NEWEST}", pins["sha256"], bits)
        fetch_engine.from_pypi(pins["pypi"], pins["python"], folder)
    except (OSError, subprocess.CalledProcessError) as error:
        skip_or_fail(f"no Pyodide {NEWEST} from npm, or no wheels from PyPI: {error}")
    for file in pins["core"]:
        (folder / file).write_bytes(core[file])
    lock = fetch_engine.reduced(json.loads(core[fetch_engine.LOCK]), pins)
    packages = lock["packages"]
    alone = [name for name in packages if fetch_engine.closure([name], packages) <= pins["pypi"].keys()]
    lock["packages"] = {name: packages[name] for name in alone}
    (folder / fetch_engine.LOCK).write_text(json.dumps(lock), encoding="utf-8")
    sums = {path.name: fetch_engine.sum_of(path.read_bytes()) for path in folder.iterdir()}
    (folder / fetch_engine.SUMS).write_text(json.dumps(sums), encoding="utf-8")
    (whole,) = (SITE / "run" / "engine").glob("steepest-*.whl")
    with zipfile.ZipFile(whole) as all_of_it, zipfile.ZipFile(folder / whole.name, "w") as part:
        part.writestr("steepest/__init__.py", "")
        for name in all_of_it.namelist():
            if name in ("steepest/session.py", "steepest/needs.py") or ".dist-info/" in name:
                part.writestr(name, all_of_it.read(name))
    run_here.add_package(folder, folder / whole.name, ["tqdm"], pins["core"])
    with http.server.ThreadingHTTPServer(("localhost", 0), functools.partial(Handler, directory=site)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://localhost:{server.server_port}{BASE}"
        server.shutdown()


SYMBOLIC = """import sys
import sympy

x = sympy.symbols("x")
print(*sys.version_info[:2], sep=".")
print(sympy.diff(sympy.exp(x**2), x))
1 / 0"""


def test_the_newest_pyodide_starts_in_the_same_worker(root_with_newest, browser, record_property):
    context = browser.new_context(viewport=DESKTOP)
    page, asked = context.new_page(), []
    page.on("console", lambda message: message.type == "error" and asked.append(message.text))
    context.on("request", lambda request: request.url.startswith(root_with_newest) or asked.append(request.url))
    page.goto(root_with_newest + FIRST)
    ended, outputs = Reader(page).run(SYMBOLIC)
    printed = "".join(output["text"] for output in outputs if output.get("name") == "stdout")
    python = fetch_engine.pins_of(NEWEST)["python"]
    assert printed.splitlines() == [python, "2*x*exp(x**2)"], (ended, outputs)
    assert (ended, outputs[-1]["ename"]) == ("badly", "ZeroDivisionError")
    assert int(page.evaluate("document.documentElement.dataset.pythonMemory")) > 10e6
    assert asked == []
    record_property("Python in the page", f"Pyodide {NEWEST} without NumPy: Python {python} runs SymPy")
    context.close()


FAKE = """
from dataclasses import dataclass
from IPython.display import display
from steepest import Optimizer

class Fake:
    def _repr_html_(self):
        return '''<meta http-equiv="refresh" content="0; url=about:blank"><style>h1 { display: none }</style>
            <form action="/elsewhere"><input name="word"></form><p class="recognized">This takes the steps of Adam.</p>
            <script>1</script>'''

class Bold:
    def _repr_html_(self):
        return '<p class="recognized"><b onclick="1">bold</b></p><script>document.body.append("another")</script>'

display(Fake(), Bold())

@dataclass
class Mine(Optimizer):
    lr: float = 0.1

    def step(self, g, state):
        return -self.lr * g
"""


def test_the_page_of_ones_own_optimizer_shows_only_text_of_what_a_linked_rule_displays(visit):
    page = visit(f"book/your-optimizer.html#code={quote(FAKE)}", viewport=DESKTOP)
    page.set_default_timeout(WAIT)
    place = page.locator("#run-optimizer")
    before = {name: page.locator(name).count() for name in ["meta", "style", "form"]}
    place.get_by_role("button", name="Run").click()
    page.locator("#run-optimizer[data-shown=well]").wait_for()
    place.get_by_text("This takes the steps of Gradient descent.").wait_for()
    assert place.locator(".run-found iframe").count() == 2, "what has a script of its own is in a frame"
    place.locator(".run-found").frame_locator("iframe").last.get_by_text("another").wait_for()
    assert {name: page.locator(name).count() for name in before} == before
    assert page.get_by_role("heading", name="Your own optimizer").is_visible()
    assert place.locator(".run-found b").count() == 0


OF_THE_SITE = """import js
names = ["caches", "indexedDB", "BroadcastChannel", "Worker", "SharedWorker"]
print([name for name in names if hasattr(js, name)])
print([name for name in ["serviceWorker", "storage"] if hasattr(js.navigator, name)])
print(hasattr(js, "fetch"))"""


def test_python_cannot_reach_what_the_site_keeps(reader):
    ended, outputs = reader.run(OF_THE_SITE)
    assert ended == "well", outputs
    assert "".join(output["text"] for output in outputs).splitlines() == ["[]", "[]", "True"]


# An engine that was kept before: its files would not even start.
KEEP_ANOTHER = """async () => {
    const root = new URL("../", location.href), file = new URL("run/engine/pyodide.asm.wasm", root).href;
    const controlled = new Promise((resolve) =>
        navigator.serviceWorker.addEventListener("controllerchange", resolve, { once: true }));
    await navigator.serviceWorker.register(new URL("sw.js?engine=another", root), { scope: root.pathname });
    await controlled;
    await (await caches.open("steepest-engine-another")).put(file, new Response("another"));
    return fetch(file).then((answer) => answer.text());
}"""

KEPT = """async () => {
    const file = new URL("../run/engine/pyodide.asm.wasm", location.href).href, kept = {};
    for (const name of await caches.keys()) {
        const found = await (await caches.open(name)).match(file);
        kept[name] = found ? (await found.arrayBuffer()).byteLength : 0;
    }
    return kept;
}"""


def test_an_engine_that_was_kept_gives_way_to_the_one_of_the_site(read, engine):
    reader = read()
    assert reader.page.evaluate(KEEP_ANOTHER) == "another", "a kept file is not fetched again"
    ended, outputs = reader.run("print('here')")
    assert (ended, outputs[0]["text"]) == ("well", "here\n")
    reader.page.wait_for_load_state("networkidle")
    kept = reader.page.evaluate(KEPT)
    assert "steepest-engine-another" not in kept
    engines = [size for name, size in kept.items() if name.startswith("steepest-engine-")]
    assert engines == [engine["pyodide.asm.wasm"]["bytes"]], kept


def put(page, exercises):
    """Leave answers in the browser, as an earlier visit does, and open the page again."""
    page.evaluate("text => localStorage.setItem('steepest-exercises', text)", json.dumps(exercises))
    page.reload()


def kept_of(page):
    return json.loads(page.evaluate("localStorage.getItem('steepest-exercises')"))


def test_the_exercise_that_is_opened_has_the_focus_where_others_have_answers(read):
    reader = read()
    put(reader.page, {number: {"state": "tried", "answer": f"answer = {number}"} for number in ("1.1", "1.5")})
    for number in "1.1", "1.5":
        reader.page.get_by_role("textbox", name=f"Your answer to exercise {number}").wait_for()
    expect(reader.page.locator("body")).to_be_focused()
    reader.bar("1.2").get_by_role("button", name="Solve").press("Enter")
    expect(reader.page.get_by_role("textbox", name="Your answer to exercise 1.2")).to_be_focused()
    first = reader.page.get_by_role("textbox", name="Your answer to exercise 1.1")
    first.focus()
    reader.page.keyboard.press("Control+End")
    reader.page.keyboard.type("234")
    assert kept_of(reader.page)["1.1"]["answer"] == "answer = 1.1234"
    assert kept_of(reader.page)["1.5"]["answer"] == "answer = 1.5"


def test_a_reset_keeps_answers_where_they_are_seen_and_brings_back_the_stub_of_an_empty_one(read):
    reader = read()
    page = reader.page
    put(page, {"1.1": {"state": "solved", "answer": "mine = 1"}, "1.5": {"state": "tried", "answer": "mine = 5"}})
    first, fifth = (page.get_by_role("textbox", name=f"Your answer to exercise {n}") for n in ("1.1", "1.5"))
    fifth.wait_for()
    reader.write(page.locator('.cell:has([data-exercise="1.5"])'), " ")
    reader.write(reader.claim, "1 / 0")
    reader.press(reader.bar("1.1").locator("[data-action=run]"))
    page.get_by_role("button", name="Reset page").click()
    first.focus()  # an editor draws what is in sight
    expect(first).to_have_text("mine = 1")  # what Check judges is what stands there
    assert fifth.count() == 0
    assert "def exact_line_search(g, H): ..." in page.locator('.cell:has([data-exercise="1.5"])').inner_text()
    assert "1 / 0" not in reader.claim.text_content()
    assert kept_of(page) == {"1.1": {"state": "solved", "answer": "mine = 1"}, "1.5": {"state": "tried"}}
    page.reload()
    reader.bar("1.5").get_by_role("button", name="Solve").click()
    fifth.wait_for()
    expect(fifth).to_contain_text("def exact_line_search(g, H): ...")


@pytest.mark.parametrize(
    ("here", "given", "then"),
    [
        (("solved", "mine"), ("open", "older"), ("solved", "mine")),
        (("tried", "mine"), ("tried", "older"), ("tried", "mine")),
        (("tried", "mine"), ("solved", "further"), ("solved", "further")),
        (("tried", "mine"), ("solved", None), ("solved", "mine")),
        (("solved", None), ("open", "the only one"), ("solved", "the only one")),
        (None, ("open", "new"), ("open", "new")),
    ],
)
def test_a_file_replaces_an_answer_only_by_one_that_got_further(visit, here, given, then):
    def entry(pair):
        return {"state": pair[0]} | ({"answer": pair[1]} if pair[1] else {})

    page = visit("book/progress.html", viewport=DESKTOP)
    put(page, {"1.1": entry(here)} if here else {})
    text = json.dumps({"steepest": 1, "exercises": {"1.1": entry(given)}})
    page.get_by_label("a file saved here").set_input_files(
        {"name": "saved.json", "mimeType": "application/json", "buffer": text.encode()}
    )
    page.get_by_text("1 came from the file" if here != then else "0 came from the file").wait_for()
    assert kept_of(page)["1.1"] == entry(then)


def add(page, exercises):
    """Add what a file holds to the progress on its page; what the page then says."""
    text = json.dumps({"steepest": 1, "exercises": exercises})
    page.get_by_label("a file saved here").set_input_files(
        {"name": "saved.json", "mimeType": "application/json", "buffer": text.encode()}
    )
    status = page.locator("#run-progress [role=status]")
    expect(status).to_contain_text("came from the file")
    return status.inner_text()


def test_what_is_no_exercise_of_the_course_is_left_out_and_named(visit):
    page = visit("book/progress.html", viewport=DESKTOP)
    solved = {"state": "solved", "answer": "mine"}
    said = add(page, {"0.0": solved, "99.99": solved, "1.1": solved, "1.5": {"state": "won"}, "__proto__x": 1})
    assert re.fullmatch(r"You have solved 1 of \d+ exercises\. 1 came from the file\. Left out .*", said)
    assert said.endswith(
        "Left out what is no answer to an exercise of the course: “0.0”, “99.99”, “1.5”, “__proto__x”."
    )
    assert kept_of(page) == {"1.1": solved}
    said = add(page, {f"{'9' * 60}.{k}": solved for k in range(30)})
    assert said.endswith(f"“{'9' * 20}”, and 25 more.")
    assert "Left out" not in add(page, {"1.1": solved})


@pytest.mark.parametrize("storage", WITHOUT_STORAGE)
def test_where_nothing_can_be_kept_the_page_says_so_and_shows_what_came(browser, root, storage):
    context = browser.new_context(viewport=DESKTOP)
    context.add_init_script(WITHOUT_STORAGE[storage])
    page = context.new_page()
    page.goto(f"{root}book/progress.html")
    said = add(page, {"1.1": {"state": "solved"}, "1.5": {"state": "tried"}})
    assert re.match(r"You have solved 1 of \d+ exercises\. 2 came from the file\. But this browser keeps no more", said)
    page.reload()
    page.get_by_text("You have solved 0 of").wait_for()
    context.close()


def test_a_frame_that_is_not_ready_shows_the_latest_when_it_is(visit):
    page = visit("book/your-optimizer.html", viewport=DESKTOP)
    page.evaluate(
        """async () => {
            const { framed, update } = await import(new URL("../run/outputs.js", location.href));
            const frame = framed("<p>the first</p>", "a frame");
            document.querySelector("#run-optimizer").append(frame);
            update(frame, "<p>the latest</p>");
        }"""
    )
    frame = page.frame_locator(".run-frame")
    frame.locator("p").wait_for()
    page.wait_for_load_state("networkidle")
    assert frame.locator("p").inner_text() == "the latest"


FRAMES = """async () => {
    const { framed } = await import(new URL("../run/outputs.js", location.href));
    let added = 0;
    const add = window.addEventListener;
    window.addEventListener = (...given) => { added += 1; add.apply(window, given); };
    const place = document.querySelector("#run-optimizer");
    for (const text of ["one", "two", "three"]) {
        const frame = framed(`<p>${text}</p>`, text);
        place.replaceChildren(frame);
        await new Promise((resolve) => frame.addEventListener("load", resolve));
    }
    return added;
}"""


def test_a_frame_that_goes_leaves_no_listener_and_the_last_one_is_shown_and_measured(visit):
    page = visit("book/your-optimizer.html", viewport=DESKTOP)
    assert page.evaluate(FRAMES) == 0
    page.frame_locator(".run-frame").get_by_text("three").wait_for()
    page.locator(".run-frame[style*=height]").wait_for()
    assert page.problems == []


RULE = """from dataclasses import dataclass
from steepest import Optimizer

@dataclass
class Mine(Optimizer):
lr: float = 0.05

def step(self, g, state):
return -self.lr * g"""


def test_ones_own_optimizer_by_keyboard_on_a_phone_and_axe_finds_nothing(visit):
    from axe_playwright_python.sync_playwright import Axe

    page = visit("book/your-optimizer.html", viewport=PHONE, color_scheme="light", has_touch=True)
    page.set_default_timeout(WAIT)
    page.locator("#run-optimizer[data-ready]").wait_for()
    page.get_by_role("button", name="Edit").press("Enter")
    editor = page.get_by_role("textbox", name="Your optimizer")
    expect(editor).to_be_focused()
    page.keyboard.press("Control+a")
    page.keyboard.type(RULE)  # it indents by itself
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Run", "Escape and Tab lead out of the editor"
    page.keyboard.press("Enter")
    page.get_by_text("This takes the steps of Gradient descent.").wait_for()
    page.frame_locator(".run-frame").get_by_role("slider").first.wait_for()
    assert page.problems == []
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert editor.evaluate("element => parseFloat(getComputedStyle(element).fontSize)") >= 16, "no phone zooms in"
    for scheme in "light", "dark":
        page.emulate_media(color_scheme=scheme)
        page.locator(f"html[data-theme={scheme}]").wait_for(state="attached")
        found = Axe().run(page, context={"include": [["#run-optimizer"]]})
        assert found.violations_count == 0, (scheme, found.generate_report())
