"""Every chapter is complete, in its form, and stored as it was run. (nbval runs the cells and compares the outputs.)"""

import ast
import collections
import copy
import html
import importlib.util
import itertools
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
from run_here import CHECK
from run_notebooks import OF_THE_PAGE, measures_time

from steepest import live
from steepest.live.widget import Live

#: What every chapter has, by the tag of the cell that begins it, and what its part must hold, up to the next one.
INGREDIENTS = {
    "why": r"\w",
    "goals": r"After this chapter you can\n\n- ",
    "derivation": r"\\tag\{",
    "by-hand": r"^(class|def) ",
    "rule": r"show_(rule|summary)\(",
    "move": r"(EdgeOfStability|Explorer|LivePlot|LiveMap|TuningLab|frames)\(",
    "measure": r"claim\(",
    "data": r"claim\(",
    "hyperparameters": r"^\| --- \|",
    "breaks": r"^(\*\*|### )",
    "exercises": r"^## Exercises\n",
    "recap": r"^## Recap\n",
}

#: How every chapter ends.
END = ["Exercises", "Recap", "References"]

#: The only tag by which nbval may leave an output uncompared, and the only outputs that may be: those of widgets, whose
#: pictures are stored without the script.
WIDGETS = "|".join(name for name, kind in vars(live).items() if isinstance(kind, type) and issubclass(kind, Live))
IGNORED, WIDGET = "nbval-ignore-output", re.compile(rf"({WIDGETS})\(")

#: A hint, folded: one to three short sentences in one paragraph.
HINT = re.compile(r'<details class="hint"><summary>Hint</summary>\n\n\S.+(\n.+)*\n\n</details>')

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
def test_a_picture_of_measured_times_is_stored_for_the_page_too(path):
    for cell in filter(measures_time, nbformat.read(path, as_version=4).cells):
        (output,) = cell.outputs
        assert output.data.keys() == {"image/png", "text/plain"}  # what places that show notebooks know
        page = html.unescape(output.metadata["image/png"][OF_THE_PAGE])
        assert output.data["text/plain"] in page
        assert page.count("data:image/svg+xml;base64,") == 2
        assert "<figcaption>" in page


def parts(notebook):
    """The text of a notebook from each tagged ingredient to the next, by tag."""
    found, current = {}, []
    for cell in notebook.cells:
        if tags := INGREDIENTS.keys() & cell.metadata.get("tags", []):
            current = [found.setdefault(tag, []) for tag in tags]
        for part in current:
            part.append(cell.source)
    return {tag: "\n\n".join(part) for tag, part in found.items()}


@each_notebook
def test_every_ingredient_is_there(path):
    found = parts(nbformat.read(path, as_version=4))
    assert INGREDIENTS.keys() - found.keys() == set()
    for tag, holds in INGREDIENTS.items():
        assert re.search(holds, found[tag], re.MULTILINE), tag


@each_notebook
def test_a_chapter_has_one_title_and_ends_like_the_others(path):
    found = list(headings(nbformat.read(path, as_version=4)))
    assert [text for level, text in found if level == 2][-3:] == END
    assert [level for level, _ in found].count(1) == 1
    assert found[0][0] == 1


@each_notebook
def test_the_equations_of_a_chapter_are_numbered_in_their_order(path):
    text = "\n".join(cell.source for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "markdown")
    numbers = re.findall(r"\\tag\{(.*?)\}", text)
    assert numbers == [f"{int(path.stem[:2])}.{k}" for k in range(1, len(numbers) + 1)]


@each_notebook
def test_a_chapter_opens_with_something_to_move(path):
    for cell in nbformat.read(path, as_version=4).cells:
        assert not re.search(r"^## ", cell.source, re.MULTILINE), "a heading comes first"
        if re.search(rf"({WIDGETS})\(", cell.source):
            return
    pytest.fail("nothing to move")


@pytest.mark.parametrize("path", NOTEBOOKS[:7], ids=lambda path: path.stem)
def test_a_chapter_asks_for_predictions_and_sums_them_up(path):
    sources = [cell.source for cell in code_cells(nbformat.read(path, as_version=4))]
    assert sum("Predict(" in source for source in sources) >= 3
    assert sources[-1] == "Record()"


