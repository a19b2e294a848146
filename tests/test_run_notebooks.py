"""Running a notebook stores what a reader needs, and the same every time."""

import nbformat
import pytest
from conftest import ROOT
from run_notebooks import MEASURES_TIME, run


@pytest.fixture
def notebook(tmp_path, monkeypatch):
    """A notebook that was run once: two cells tell the time, and the first is tagged as one that measures it."""
    monkeypatch.chdir(ROOT)
    path = tmp_path / "clock.ipynb"
    cells = [nbformat.v4.new_code_cell("import time\n\nprint(time.time_ns())") for _ in range(2)]
    cells[0].metadata.tags = [MEASURES_TIME]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    run(path)
    return path


def outputs(path):
    return [cell.outputs[0].text for cell in nbformat.read(path, as_version=4).cells]


def test_measured_times_stay_as_they_were_stored(notebook):
    measured, told = outputs(notebook)
    run(notebook)
    assert outputs(notebook)[0] == measured
    assert outputs(notebook)[1] != told


def test_a_cleared_output_is_measured_anew(notebook):
    measured, _ = outputs(notebook)
    cleared = nbformat.read(notebook, as_version=4)
    cleared.cells[0].outputs = []
    nbformat.write(cleared, notebook)
    run(notebook)
    assert outputs(notebook)[0] != measured
