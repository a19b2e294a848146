"""A session without Jupyter: what a cell gives is what a notebook stores, and an exercise brings along what it uses."""

import importlib
from pathlib import Path

import nbformat
import pytest
from repository import ROOT

from steepest.exercises import CHECKS
from steepest.session import MOST_PRINTED, Session, needed, packages

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


def test_a_name_from_a_loop_needs_the_whole_run():
    assert needed("f(x)", ["for x in range(3):\n    pass", "def f(x): ..."]) is None
    assert needed("print(y)", ["x = 2", "%magic", "y = x + 1", "z = y"]) == "x = 2\ny = x + 1"
    assert needed("def (", ["x = 2"]) == ""


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
    code = needed(stub, above)
    assert not HEAVY & packages(f"{code}\n{stub}")
    outputs = []
    session = Session(outputs.append)
    session.prepare(code)
    assert session.run(stub), outputs[-1]
    assert "not answered yet" in outputs[-1]["data"]["text/plain"]


def test_there_is_a_stub_for_every_exercise():
    assert len(list(exercises())) == len(CHECKS)


def test_the_packages_are_those_that_python_then_imports():
    for name in "steepest.plots", "steepest.surfaces", "steepest.live", "steepest.exercises":
        importlib.import_module(name)
    assert {"matplotlib", "numpy"} <= packages("from steepest import plots")
    assert {"sympy", "anywidget", "IPython"} <= packages("from steepest.live import Explorer")
    assert "matplotlib" in packages("def f():\n    import matplotlib.pyplot")
    assert packages("import (") == set()
    assert Path(importlib.import_module("steepest").__file__).exists()