@each_notebook
def test_a_panel_is_not_named_by_its_side(path):
    """On a phone the panels of a figure stand below one another."""
    sides = re.compile(
        r"(?:^|[.:] )(?:Left|Middle|Right),|in the (?:left|right) (?:one|panel|plot)|(?:left|right) figure"
    )
    for cell in code_cells(nbformat.read(path, as_version=4)):
        for output in cell.outputs:
            for picture in output.get("metadata", {}).values():
                assert not sides.search(picture.get("alt", "")), picture["alt"]
                assert not sides.search(picture.get("caption", "")), picture["caption"]


def given_away(cells):
    """The questions that a figure or a claim answers right below, before the reader has committed to an answer.

    A widget answers nothing until it is moved, and a `Predict` with a veil is one.
    """
    for index, cell in enumerate(cells):
        if cell.cell_type == "code" or "**Predict.**" not in cell.source:
            continue
        for below in cells[index + 1 :]:
            if below.cell_type == "markdown":
                break
            if below.outputs:
                if not WIDGET.match(below.outputs[0].get("data", {}).get("text/plain", "")):
                    yield cell.source[cell.source.index("**Predict.**") :]
                break


@each_notebook
def test_no_question_is_answered_right_below_it(path):
    assert list(given_away(nbformat.read(path, as_version=4).cells)) == []


@pytest.mark.parametrize(
    ("below", "answered"),
    [
        (["Explorer([Adam()], bowl())"], False),
        (["Predict('Which one?')", "a picture"], False),
        (["a picture"], True),
        (["✓ it takes 95 steps: measured 95, expected 95"], True),
        ([None, "✓ it takes 95 steps: measured 95, expected 95"], True),
        ([None], False),
        ([], False),
    ],
)
def test_a_question_that_is_answered_right_below_is_found(below, answered):
    cells = [nbformat.v4.new_markdown_cell("Two runs.\n\n> **Predict.** Which one arrives first?")]
    for text in below:
        outputs = [nbformat.v4.new_output("execute_result", {"text/plain": text})] if text else []
        cells.append(nbformat.v4.new_code_cell("…", outputs=outputs))
    assert bool(list(given_away(cells))) == answered
    assert not list(given_away([cells[0], nbformat.v4.new_markdown_cell("An answer, folded."), *cells[1:]]))


def has_tag(cell, tag):
    return tag in cell.metadata.get("tags", [])


def before_solutions(cells):
    """For each checked exercise, its number and the cells between its stub and its solution."""
    for index, cell in enumerate(cells):
        stub = CHECK.search(cell.source)
        if cell.cell_type == "code" and stub and not has_tag(cell, "solution"):
            following = cells[index + 1 :]
            yield stub[1], list(itertools.takewhile(lambda cell: not has_tag(cell, "solution"), following))


def without_a_hint(cells):
    """The checked exercises that have not one folded hint, and nothing else, between the stub and the solution."""
    for number, between in before_solutions(cells):
        if [has_tag(cell, "hint") and bool(HINT.fullmatch(cell.source)) for cell in between] != [True]:
            yield number


@each_notebook
def test_every_checked_exercise_has_a_hint_before_its_solution(path):
    cells = nbformat.read(path, as_version=4).cells
    assert list(without_a_hint(cells)) == []
    assert sum(has_tag(cell, "hint") for cell in cells) == len(list(before_solutions(cells))) > 3


@pytest.mark.parametrize(
    ("between", "there"),
    [
        ([("Where does it begin?", "hint")], True),
        ([], False),
        ([("", "hint")], False),
        ([("Where does it begin?", None)], False),
        ([("Where?", "hint"), ("Where else?", "hint")], False),
    ],
)
def test_a_missing_hint_is_found(between, there):
    markdown, code = nbformat.v4.new_markdown_cell, nbformat.v4.new_code_cell
    cells = [
        code('def f(x): ...\n\n\ncheck("1.1", f)'),
        *(
            markdown(
                f'<details class="hint"><summary>Hint</summary>\n\n{words}\n\n</details>',
                metadata={"tags": [tag]} if tag else {},
            )
            for words, tag in between
        ),
        code('def f(x):\n    return x\n\n\ncheck("1.1", f)', metadata={"tags": ["hide-cell", "solution"]}),
    ]
    assert list(without_a_hint(cells)) == ([] if there else ["1.1"])


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


