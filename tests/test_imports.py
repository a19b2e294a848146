"""Imports point one way, and the rules need NumPy alone."""

import ast
import re
import sys
import tomllib
from graphlib import TopologicalSorter
from pathlib import Path

import pytest
from repository import ROOT

import steepest

PACKAGE = Path(steepest.__file__).parent

#: What may import what: a module imports modules of earlier lines, and those of its own folder.
LAYERS = [
    {"arguments", "orthogonal", "session", "vector"},
    {"optimizers", "surfaces", "problems"},
    {"averages", "bugs", "counterexamples", "descent", "frameworks", "linefit", "modes", "schedules", "variants"},
    {"curvature"},
    {"comparison", "plots", "claims", "exercises"},
    {"live"},
    {"summary"},
]
LAYER = {name: number for number, names in enumerate(LAYERS) for name in names}

FILES = {".".join(file.relative_to(PACKAGE).with_suffix("").parts): file for file in sorted(PACKAGE.rglob("*.py"))}
MODULES = {name.removesuffix(".__init__"): file for name, file in FILES.items() if name != "__init__"}


def imported(file):
    """The full names of the modules and attributes that a file imports, anywhere in it."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file.name} has a relative import; name the module in full."
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


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


@pytest.mark.parametrize("name", ["optimizers", "orthogonal"])
def test_the_rules_import_numpy_alone(name):
    packages = {path.partition(".")[0] for path in imported(MODULES[name])}
    assert packages - set(sys.stdlib_module_names) - {"steepest"} == {"numpy"}
    assert LAYER[name] <= 1
