"""The package as others meet it: types for their tools, and a page for every public name."""

import ast
import dataclasses
import importlib
import inspect
import re
from pathlib import Path

import pytest
from conftest import ROOT, SITE, skip_or_fail, soup

import steepest
from steepest.live.widget import Live
from steepest.optimizers import Optimizer
from steepest.surfaces import SURFACES

SOURCE = Path(steepest.__file__).parent

#: Methods that a subclass overrides as its base has annotated them, so that a rule reads like its equation.
INHERITED = {"figure", "init", "step"}

#: Modules for the package itself, which checks its arguments with one, and for the page and the book.
INTERNAL = {"arguments", "session", "vector"}

DOCUMENTED = re.findall(
    r"automodule:: (steepest\.\S+)",
    "".join(page.read_text(encoding="utf-8") for page in sorted((ROOT / "book" / "api").glob("*.md"))),
)


def functions(body, of=""):
    """The public functions and methods of a module, with the class they belong to."""
    for node in body:
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            yield from functions(node.body, node.name)
        elif isinstance(node, ast.FunctionDef) and (node.name in ("__init__", "__call__") or node.name[0] != "_"):
            yield of, node


@pytest.mark.parametrize("file", sorted(SOURCE.rglob("*.py")), ids=lambda file: str(file.relative_to(SOURCE)))
def test_every_public_function_has_types(file):
    for of, function in functions(ast.parse(file.read_text(encoding="utf-8")).body):
        inherits = function.name in INHERITED and of not in ("Optimizer", "Live")
        formula = any(isinstance(d, ast.Call) and ast.unparse(d.func) == "surface" for d in function.decorator_list)
        if inherits or formula:
            continue
        arguments = function.args.posonlyargs + function.args.args + function.args.kwonlyargs
        bare = [a.arg for a in arguments if a.annotation is None and a.arg not in ("self", "cls")]
        assert not bare, f"{of} {function.name}: {bare}"
        assert function.returns or function.name == "__init__", f"{of} {function.name} does not say what it returns"


def test_tools_may_read_the_types():
    assert (SOURCE / "py.typed").exists()


def names(module):
    """The public names of a module that it defines, or that it hands on by name."""
    module = importlib.import_module(module)
    own = [n for n, v in vars(module).items() if n[0] != "_" and getattr(v, "__module__", None) == module.__name__]
    return {name: getattr(module, name) for name in getattr(module, "__all__", own)}


def members(cls):
    """The public methods and properties that a class has of its own, but for the fields of a dataclass."""
    fields = {field.name for field in dataclasses.fields(cls)} if dataclasses.is_dataclass(cls) else set()
    kinds = (property, classmethod, staticmethod)
    for name, value in vars(cls).items():
        if name[0] != "_" and name not in fields and (inspect.isfunction(value) or isinstance(value, kinds)):
            yield name


def test_every_module_has_its_place():
    found = {path.stem for path in SOURCE.glob("*.py")} | {path.parent.name for path in SOURCE.glob("*/__init__.py")}
    assert {f"steepest.{name}" for name in found - INTERNAL - {"__init__"}} == set(DOCUMENTED)


@pytest.mark.parametrize("module", DOCUMENTED)
def test_every_public_name_says_what_it_is(module):
    for name, value in names(module).items():
        if inspect.isfunction(value) or inspect.isclass(value):
            assert inspect.getdoc(value), f"{module}.{name}"
        if inspect.isclass(value):
            for member in members(value):
                assert inspect.getdoc(getattr(value, member)), f"{module}.{name}.{member}"


def gives(function):
    """Whether a function takes an argument and returns something."""
    signature = inspect.signature(function)
    return signature.return_annotation not in (None, "None") and signature.parameters.keys() - {"self", "cls"}


@pytest.mark.parametrize("module", DOCUMENTED)
def test_what_takes_an_argument_says_in_a_section_what_it_returns(module):
    """Who calls it, and the page of the package, must not have to read its code to know what comes back, of what shape.

    The formulas of surfaces are left out: their docstrings are about the surface.
    """
    for name, value in names(module).items():
        found = {name: value} if inspect.isfunction(value) and name not in SURFACES else {}
        if inspect.isclass(value):
            inherited = INHERITED if value not in (Optimizer, Live) else set()
            own = {member: getattr(value, member) for member in members(value) if member not in inherited}
            found = {f"{name}.{member}": one for member, one in own.items() if callable(one)}
        for path, function in found.items():
            section = re.search(r"^(Returns|Yields):\n    \S", inspect.getdoc(function) or "", re.MULTILINE)
            assert section or not gives(function), f"{module}: {path} has no section Returns"


def test_the_pages_show_every_public_name():
    pages = sorted((SITE / "book" / "api").glob("*.html"))
    if not pages:
        skip_or_fail("the book is not built")
    shown = {tag["id"] for page in pages for tag in soup(page.relative_to(SITE).as_posix()).select("dt[id]")}
    for module in DOCUMENTED:
        for name, value in names(module).items():
            if inspect.isfunction(value) or inspect.isclass(value):
                assert f"{module}.{name}" in shown
