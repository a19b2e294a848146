"""The prose pages of the book: what they name is in the chapters and in the package, and their numbers are claimed."""

import ast
import json
import re

import fetch_engine
import nbformat
import numpy as np
import pytest
import test_bugs
from conftest import ROOT, SITE, skip_or_fail, soup
from generated import chapters, exercises

from steepest import AdaGrad, Adam, AMSGrad, Momentum, bugs
from steepest.optimizers import HYPERPARAMETERS

BOOK = ROOT / "book"
CHAPTERS = {
    chapter.number: nbformat.read(ROOT / "notebooks" / chapter.name, as_version=4).cells for chapter in chapters()
}
TEXT = {
    number: "\n\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    for number, cells in CHAPTERS.items()
}


def page(name):
    return (BOOK / f"{name}.md").read_text(encoding="utf-8")


def rows(text):
    """The cells of each row of the tables in a text, without their headings."""
    tables = re.findall(r"(?:^\|.*\n)+", text, flags=re.MULTILINE)
    for table in tables:
        for line in table.splitlines()[2:]:
            yield [cell.strip() for cell in line.strip()[1:-1].split("|")]


PAGES = ["index", "how-to-use", "conventions", "notation", "glossary", "bugs"]


@pytest.mark.parametrize("name", PAGES[1:])
def test_the_chapters_have_the_equations_that_a_page_names(name):
    prose = re.sub(r"^```\{code-cell\}.*?^```", "", page(name), flags=re.MULTILINE | re.DOTALL)
    named = re.findall(r"\d\.\d+", " ".join(re.findall(r"\([\d., ]+\)", prose)))
    assert named
    for equation in named:
        assert f"\\tag{{{equation}}}" in TEXT[int(equation[0])], equation


def figure(code):
    """What the last statement of a page's code shows."""
    *body, call = ast.parse(code).body
    names = {"__name__": "__main__"}
    exec(compile(ast.Module(body, []), "page", "exec"), names)
    return eval(ast.unparse(call), names)


def test_the_map_of_the_course_leads_to_every_chapter_in_order():
    stops = re.search(r":::\{container\} course-map\n(.*?):::", page("index"), re.DOTALL)[1]
    linked = re.findall(r"^(\d)\. \*\*\[.*?\]\(\.\./notebooks/(.*?)\)\*\*", stops, flags=re.MULTILINE)
    assert linked == [(path.name[1], path.name) for path in sorted((ROOT / "notebooks").glob("*.ipynb"))]


def test_the_goal_of_the_welcome_is_not_met_at_once_and_can_be_met():
    explorer = figure(re.search(r"```\{code-cell\} ipython3\n:tags:.*?\n(.*?)```", page("index"), re.DOTALL)[1])
    loss, within = map(float, re.search(r"Goal\(loss=(.*?), within=(\d+)\)", repr(explorer)).groups())

    def best():
        return min(run.losses[: int(within) + 1].min() for run in explorer.runs().values())

    assert best() > 2 * loss
    explorer.hyperparameters = {"Momentum": {"lr": 0.3, "momentum": 0.7}}
    assert best() < loss / 2


def test_the_optimizer_in_how_to_use_gets_its_figure():
    explorer = figure(re.search(r"```python\n(.*?)```", page("how-to-use"), re.DOTALL)[1])
    assert explorer.hyperparameters == {"SignDescent": {"lr": 0.1}}


#: The pages whose numbers stand in claims and tables of their own.
CLAIMED = ["conventions", "cheat-sheet", "bugs"]

#: What of a page's source is no number of its prose: code, the header, formulas, links, and the names of equations and
#: chapters.
REFERENCES = [
    r"^```\{.*?^```",
    r"\A---.*?^---",
    r"\$\$.*?\$\$",
    r"\$.*?\$",
    r"`.*?`",
    r"\[\d\]\(.*?\)",
    r"\]\(.*?\)",
    r"\(\d\.\d+\)",
    r"chapter \d",
]
NUMBER = re.compile(r"(?<![\w.])\d[\d,]*(?:\.\d+)?(?:e[+-]?\d+)?(?!\w)")


def numbers(text):
    """The numbers of a text, as it writes them."""
    return [number.rstrip(",") for number in NUMBER.findall(text)]


def stated(source):
    """The numbers in the prose and the tables of a page."""
    for reference in REFERENCES:
        source = re.sub(reference, " ", source, flags=re.MULTILINE | re.DOTALL)
    return numbers(source)


