"""Running notebooks stores what a reader needs, the same every time, and Ctrl-C ends every kernel at once."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time

import nbformat
import psutil
import pytest
from conftest import ROOT
from run_notebooks import MEASURES_TIME, main

#: A cell that says which process runs it, and goes on for longer than any test.
ENDLESS = "import os, time\nfrom pathlib import Path\n\nPath({file!r}).write_text(str(os.getpid()))\ntime.sleep(3600)"

#: How long a busy machine may take to begin, and how long to end, in seconds.
BEGIN, END = 240, 90


def write(path, *sources, **tags):
    """Write a notebook of code cells; `tags` are those of its first."""
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    cells[0].metadata.update(tags)
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)


@pytest.fixture
def notebook(tmp_path):
    """A notebook that was run once: two cells tell the time, and the first is tagged as one that measures it."""
    path = tmp_path / "clock.ipynb"
    write(path, *["import time\n\nprint(time.time_ns())"] * 2, tags=[MEASURES_TIME])
    assert main([path]) == 0
    return path


def outputs(path):
    return [cell.outputs[0].text for cell in nbformat.read(path, as_version=4).cells]


def test_measured_times_stay_as_they_were_stored(notebook):
    measured, told = outputs(notebook)
    main([notebook])
    assert outputs(notebook)[0] == measured
    assert outputs(notebook)[1] != told


def test_a_cleared_output_is_measured_anew(notebook):
    measured, _ = outputs(notebook)
    cleared = nbformat.read(notebook, as_version=4)
    cleared.cells[0].outputs = []
    nbformat.write(cleared, notebook)
    main([notebook])
    assert outputs(notebook)[0] != measured


def test_an_error_is_told_with_its_cell_and_leaves_the_file_alone(tmp_path):
    right, wrong = tmp_path / "right.ipynb", tmp_path / "wrong.ipynb"
    write(right, "print(1)")
    write(wrong, "1", "1 / 0")
    before = wrong.read_text()
    assert main([wrong, right]) == "wrong.ipynb, cell [2] (number 1 of all cells)\nZeroDivisionError: division by zero"
    assert wrong.read_text() == before
    assert outputs(right) == ["1\n"]


CONFIGURATION = """\
title: A book
only_build_toc_files: true
execute: {execute_notebooks: cache}
sphinx: {local_extensions: {execution: book/_ext}}
"""
CONTENTS = "format: jb-book\nroot: notebooks/one\nchapters: [{file: notebooks/another}]\n"


@pytest.fixture
def course(tmp_path):
    """A course of two notebooks that do not end, with the commands of this one."""
    for name in "Makefile", "pyproject.toml":
        shutil.copyfile(ROOT / name, tmp_path / name)
    shutil.copytree(ROOT / "book" / "_ext", tmp_path / "book" / "_ext", ignore=shutil.ignore_patterns("*.pyc"))
    (tmp_path / ".venv").symlink_to(sys.prefix)
    for folder in "src", "tests", "notebooks":
        (tmp_path / folder).mkdir()
    (tmp_path / "tests" / "test_bugs.py").touch()  # the book shows it
    (tmp_path / "_config.yml").write_text(CONFIGURATION)
    (tmp_path / "_toc.yml").write_text(CONTENTS)
    for name in "one", "another":
        write(tmp_path / "notebooks" / f"{name}.ipynb", ENDLESS.format(file=str(tmp_path / name)))
    return tmp_path


def told(course):
    """The processes of the kernels that have said theirs."""
    files = [course / name for name in ("one", "another")]
    return {int(text) for file in files if file.exists() and (text := file.read_text())}


@pytest.mark.parametrize("target", ["notebooks", "book", "test"])
def test_ctrl_c_ends_a_command_and_all_that_it_has_begun(course, target):
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    command = ["make", "-o", ".venv/.installed", *(["-o", "_build/.built"] if target == "test" else []), target]
    with (course / "said.txt").open("w") as said:
        make = subprocess.Popen(
            command, cwd=course, env=environment, stdout=said, stderr=said, start_new_session=True, text=True
        )
    begun = []
    try:
        end = time.monotonic() + BEGIN
        while len(kernels := told(course)) < min(2, os.cpu_count() or 1):
            assert make.poll() is None, (course / "said.txt").read_text()
            assert time.monotonic() < end, (course / "said.txt").read_text()
            time.sleep(0.1)
        begun = psutil.Process(make.pid).children(recursive=True)
        assert kernels <= {process.pid for process in begun}
        os.killpg(make.pid, signal.SIGINT)  # as a terminal does it: to the whole group of the command
        assert make.wait(timeout=END) != 0
        _, left = psutil.wait_procs(begun, timeout=END)
        assert left == []
    finally:
        for process in begun:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        make.kill()
