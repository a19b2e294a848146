"""What students get: the notebooks without a solution, and with everything else."""

import ast
import copy
import re

import matplotlib.pyplot as plt
import nbformat
import pytest
import without_solutions
from conftest import ROOT

NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
each_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def is_solution(cell):
    return "solution" in cell.metadata.get("tags", [])


def exercises(notebook):
    """The cells of the section with the exercises."""
    cells = iter(notebook.cells)
    for cell in cells:
        if cell.source.startswith("## Exercises"):
            yield cell
            break
    for cell in cells:
        if cell.source.startswith("## "):
            break
        yield cell


def text(cells):
    return "\n\n".join(cell.source for cell in cells if cell.cell_type == "markdown")


@pytest.fixture
def original(path):
    return nbformat.read(path, as_version=4)


@pytest.fixture
def given(original):
    before = copy.deepcopy(original)
    notebook = without_solutions.handed_out(original)
    assert original == before
    nbformat.validate(notebook)
    return notebook


@each_notebook
def test_no_solution_is_handed_out(original, given):
    solutions = [cell for cell in original.cells if is_solution(cell)]
    assert solutions
    assert not [cell for cell in given.cells if is_solution(cell)]
    assert not {cell.source for cell in solutions} & {cell.source for cell in given.cells}
    assert not re.search(r"<details>|olutions? (is|are) folded", text(exercises(given)))
    assert not [output for cell in exercises(given) for output in cell.get("outputs", []) if "✓" in str(output)]


@each_notebook
def test_everything_else_is_handed_out(original, given):
    stubs = [cell for cell in original.cells if cell.cell_type == "code" and not is_solution(cell)]
    code = [cell for cell in given.cells if cell.cell_type == "code"]
    assert [cell.source for cell in code] == [cell.source for cell in stubs]
    assert [len(cell.outputs) for cell in code] == [len(cell.outputs) for cell in stubs]
    assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1))

    hints = [
        [cell for cell in notebook.cells if "hint" in cell.metadata.get("tags", [])] for notebook in (original, given)
    ]
    assert hints[0] == hints[1] != []

    questions = re.compile(r"^\*\*\d\.\d+ .*", flags=re.MULTILINE)
    assert questions.findall(text(given.cells)) == questions.findall(text(original.cells)) != []
    others = [
        [cell.source for cell in notebook.cells if cell.cell_type == "markdown" and cell not in within]
        for notebook in (original, given)
        for within in [list(exercises(notebook))]
    ]
    assert others[0] == others[1] != []


@each_notebook
def test_what_is_left_of_an_exercise_needs_no_solution(given):
    """Each cell imports, defines what it checks, and checks it."""
    for cell in exercises(given):
        if cell.cell_type == "code":
            defined = set()
            for statement in ast.parse(cell.source).body:
                if isinstance(statement, ast.FunctionDef | ast.ClassDef):
                    defined.add(statement.name)
                elif not isinstance(statement, ast.Import | ast.ImportFrom):
                    number, answer = re.fullmatch(r"check\('(\d\.\d+)', (\w+)\)", ast.unparse(statement)).groups()
                    assert answer in defined, number


def test_a_fold_may_stand_between_two_exercises_and_before_the_next_section():
    markdown = nbformat.v4.new_markdown_cell
    notebook = nbformat.v4.new_notebook(
        cells=[
            markdown("## Theory\n\n<details>kept</details>"),
            markdown(
                "## Exercises\n\nWrite. Solutions are folded under each exercise.\n\n**1.1 One.** Do.\n\n"
                "<details>\n\ngone\n\n</details>\n\n**1.2 Two.** Do.\n\n<details>gone</details>\n\n## Recap\n\nAll."
            ),
            markdown("<details>kept</details>"),
        ]
    )
    assert [cell.source for cell in without_solutions.handed_out(notebook).cells] == [
        "## Theory\n\n<details>kept</details>",
        "## Exercises\n\nWrite.\n\n**1.1 One.** Do.\n\n**1.2 Two.** Do.\n\n## Recap\n\nAll.",
        "<details>kept</details>",
    ]


def test_all_chapters_are_written_in_the_place_of_older_ones(tmp_path):
    (tmp_path / "99_renamed.ipynb").touch()
    files = without_solutions.write(tmp_path)
    assert sorted(tmp_path.iterdir()) == files
    assert [path.name for path in files] == [path.name for path in NOTEBOOKS]
    for file, path in zip(files, NOTEBOOKS, strict=True):
        assert nbformat.read(file, as_version=4) == without_solutions.handed_out(nbformat.read(path, as_version=4))


@each_notebook
def test_the_exercises_of_a_handed_out_notebook_run(given):
    """With what the chapter imports at its beginning. (What stands between is as in the original, which nbval runs.)"""
    _, imports, *_ = (cell for cell in given.cells if cell.cell_type == "code")
    names, verdicts = {}, []
    with plt.rc_context():
        exec(imports.source, names)
        for cell in exercises(given):
            if cell.cell_type == "code":
                *definitions, question = ast.parse(cell.source).body
                exec(ast.unparse(definitions), names)
                verdicts.append(eval(ast.unparse(question), names))
    assert len(verdicts) > 3
    assert [verdict for verdict in verdicts if verdict.status != "not answered yet"] == []
