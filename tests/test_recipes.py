"""CONTRIBUTING's recipes work: what they add is found by the tests, and nothing else has to change.

Each file of tests/recipes/ is what someone adds who follows a recipe. All are applied to a copy of the repository, and
in the copy runs whatever a new rule or surface can meet. No list says what that is: `chosen` reads it off from the
tests. So a new test of all rules is among it from its first day.
"""

import ast
import functools
import os
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET

import pytest
from repository import ROOT

#: By patch: in how many files it may add lines, and how many, blank ones not counted.
RECIPES = {"adabelief": (2, 40), "styblinski_tang": (1, 12)}

#: What holds all rules and all surfaces.
REGISTRIES = {"OPTIMIZERS", "SURFACES"}

#: The tests below that run the copy's tests, which would have to make a copy of their own.
RUNNING = {"test_what_a_recipe_adds_passes_the_tests_which_find_it_by_themselves"}

#: What must be among the tests that run, lest the choice misses what it is there for.
EXPECTED = {
    "steepest.optimizers.AdaBelief",
    "steepest.surfaces.styblinski_tang",
    "test_derivatives_agree_with_central_differences",
    "test_every_optimizer_can_be_imported_from_the_package[AdaBelief]",
    "test_docstring_says_what_the_course_needs[AdaBelief]",
    "test_every_rule_goes_down_on_every_surface[styblinski_tang-AdaBelief]",
    "test_a_rule_prints_as_a_textbook_would[AdaBelief]",
    "test_a_rule_is_recognized_or_an_equal_one_before_it[AdaBelief]",
    "test_the_page_offers_surfaces_of_the_course",
    "test_optimizers_of_the_course_are_translated_both_ways",
    "test_what_returns_something_says_in_a_section_what[optimizers.py]",
}
#: And this, which is skipped on a machine without a browser.
EXPECTED_IN_A_BROWSER = {
    "test_the_inspector_computes_what_the_step_does[<class 'steepest.optimizers.AdaBelief'>]",
    "test_javascript_agrees_with_numpy[AdaBelief-0]",
    "test_every_rule_has_a_formula",
    "test_every_surface_and_rule_is_drawn[styblinski_tang]",
}


def tree(file):
    return ast.parse(file.read_text(encoding="utf-8"))


def mentions(node, names):
    """Whether one of some names stands in a syntax tree, as a name or an attribute."""
    return any(getattr(part, field, None) in names for part in ast.walk(node) for field in ("id", "attr"))


def defined(node):
    """The names that a statement of a module defines."""
    if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
        return {node.name}
    targets = node.targets if isinstance(node, ast.Assign) else []
    return {part.id for target in targets for part in ast.walk(target) if isinstance(part, ast.Name)}


def derived(module, names):
    """Some names, and all that a module makes of them at its top."""
    names = set(names)
    while more := {name for node in module.body if mentions(node, names) for name in defined(node)} - names:
        names |= more
    return names


@functools.cache
def holders():
    """What modules of the package and of the book make of the registries: names, by module."""
    found = {}
    for folder in (ROOT / "src", ROOT / "book" / "_ext"):
        for file in folder.rglob("*.py"):
            module, name = tree(file), ".".join(file.relative_to(folder).with_suffix("").parts)
            if mentions(module, REGISTRIES):
                found[name.removesuffix(".__init__")] = derived(module, REGISTRIES)
    return found


def meetings(file):
    """The tests of a file that a new rule or surface meets: those with a case for each, and those that go through all.

    A test goes through all where its body, or what it draws from, names a registry, or what the file, the package or
    the book makes of one. It has one for each where the registry is in another decorator, or in that of a fixture.
    """
    module, names, each, through = tree(file), set(REGISTRIES), set(), set()
    for node in ast.walk(module):
        if isinstance(node, ast.ImportFrom):
            known = holders().get(node.module, set())
            names |= {one.asname or one.name for one in node.names if one.name in known}
    names = derived(module, names)
    functions = [node for node in ast.walk(module) if isinstance(node, ast.FunctionDef)]
    parts = {
        function.name: [
            one for one in function.decorator_list if mentions(one, names) and "given(" not in ast.unparse(one)
        ]
        for function in functions
    }
    for function in functions:
        if function.name.startswith("test_"):
            asked = {argument.arg for argument in function.args.args}
            own = names - {function.name}
            if parts[function.name] or any(parts.get(name) for name in asked):
                each.add(function.name)
            elif mentions(ast.Module([*function.decorator_list, *function.body], []), own):
                through.add(function.name)
    return each, through