def is_shown(number, shown):
    """Whether one of the numbers shown is this one, with the digits that it has."""
    digits = number.replace(",", "")
    if "e" in digits:
        return any(float(other) == float(digits) for other in shown)
    places = len(digits.partition(".")[2])
    return any(f"{float(other):.{places}f}" == digits for other in shown)


@pytest.mark.usefixtures("built_book")
@pytest.mark.parametrize("name", CLAIMED)
def test_no_number_of_a_page_stands_without_a_claim(name):
    found = soup(f"book/{name}.html").select(".claim, .cell_output table")
    shown = [number.replace(",", "") for element in found for number in numbers(element.text)]
    without = {number for number in stated(page(name)) if not is_shown(number, shown)}
    if name == "bugs":  # it sends its readers to exercises
        bank = (exercise for chapter in chapters() for exercise in exercises(chapter))
        without -= {exercise.number for exercise in bank if exercise.kind == "spot the bug"}
    assert without == set()


def test_the_readme_names_every_command_of_make():
    commands = set(re.findall(r"^([a-z-]+):.*## ", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE))
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    others = re.search(r"`make help` lists the other commands: (.*?)\.$", readme, re.DOTALL | re.MULTILINE)[1]
    assert {*re.findall(r"`([a-z-]+)`", others), "help", "book", "test"} == commands


@pytest.fixture
def engine(built_book):
    """The folder of the engine within the built book."""
    if not (SITE / "run" / "engine" / "sizes.json").exists():
        skip_or_fail("the book was built without the engine: `make test-engine`, and build it again")
    folder = SITE / "run" / "engine"
    release = json.loads((folder / fetch_engine.PINNED).read_text(encoding="utf-8"))["version"]
    if release != fetch_engine.RELEASES[0]:
        pytest.skip(f"the texts speak of Pyodide {fetch_engine.RELEASES[0]}, and this site has {release}")
    return folder


def test_the_megabytes_that_pages_name_are_those_of_the_engine(engine):
    sizes, packages = (
        json.loads((engine / file).read_text(encoding="utf-8")) for file in ("sizes.json", fetch_engine.LOCK)
    )
    packages = packages["packages"]
    first = fetch_engine.closure(["steepest"], packages)  # what an exercise needs, see worker.js
    core = json.loads((engine / fetch_engine.PINNED).read_text(encoding="utf-8"))["core"]
    for_exercise = [*core, *(packages[name]["file_name"] for name in first)]
    exercise, everything = (sum(sizes[file]["sent"] for file in files) / 1e6 for files in (for_exercise, sizes))
    folder = sum((engine / file).stat().st_size for file in json.loads((engine / fetch_engine.SUMS).read_text())) / 1e6
    assert re.search(r"about (\d+) for an\sexercise", page("how-to-use"))[1] == f"{exercise:.0f}"
    assert re.search(r"up to (\d+) more", page("how-to-use"))[1] == f"{everything - exercise:.0f}"
    assert re.search(r"about (\d+) MB", page("your-optimizer"))[1] == f"{everything:.0f}"
    assert re.search(r"into engine/, (\d+) MB", (ROOT / "README.md").read_text())[1] == f"{folder:.0f}"