def broken_off(source):
    """The ends of a text and of its folds where a sentence is missing its end, or what its colon announces."""
    prose = re.sub(r"^```.*?^```|\$\$.*?\$\$", "▢", source, flags=re.MULTILINE | re.DOTALL)
    for fold in re.findall(r"</summary>(.*?)</details>", prose, flags=re.DOTALL):
        last = fold.strip().splitlines()[-1]
        if not re.search(r"([.?!)∎▢|*]|\\square\$)$", last):
            yield last
    for before, after in re.findall(r"(.*)\n\n([a-z].*)", re.sub(r"</?details.*?>", "", prose)):
        if not before.startswith("▢") and not re.search(r"[▢,:|>-]$", before):
            yield after  # a sentence that begins in the middle
    if prose.rstrip().endswith((",", ";")):
        yield prose.rstrip().splitlines()[-1]


@each_notebook
def test_no_sentence_breaks_off(path):
    cells = nbformat.read(path, as_version=4).cells
    sources = [cell.source for cell in cells if cell.cell_type == "markdown"]
    assert [(source[:40], end) for source in sources for end in broken_off(source)] == []


@pytest.mark.parametrize(
    ("source", "ends"),
    [
        ("Therefore, as said,\n\n$$\nx = 1\n$$\n\nso that it holds.", 0),
        ("<details><summary>Proof</summary>\n\nAdd up: this is (1).\n\n</details>", 0),
        ("<details><summary>Proof</summary>\n\nWith (2) these are\n\n</details>", 1),
        ("<details><summary>Proof</summary>\n\nThey lie at both ends:\n\n</details>", 1),
        ("Average over the batch.\n\nso the loss falls.", 1),
        ("Put in both,", 1),
    ],
)
def test_a_sentence_that_breaks_off_is_found(source, ends):
    assert len(list(broken_off(source))) == ends


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


# ---------------------------------------------------------------------------------------------------------------------
# What a claim compares
# ---------------------------------------------------------------------------------------------------------------------

ORDERINGS = ast.Lt, ast.LtE, ast.Gt, ast.GtE
#: Functions that ask "how near?" and answer yes or no.
NEARNESS = {"isclose", "allclose", "approx"}


def trees(notebook):
    """The code of a notebook, cell by cell: (index of the cell, syntax tree)."""
    for index, cell in enumerate(notebook.cells):
        if cell.cell_type == "code":
            yield index, ast.parse(TransformerManager().transform_cell(cell.source))


class Claims:
    """The claims of a notebook, and what its names stand for.

    A name stands for what it is set to where that happens once, by a plain assignment, and for nothing else.
    """

    def __init__(self, notebook):
        self.found, assigned, often = [], {}, collections.Counter()
        for index, tree in trees(notebook):
            for node in ast.walk(tree):
                if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                    often[node.id] += 1
                elif isinstance(node, (ast.arg, ast.FunctionDef)):
                    often[node.arg if isinstance(node, ast.arg) else node.name] += 1
                elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "claim":
                    self.found.append((index, node))
                if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                    assigned[node.targets[0].id] = node.value
        self.meaning = {name: value for name, value in assigned.items() if often[name] == 1}

    def __iter__(self):
        """Each claim: the cell, the statement, what is measured and what is expected or None, names resolved."""
        for index, call in self.found:
            named = {keyword.arg: keyword.value for keyword in call.keywords}
            given = dict(zip(["statement", "measured", "expected"], call.args, strict=False)) | named
            measured, expected = (given.get(side) and self.resolved(given[side]) for side in ("measured", "expected"))
            yield index, ast.unparse(given["statement"]), measured, expected

    def resolved(self, expression):
        """A copy of an expression with the meaning of each name in its place."""
        meaning, resolved = self.meaning, self.resolved

        class Resolver(ast.NodeTransformer):
            def visit_Name(self, name):
                value = meaning.get(name.id)
                # What a name is set to with its own help has no end.
                own = value is None or any(isinstance(n, ast.Name) and n.id == name.id for n in ast.walk(value))
                return name if own else resolved(value)

        return Resolver().visit(copy.deepcopy(expression))