def chosen():
    """The files that run in the copy, what is to run of them, and the tests that have a case for each rule or surface.

    They are the modules to which the recipes add, for their examples; the tests that go through all modules; and, of
    the other test files, what `meetings` finds. Of a test with a case for each, the new cases run.
    """
    added = {line for name in RECIPES for line in re.findall(r"^\+\+\+ b/(\S+)", patch(name).read_text(), re.MULTILINE)}
    files, each, wanted = sorted(added), set(), {"AdaBelief", "styblinski_tang"}
    for file in sorted((ROOT / "tests").glob("test_*.py")):
        of_each, through = meetings(file)
        of_modules = 'rglob("*.py")' in file.read_text(encoding="utf-8")
        if file.name == "test_recipes.py":
            through, of_modules = through - RUNNING, False
        if of_each or through or of_modules:
            files.append(file.relative_to(ROOT).as_posix())
            each |= of_each
            wanted |= {file.stem} if of_modules else through
    return files, " or ".join(sorted(wanted)), each


def patch(name):
    return ROOT / "tests" / "recipes" / f"{name}.patch"


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """All that Git has or would add, pages too, with the recipes applied."""
    folder = tmp_path_factory.mktemp("copy")
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    for name in filter(None, listed.stdout.decode().split("\0")):
        if (ROOT / name).is_file():  # not one that was just removed
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    for name in RECIPES:
        subprocess.run(["git", "apply", "--recount", patch(name)], cwd=folder, check=True)
    return folder


def run(folder, *command):
    """Run a module of Python in a folder, on its package; give back what it prints if it fails.

    The folder has no built book, so what needs one is skipped there, in continuous integration too.
    """
    environment = os.environ | {"PYTHONPATH": str(folder / "src"), "SEEDS": "1", "CI": ""}
    done = subprocess.run(
        [sys.executable, "-m", *command], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-2000:]


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_takes_few_lines_in_few_files_and_removes_none(name):
    lines = patch(name).read_text(encoding="utf-8").splitlines()
    files = [line for line in lines if line.startswith("+++ ")]
    added = [line[1:] for line in lines if line.startswith("+") and not line.startswith("+++")]
    most_files, most_lines = RECIPES[name]
    assert len(files) <= most_files
    assert sum(bool(line.strip()) for line in added) <= most_lines
    assert not any(line.startswith("-") and not line.startswith("---") for line in lines)


def test_what_a_recipe_adds_keeps_to_the_style(copy):
    run(copy, "ruff", "check", "src")
    run(copy, "ruff", "format", "--check", "src")


def test_what_a_recipe_adds_passes_the_tests_which_find_it_by_themselves(copy):
    files, wanted, each = chosen()
    report = ["--junit-xml=ran.xml", "--override-ini=junit_family=xunit1"]
    run(copy, "pytest", "-q", "-p", "no:cacheprovider", "-n", "0", *report, *files, "-k", wanted)
    cases = ET.parse(copy / "ran.xml").iter("testcase")
    skipped = {case.get("name"): case.find("skipped") is not None for case in cases}
    assert skipped.keys() >= EXPECTED | EXPECTED_IN_A_BROWSER
    assert not any(skipped[name] for name in EXPECTED | (EXPECTED_IN_A_BROWSER if os.environ.get("CI") else set()))
    new = {name.partition("[")[0] for name in skipped if re.search("AdaBelief|styblinski_tang", name)}
    assert each <= new, "a test has cases for each, but none of them has the new name"


def test_no_page_shows_whatever_the_package_happens_to_have():
    """A new rule or surface must not change a page: pages name what they show."""
    pages = [*ROOT.glob("notebooks/*.ipynb"), *ROOT.glob("book/*.md")]
    assert len(pages) > 10
    for page in pages:
        text = page.read_text(encoding="utf-8")
        for name in ("OPTIMIZERS", "SURFACES", "__subclasses__"):
            assert name not in text, f"{page.name} has {name}: name the rules or surfaces that it shows."
