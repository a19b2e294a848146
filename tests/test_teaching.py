"""The page for instructors: what it collects from the notebooks, and what it says of them."""

import math
import re
import sys

import generated
import nbclient
import nbformat
import pytest
from conftest import ROOT
from generated import KINDS, Chapter, chapters, exercises, hours
from repository import SETUP_CELL, places

from steepest.exercises import CHECKS, check

PAGE = (ROOT / "book" / "teaching.md").read_text(encoding="utf-8")
CHAPTERS = list(chapters())
BANK = {exercise.number: exercise for chapter in CHAPTERS for exercise in exercises(chapter)}


def rows(table):
    """The cells of each row of a table, without its heading."""
    return [[cell.strip() for cell in line[1:-1].split("|")] for line in table.splitlines()[2:]]


def chapter(text):
    return Chapter(9, "Nine", "09_nine.ipynb", text, code="", takes=text)


def test_all_that_is_generated_stands_on_a_page():
    pages = [path.read_text(encoding="utf-8") for path in (ROOT / "book").glob("*.md")]
    used = [name for page in pages for name in re.findall(r"```\{generated\} (\w+)", page)]
    assert set(used) == generated.GENERATED.keys()
    with pytest.raises(KeyError):
        hours(chapter("Reading takes a lifetime, the exercises another one."))


def test_the_times_are_what_the_chapters_say_and_add_up():
    said = chapter("Reading takes about an hour and a half, the exercises another one.")
    assert [generated.spoken(taken) for taken in hours(said)] == ["1½ hours", "1 hour"]
    *each, (_, reading, doing) = rows(generated.times_table())
    assert [link for link, *_ in each] == [c.link(f"{c.number} {c.title}") for c in CHAPTERS]
    assert [times for _, *times in each] == [[generated.spoken(taken) for taken in hours(c)] for c in CHAPTERS]
    for place, total in enumerate((reading, doing)):
        assert total == generated.spoken(sum(hours(c)[place] for c in CHAPTERS))


def test_an_exercise_says_its_kind_in_its_title():
    text = (
        "**9.1 Warm-up: half-life.** Write.\n\n**9.2 How long?** Write.\n\n**9.10 Spot the bug.** Find.\n\n"
        "**9.11 Proof and challenge: the cycle: why.** Prove.\n\n**8.1 Proof: of another chapter.**\n\n**bold**"
    )
    assert [tuple(exercise)[:3] for exercise in exercises(chapter(text))] == [
        ("9.1", "Half-life", "warm-up"),
        ("9.2", "How long?", "problem"),
        ("9.10", "Spot the bug", "spot the bug"),
        ("9.11", "The cycle: why", "proof and challenge"),
    ]


def test_the_bank_has_every_exercise_once_and_in_order():
    for chapter in CHAPTERS:
        found = [exercise.number for exercise in exercises(chapter)]
        assert found == [f"{chapter.number}.{place}" for place in range(1, len(found) + 1)] != []
    assert CHECKS.keys() <= BANK.keys()
    for number, exercise in BANK.items():
        assert ("check" in exercise.graded) == (number in CHECKS)
        assert ("reading" in exercise.graded) == (number not in CHECKS or "proof" in exercise.kind)


def test_every_kind_of_exercise_occurs_and_the_points_add_up():
    assert {exercise.kind for exercise in BANK.values()} == KINDS.keys()
    table = rows(generated.exercises_table())
    assert [cell[1] for cell in rows(generated.kinds_table())] == [asks for asks, _ in KINDS.values()]
    total = sum(KINDS[exercise.kind][1] for exercise in BANK.values())
    assert table[-1][3] == f"**{total}**"
    assert sum(int(points.strip("*")) for number, *_, points, _ in table if number.startswith("**")) == total
    assert sum(int(points) for number, *_, points, _ in table if number.startswith("[")) == total


def test_each_chapter_has_its_misconceptions_in_its_own_sections():
    """The book's build finds out whether the sections exist."""
    parts = re.findall(r"^### Chapter (\d): (.+)\n\n((?:\|.*\n)+)", PAGE, flags=re.MULTILINE)
    assert [(int(number), title) for number, title, _ in parts] == [(c.number, c.title) for c in CHAPTERS]
    for chapter, (*_, table) in zip(CHAPTERS, parts, strict=True):
        assert len(rows(table)) >= 3
        for said, answer, shown in rows(table):
            assert said.endswith(".")
            assert answer.endswith(".")
            links = re.findall(r"\[(.+?)\]\(\.\./notebooks/(.+?)#(.+?)\)", shown)
            assert links
            for name, file, section in links:
                assert file == chapter.name
                words = re.sub(r"[^\w ]", "", name).lower().replace(" ", "-")
                assert section.startswith(words)


def test_the_address_is_written_where_the_page_says():
    files = {path.name for path in places(ROOT) if path.suffix != ".ipynb"}
    assert files == {"pyproject.toml", "CITATION.cff", "README.md"}
    assert "README" in PAGE
    assert {"`CITATION.cff`", "`pyproject.toml`"} <= set(re.findall(r"`[\w.]+`", PAGE))
    assert "pip install" in SETUP_CELL


def test_the_program_that_grades_reads_the_verdicts(monkeypatch, tmp_path, capsys):
    right = check("1.2", lambda kappa, part: math.ceil(math.log(part) / math.log((kappa - 1) / (kappa + 1))))
    cells = []
    for verdict in (check("1.1", lambda eigenvalues: ...), check("1.3", lambda cls: True), right, right):
        data = {"text/plain": repr(verdict), "text/html": verdict._repr_html_()}
        output = nbformat.v4.new_output("execute_result", data=data)
        cells.append(nbformat.v4.new_code_cell("check(…)", outputs=[output]))
    cells += [nbformat.v4.new_code_cell("boom", outputs=[nbformat.v4.new_output("error")])]
    cells += [nbformat.v4.new_markdown_cell("✓ Exercise 1.6")]
    path = tmp_path / "student.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)

    ran = []
    monkeypatch.setattr(nbclient.NotebookClient, "execute", lambda client: ran.append(client))  # the outputs are there
    monkeypatch.setattr(sys, "argv", ["grade.py", str(path)])
    exec(re.search(r"```python\n(.*?)```", PAGE, re.DOTALL)[1], {})
    assert len(ran) == 1
    assert capsys.readouterr().out == f"{path}: 1.2\n"
