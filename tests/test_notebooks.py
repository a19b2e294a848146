"""Every chapter is complete, in its form, and stored as it was run. (nbval runs the cells and compares the outputs.)"""

import importlib.util
import json
import os
import re
import subprocess
import sys
import types

import nbformat
import pytest
import yaml
from conftest import ROOT
from IPython.core.inputtransformer2 import TransformerManager
from repository import address, setup_cell, version

#: The sections of every chapter, in their order. A heading may add a subtitle after a colon: "Why: one step is dear".
SECTIONS = [
    "Why",
    "What you will be able to do",
    "Derivation",
    "Implementation",
    "The rule",
    "Move it",
    "Theory and measurement",
    "Real data",
    "Hyperparameters",
    "Where it breaks",
    "Exercises",
    "Recap",
    "References",
]

#: The only tag by which nbval may leave an output uncompared, and the only outputs that may be: those of widgets, whose
#: pictures are stored without the script.
IGNORED, WIDGET = "nbval-ignore-output", re.compile(r"(Explorer|LivePlot|LiveMap|TuningLab)\(")

NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
each_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def code_cells(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def headings(notebook):
    """The headings of a notebook as (level, text), those in fenced code left out."""
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            prose = re.sub(r"^```.*?^```", "", cell.source, flags=re.MULTILINE | re.DOTALL)
            for hashes, text in re.findall(r"^(#+) +(.+?) *$", prose, flags=re.MULTILINE):
                yield len(hashes), text


def test_there_are_notebooks():
    assert NOTEBOOKS


@each_notebook
def test_every_cell_has_run_in_order_without_error(path):
    # nbval passes a cell that was never run without comparing anything.
    cells = code_cells(nbformat.read(path, as_version=4))
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    assert not [output for cell in cells for output in cell.outputs if output.output_type == "error"]


@each_notebook
def test_only_widgets_are_left_uncompared(path):
    for cell in code_cells(nbformat.read(path, as_version=4)):
        tags = set(cell.metadata.get("tags", []))
        assert not {tag for tag in tags if tag.startswith("nbval")} - {IGNORED}
        assert "raises-exception" not in tags
        assert "NBVAL_" not in cell.source
        if IGNORED in tags:
            (output,) = cell.outputs
            assert WIDGET.match(output.data["text/plain"]), cell.source
            assert "image/png" in output.data, cell.source


@each_notebook
def test_the_sections_are_those_of_every_chapter(path):
    notebook = nbformat.read(path, as_version=4)
    assert [text.split(":")[0] for level, text in headings(notebook) if level == 2] == SECTIONS
    assert [level for level, _ in headings(notebook)].count(1) == 1
    assert next(headings(notebook))[0] == 1


@each_notebook
def test_the_first_code_cell_sets_the_course_up(path):
    cell = code_cells(nbformat.read(path, as_version=4))[0]
    assert cell.source == setup_cell(address(), version())
    assert cell.metadata.get("tags") == ["remove-cell"]  # a reader of the book has nothing to install
    assert cell.outputs == []


@pytest.mark.parametrize("missing", [True, False])
def test_the_set_up_cell_installs_the_course_where_it_is_missing(monkeypatch, missing):
    commands = []
    shell = types.SimpleNamespace(run_line_magic=lambda *command: commands.append(command))
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if missing else name)
    code = TransformerManager().transform_cell(setup_cell("https://github.com/you/steepest", "0.3.0"))
    exec(code, {"get_ipython": lambda: shell})
    installs = [("pip", 'install -q "steepest @ git+https://github.com/you/steepest@v0.3.0"')]
    assert commands == (installs if missing else [])


@each_notebook
def test_the_prose_reads_well_outside_the_book_too(path):
    # Roles and directives of MyST show as raw text on GitHub, in JupyterLab and in Colab.
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type == "markdown":
            assert not re.search(r"^(:::|```\{)|\{[a-z:-]+\}`", cell.source, flags=re.MULTILINE), cell.source


def test_every_notebook_is_a_page_of_the_book():
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text())
    text = json.dumps(toc)
    assert [path.stem for path in NOTEBOOKS if f'"notebooks/{path.stem}"' not in text] == []


def number_in(output):
    """Where the first number of an output stands: (its text, the match), or None."""
    text = output.get("text") or output.get("data", {}).get("text/plain") or ""
    return re.search(r"\d", text) and (text, re.search(r"\d", text))


def test_a_changed_number_is_seen(tmp_path):
    """With one digit of one stored output changed, that cell fails, and every cell before it passes."""
    notebook = nbformat.read(NOTEBOOKS[0], as_version=4)
    last = next(
        index
        for index, cell in enumerate(notebook.cells)
        if cell.cell_type == "code"
        and IGNORED not in cell.metadata.get("tags", [])
        and any(number_in(output) for output in cell.outputs)
    )
    notebook.cells = notebook.cells[: last + 1]
    output = next(filter(number_in, notebook.cells[last].outputs))
    text, match = number_in(output)
    changed = text[: match.start()] + str((int(match.group()) + 1) % 10) + text[match.end() :]
    if "text" in output:
        output.text = changed
    else:
        output.data["text/plain"] = changed
    copy = tmp_path / "copy.ipynb"
    nbformat.write(notebook, copy)

    options = ["-p", "no:cacheprovider", "-p", "no:xdist", "-c", ROOT / "pyproject.toml"]
    command = [sys.executable, "-m", "pytest", *options, copy]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    result = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=300)
    before = len(code_cells(notebook)) - 1
    assert f"1 failed, {before} passed" in result.stdout, result.stdout
    assert "Cell outputs differ" in result.stdout, result.stdout