def same(one, other):
    return one is not None and other is not None and ast.dump(one) == ast.dump(other)


def is_compared_with_itself(measured, expected):
    """Whether both sides are one expression, or the measured one takes an expression from, or divides it by, itself."""
    return same(measured, expected) or any(
        isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Sub, ast.Div)) and same(node.left, node.right)
        for node in ast.walk(measured)
    )


def is_truth(expected):
    """Whether what is expected is True or False, or a list of these."""
    if isinstance(expected, (ast.List, ast.Tuple)):
        return bool(expected.elts) and all(map(is_truth, expected.elts))
    return isinstance(expected, ast.Constant) and (isinstance(expected.value, bool) or expected.value == "True")


def asks_for_a_degree(measured):
    """Whether a truth value was made of numbers that differ by more or less, and so could be shown themselves.

    Whether two things are equal to the last bit, or a text holds a word, has no degree: yes or no says it all.
    """
    for node in ast.walk(measured):
        if isinstance(node, ast.Compare) and any(isinstance(operator, ORDERINGS) for operator in node.ops):
            return True
        if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] in NEARNESS:
            return True
    return False


def says_only_yes(measured, expected):
    return is_truth(expected) and asks_for_a_degree(measured)


@each_notebook
def test_no_claim_compares_an_expression_with_itself(path):
    claims = Claims(nbformat.read(path, as_version=4))
    assert [(cell, what) for cell, what, *sides in claims if is_compared_with_itself(*sides)] == []


@each_notebook
def test_a_claim_shows_a_number_where_the_question_is_one_of_degree(path):
    claims = Claims(nbformat.read(path, as_version=4))
    assert [(cell, what) for cell, what, *sides in claims if says_only_yes(*sides)] == []


@pytest.mark.parametrize(
    ("code", "itself", "yes"),
    [
        ("claim('', a / 2, a / 2)", True, False),
        ("a = f(3)\nb = f(3)\nclaim('', a, expected=b)", True, False),
        ("a = f(3)\nb = a / f(3)\nclaim('', b, 1)", True, False),
        ("claim('', np.abs(f(1) - f(1)).max(), below=1e-9)", True, False),
        ("a = f(3)\nb = f(4)\nclaim('', a, b)", False, False),
        ("for a in 1, 2:\n    pass\nclaim('', f(a), f(1))", False, False),
        ("a = 1\na = a + 1\nclaim('', a, 2)", False, False),
        ("claim('', a < b, True)", False, True),
        ("claim('', bool(np.all(a >= 2 * b)), True)", False, True),
        ("claim('', str(a < b), 'True')", False, True),
        ("better = [x < y for x, y in pairs]\nclaim('', all(better), True)", False, True),
        ("claim('', [a < b, c > d], [True, False])", False, True),
        ("claim('', np.allclose(a, b), True)", False, True),
        ("claim('', 'Adam' in text and np.array_equal(a, b), True)", False, False),
        ("claim('', a, below=b)", False, False),
    ],
)
def test_such_claims_are_found(code, itself, yes):
    ((_, _, *sides),) = Claims(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code)]))
    assert (is_compared_with_itself(*sides), says_only_yes(*sides)) == (itself, yes)


@each_notebook
def test_a_number_that_moves_a_figure_is_one_that_a_claim_asserts(path):
    notebook = nbformat.read(path, as_version=4)
    text = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    claims = [
        output.data["text/plain"]
        for cell in code_cells(notebook)
        for output in cell.outputs
        if "data" in output and output.data.get("text/plain", "").startswith("✓")
    ]
    for number in re.findall(r"\[([^]]*)\]\(move:", text):
        said = rf"(?<![\d.]){re.escape(number)}(?![\d.]*\d)"
        assert any(re.search(said, claim) for claim in claims), number
