"""CONTRIBUTING's recipes work: what they add is found by the tests, and nothing else has to change.

Each file of tests/recipes/ is what someone adds who follows a recipe. All are applied to a copy of the package and its
tests, and the tests of the copy run.
"""

import os
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET

import pytest
from repository import ROOT

#: By patch: in how many files it may add lines, and how many, blank ones not counted.
RECIPES = {"adabelief": (2, 40), "styblinski_tang": (1, 12)}

FILES = ["src/steepest/optimizers.py", "src/steepest/surfaces.py"]
FILES += [f"tests/test_{name}.py" for name in ("compile", "imports", "optimizers", "parity", "summary", "surfaces")]
FILES += ["tests/test_translation.py", "tests/test_widgets.py"]

#: What is to run: all that has the new names, all tests of surfaces, which draw one at random, and some that loop.
CHOSEN = "AdaBelief or styblinski_tang or test_surfaces or rule_has_a_formula or translated_both_ways or imports"

#: What must be among it, lest the choice misses what it is there for.
EXPECTED = {
    "steepest.optimizers.AdaBelief",
    "steepest.surfaces.styblinski_tang",
    "test_derivatives_agree_with_central_differences",
    "test_every_optimizer_can_be_imported_from_the_package[AdaBelief]",
    "test_docstring_says_what_the_course_needs[AdaBelief]",
    "test_optimizer_on_surface[styblinski_tang-AdaBelief]",
    "test_a_rule_prints_as_a_textbook_would[AdaBelief]",
}
#: And this, which is skipped on a machine without a browser.
EXPECTED_IN_A_BROWSER = {
    "test_the_inspector_computes_what_the_step_does[<class 'steepest.optimizers.AdaBelief'>]",
    "test_javascript_agrees_with_numpy[AdaBelief-0]",
    "test_every_rule_has_a_formula",
    "test_every_surface_and_rule_is_drawn[styblinski_tang]",
}


def patch(name):
    return ROOT / "tests" / "recipes" / f"{name}.patch"


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    folder = tmp_path_factory.mktemp("copy")
    shutil.copy(ROOT / "pyproject.toml", folder)
    for part in ("src", "tests", "book/_ext"):
        shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
    for name in RECIPES:
        subprocess.run(["git", "apply", "--recount", patch(name)], cwd=folder, check=True)
    return folder


def run(folder, *command):
    """Run a module of Python in a folder, on its package; give back what it prints if it fails."""
    environment = os.environ | {"PYTHONPATH": str(folder / "src"), "SEEDS": "1"}
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
    report = ["--junit-xml=ran.xml", "--override-ini=junit_family=xunit1"]
    run(copy, "pytest", "-q", "-p", "no:cacheprovider", "-n", "0", *report, *FILES, "-k", CHOSEN)
    cases = ET.parse(copy / "ran.xml").iter("testcase")
    skipped = {case.get("name"): case.find("skipped") is not None for case in cases}
    assert skipped.keys() >= EXPECTED | EXPECTED_IN_A_BROWSER
    assert not any(skipped[name] for name in EXPECTED)


def test_no_page_shows_whatever_the_package_happens_to_have():
    """A new rule or surface must not change a page: pages name what they show."""
    pages = [*ROOT.glob("notebooks/*.ipynb"), *ROOT.glob("book/*.md")]
    assert len(pages) > 10
    for page in pages:
        text = page.read_text(encoding="utf-8")
        for name in ("OPTIMIZERS", "SURFACES", "__subclasses__"):
            assert name not in text, f"{page.name} has {name}: name the rules or surfaces that it shows."
