"""A session without Jupyter: what a cell gives is what a notebook stores, and an exercise brings along what it uses."""

import nbformat
import pytest
from repository import ROOT

from steepest.exercises import CHECKS
from steepest.needs import definitions, packages
from steepest.session import MOST_PRINTED, Session

#: What a page has to fetch for a cell, of all that the course imports.
HEAVY = {"matplotlib", "sympy", "IPython", "ipywidgets", "PIL", "sklearn", "scipy"}


def ran(*cells):
    outputs = []
    session = Session(outputs.append)
    return [session.run(cell) for cell in cells], outputs


def test_a_cell_shows_what_it_prints_and_then_its_last_value():
    ended, outputs = ran("print('a')\nprint('b')\n[1, 2]", "x = 3", "x + 1")
    assert ended == [True, True, True]
    assert [output["output_type"] for output in outputs] == ["stream", "execute_result", "execute_result"]
    assert outputs[0]["text"] == "a\nb\n"
    assert outputs[1]["data"]["text/plain"] == "[1, 2]"
    assert (outputs[2]["data"]["text/plain"], outputs[2]["execution_count"]) == ("4", 3)


@pytest.mark.parametrize(
    ("cell", "name", "says"),
    [
        ("def f():\n    return 1 / 0\n\nf()", "ZeroDivisionError", "line 2, in f"),
        ("x = (1,\n", "SyntaxError", "line 1"),
        ("import sys\nsys.exit(3)", "SystemExit", "line 2"),
    ],
)
def test_an_error_is_an_output_whose_trace_begins_in_the_readers_code(cell, name, says):
    ended, (output,) = ran(cell)
    assert (ended, output["output_type"], output["ename"]) == ([False], "error", name)
    trace = "\n".join(output["traceback"])
    assert says in trace
    assert "session.py" not in trace


def test_what_was_printed_stands_before_the_error():
    _, outputs = ran("print('before')\n1 / 0")
    assert [output["output_type"] for output in outputs] == ["stream", "error"]


def test_a_loop_that_prints_without_end_fills_no_memory():
    _, outputs = ran("for _ in range(100_000):\n    print('much')")
    text = "".join(output["text"] for output in outputs)
    assert len(text) < MOST_PRINTED + 100
    assert text.endswith("is left out.\n")


def test_display_and_open_figures_are_shown():
    _, outputs = ran(
        "from IPython.display import Markdown, display\ndisplay(Markdown('*a*'))\nMarkdown('*b*')",
        "import matplotlib.pyplot as plt\n_ = plt.figure()\nplt.plot([1, 2])\nNone",
    )
    assert [output["output_type"] for output in outputs] == ["display_data", "execute_result", "display_data"]
    assert outputs[0]["data"]["text/markdown"] == "*a*"
    assert "image/png" in outputs[2]["data"]


def exercises():
    for path in sorted(ROOT.glob("notebooks/*.ipynb")):
        above = []
        for cell in nbformat.read(path, as_version=4).cells:
            if cell.cell_type == "code":
                solution = "solution" in cell.metadata.get("tags", [])
                above.append("" if solution else cell.source)
                if "\ncheck(" in cell.source and not solution:
                    yield pytest.param(cell.source, list(above), id=cell.source.rpartition('check("')[2][:3])


@pytest.mark.parametrize(("stub", "above"), list(exercises()))
def test_an_exercise_runs_by_itself_and_needs_nothing_heavy(stub, above):
    code = definitions(stub, above)
    assert not HEAVY & packages(f"{code}\n{stub}")
    outputs = []
    session = Session(outputs.append)
    session.prepare(code)
    assert session.run(stub), outputs[-1]
    assert "not answered yet" in outputs[-1]["data"]["text/plain"]


def test_there_is_a_stub_for_every_exercise():
    assert len(list(exercises())) == len(CHECKS)