def test_contributing_names_the_engine_that_is_pinned(engine):
    said = " ".join((ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").split())
    pyodide, *named = re.search(
        r"The engine is Pyodide ([\d.]+), which has Python ([\d.]+), NumPy ([\d.]+) and Matplotlib (\d[\d.]+\d)", said
    ).groups()
    lock = json.loads((engine / fetch_engine.LOCK).read_text(encoding="utf-8"))
    pins = fetch_engine.pins_of(fetch_engine.RELEASES[0])
    assert pyodide == pins["version"]
    versions = [lock["packages"][name]["version"] for name in ("numpy", "matplotlib")]
    assert named == [pins["python"], *versions]


@pytest.mark.parametrize(
    ("prose", "without"),
    [
        ("It takes 691 steps at $\\mu$ = 0.9, and then 4,603.", []),
        ("The edge is 1.357, or 3.80, (3.15) of [chapter 3](../03.ipynb).", ["3.80"]),
        ("| 1e-8 | 0.95 |\n\n```{code-cell} ipython3\nclaim('', 7)\n```\n", []),
        ("```{code-cell} ipython3\n7\n```\n\nIt takes 700 steps, 0.001 each.", ["700", "0.001"]),
    ],
)
def test_a_number_without_a_claim_is_found(prose, without):
    shown = numbers("measured (691, 4603, 0.9), expected 1.357 within 1e-08, 0.9487, 3.8102")
    assert [number for number in stated(prose) if not is_shown(number, shown)] == without


def test_notation_says_where_a_symbol_is_introduced():
    """Near the equation that a row names, the chapter uses the row's symbols."""
    for symbols, *_, where in (row for row in rows(page("notation")) if len(row) == 4):
        chapter, equation = re.fullmatch(r"\((\d)\.(\d+)\)", where).groups()
        text = TEXT[int(chapter)]
        at = text.index(f"\\tag{{{chapter}.{equation}}}")
        near = text[max(at - 1500, 0) : at + 1000]
        for symbol in re.findall(r"\$(.*?)\$", symbols):
            assert re.search(re.escape(symbol) + r"(?![a-zA-Z])", near), (symbol, where)


def test_notation_has_every_hyperparameter_under_its_symbol():
    tables = (row for row in rows(page("notation")) if len(row) > 2)
    named = {code: symbol for symbol, _, code, *_ in tables if code}
    for name, hyperparameter in HYPERPARAMETERS.items():
        assert named[f"`{name}`"] == f"${hyperparameter.symbol}$", name


def test_what_notation_calls_a_quantity_of_the_state_is_one():
    named = set(re.findall(r"`state\.(\w+)`", page("notation"))) - {"t"}
    kept = set()
    for rule in Momentum, AdaGrad, Adam, AMSGrad:
        optimizer = rule()
        optimizer.update({"w": np.zeros(1)}, {"w": np.ones(1)})
        kept |= optimizer.state["w"].keys()
    assert named == kept


def entries():
    """The glossary's terms and their explanations, in the page's order."""
    body = re.search(r"```\{glossary\}\n(.*?)```", page("glossary"), re.DOTALL)[1]
    found = [entry.split("\n", 1) for entry in body.strip().split("\n\n")]
    return {term: " ".join(text.split()) for term, text in found}


def test_each_term_of_the_glossary_has_its_korean_term_and_one_sentence():
    for term, text in entries().items():
        korean, sentence = re.fullmatch(r'<span lang="ko">(.+?)</span>\. (.+)', text).groups()
        assert re.search(r"[\uac00-\ud7a3]", korean), term
        assert re.fullmatch(r"[^.]+((\d\.\d|\w\.\w)[^.]*)*\.", sentence), sentence


def test_the_glossary_is_in_order():
    assert list(entries()) == sorted(entries(), key=str.casefold)


def test_the_other_pages_link_to_terms_that_the_glossary_has():
    for name in set(PAGES) - {"glossary"}:
        linked = re.findall(r"\{term\}`(?:[^`<]*<)?([^`<>]+)>?`", page(name))
        assert linked
        assert set(linked) <= entries().keys()


def test_the_chapters_link_each_term_of_the_glossary_where_they_explain_it():
    linked = set()
    for text in TEXT.values():
        links = re.findall(r"\]\(\.\./book/glossary\.md#term-([^)]*)\)", text)
        assert links
        assert len(set(links)) == len(links)  # once in a chapter
        linked |= set(links)
    assert linked == {re.sub(r"[ ']", "-", term) for term in entries()}


def errors():
    """The entries of the page of famous errors, by heading."""
    _, *entries = re.split(r"^### (.+)\n", page("bugs").replace("\n## Wrong reasoning", ""), flags=re.MULTILINE)
    return dict(zip(entries[::2], entries[1::2], strict=True))


@pytest.mark.parametrize("entry", errors().values(), ids=errors())
def test_a_famous_error_has_a_measured_symptom_and_a_test_that_runs(entry):
    symptom, test = re.search(r"\*\*Symptom\.\*\*(.*)\*\*Test\.\*\*(.*)", entry, re.DOTALL).groups()
    assert "\nclaim(" in symptom
    (name,) = re.findall(r"```\{literalinclude\} \.\./tests/test_bugs\.py\n:pyobject: (test_\w+)\n", test)
    assert callable(getattr(test_bugs, name))


def test_every_wrong_rule_is_shown_and_stands_beside_the_right_one():
    for rule in {rule for rule in vars(bugs).values() if isinstance(rule, type) and rule.__module__ == bugs.__name__}:
        if not rule.__name__.startswith("_"):
            assert f"show_rule({rule.__name__})" in page("bugs")
            assert re.search(rf"Explorer\(\s*\[\w+\(lr=[\d.]+\), {rule.__name__}\(", page("bugs")), rule
