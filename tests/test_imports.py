"""Imports point one way, in the code and in the drawing of it, and the rules need NumPy alone."""

import re
import sys
import tomllib
from graphlib import TopologicalSorter

import pytest
from bs4 import BeautifulSoup
from layers import LAYER, LAYERS, MODULES, drawn, imported, imports, reached, without_shortcuts
from repository import ROOT


def test_every_module_has_its_layer():
    assert {name.partition(".")[0] for name in MODULES} <= LAYER.keys()


@pytest.mark.parametrize("name", MODULES)
def test_imports_point_one_way(name):
    top = name.partition(".")[0]
    for path in imported(MODULES[name]):
        package, _, rest = path.partition(".")
        if package == "steepest":
            other = rest.partition(".")[0]
            assert other in LAYER, f"{name} imports {path} from the package's front door: import it from its module."
            assert other == top or LAYER[other] < LAYER[top], f"{name} imports {path}, which is not below it."


def graph(modules, package=""):
    """What each of some modules imports of them, by name."""
    found = {}
    for name, file in modules.items():
        paths = [path.removeprefix(package) for path in imported(file)]
        # `from steepest.live.trace import trace` names a module and what is in it; the longest name that is one counts.
        names = [path if path in modules else path.rpartition(".")[0] for path in paths]
        found[name] = {other for other in names if other in modules}
    return found


def test_no_imports_run_in_a_circle():
    """Not within a folder either: the modules can be put in an order in which each imports earlier ones only."""
    list(TopologicalSorter(graph(MODULES, "steepest.")).static_order())  # raises CycleError


def test_the_drawing_has_every_import_as_ways_down():
    """Each module once, in the row of its layer; and from each, all that it imports can be reached by arrows."""
    drawing = BeautifulSoup(drawn(imports()), "html.parser")
    heights = {box["data-module"]: float(box.rect["y"]) for box in drawing.select("[data-module]")}
    assert heights.keys() == LAYER.keys() == imports().keys()
    rows = [{name for name in heights if heights[name] == height} for height in sorted(set(heights.values()))]
    assert rows == LAYERS[::-1]
    arrows = {name: set() for name in heights}
    for arrow in drawing.select("path[data-from]"):
        arrows[arrow["data-from"]].add(arrow["data-to"])
        passed = [float(number) for number in re.findall(r"[\d.]+", arrow["d"])][1::2]
        assert passed == sorted(passed), "an arrow turns upward"
        assert heights[arrow["data-from"]] < passed[0] < passed[-1] < heights[arrow["data-to"]]
    for name, others in imports().items():
        assert arrows[name] <= others <= reached(name, arrows)


def test_an_arrow_is_left_out_only_where_others_lead():
    assert without_shortcuts({"a": {"b", "c"}, "b": {"c"}, "c": set()}) == {"a": {"b"}, "b": {"c"}, "c": set()}


@pytest.mark.parametrize("folder", ["book/_ext", "tests"])
def test_no_imports_run_in_a_circle_around_the_package(folder):
    modules = {file.stem: file for file in (ROOT / folder).glob("*.py")}
    assert len(modules) > 2
    list(TopologicalSorter(graph(modules)).static_order())


def test_the_package_imports_what_it_declares():
    """So neither the book nor the tests, nor what happens to be installed for them."""
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"]
    allowed = {re.match(r"\w+", line)[0].casefold() for line in declared} | {"ipython", "traitlets"}  # of ipywidgets
    allowed = {"pil" if name == "pillow" else name for name in allowed} | {"steepest"}
    for name, file in MODULES.items():
        packages = {path.partition(".")[0] for path in imported(file)} - set(sys.stdlib_module_names)
        assert {package.casefold() for package in packages} <= allowed, name


@pytest.mark.parametrize("name", ["optimizers", "orthogonal", "eigen"])
def test_the_rules_import_numpy_alone(name):
    packages = {path.partition(".")[0] for path in imported(MODULES[name])}
    assert packages - set(sys.stdlib_module_names) - {"steepest"} == {"numpy"}
    assert LAYER[name] <= 2
