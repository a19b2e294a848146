"""The package as others meet it: types for their tools, and a page for every public name."""

import ast
import dataclasses
import functools
import importlib
import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import pytest
from conftest import ROOT, SITE, skip_or_fail, soup

import steepest
from steepest.exercises import CHECKS
from steepest.surfaces import SURFACES

SOURCE = Path(steepest.__file__).parent

#: Methods that a subclass overrides as its base has annotated them, so that a rule reads like its equation.
INHERITED = {"figure", "init", "step"}

#: Modules for the package itself, which checks its arguments with one, and for the page and the book.
INTERNAL = {"arguments", "needs", "session", "vector"}

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
    kinds = (property, functools.cached_property, classmethod, staticmethod)
    for name, value in vars(cls).items():
        if name[0] != "_" and name not in fields and (inspect.isfunction(value) or isinstance(value, kinds)):
            yield name


def test_every_module_has_its_place():
    found = {path.stem for path in SOURCE.glob("*.py")} | {path.parent.name for path in SOURCE.glob("*/__init__.py")}
    assert {f"steepest.{name}" for name in found - INTERNAL - {"__init__"}} == set(DOCUMENTED)


def module_of(file):
    """The module that a file of the package is."""
    name = ".".join(file.relative_to(SOURCE.parent).with_suffix("").parts)
    return importlib.import_module(name.removesuffix(".__init__"))


def own_docstrings(cls, member):
    """The docstrings of a member in a class and in those of the package that it derives from.

    What a base of another package says of the same name is left out: it does not know what this class does.
    """
    bases = [base for base in cls.__mro__ if base.__module__.partition(".")[0] == "steepest"]
    return [vars(base)[member].__doc__ for base in bases if member in vars(base)]


@pytest.mark.parametrize("file", sorted(SOURCE.rglob("*.py")), ids=lambda file: str(file.relative_to(SOURCE)))
def test_every_public_name_says_what_it_is(file):
    module = module_of(file)
    for name, value in vars(module).items():
        if name[0] == "_" or getattr(value, "__module__", None) != module.__name__:
            continue
        if inspect.isclass(value):
            written = value.__doc__ and not value.__doc__.startswith(f"{name}(")  # as `dataclass` fills it in
            assert written, f"{module.__name__}.{name}"
            for member in members(value):
                assert any(own_docstrings(value, member)), f"{module.__name__}.{name}.{member}"
        elif inspect.isfunction(inspect.unwrap(value)):
            assert value.__doc__, f"{module.__name__}.{name}"


#: What a function is annotated with that returns nothing; the last one is the context of a block.
NOTHING = (None, NoReturn, Iterator[None])

#: The section on what a function returns, with its first line.
FIRST_LINE = re.compile(r"^(?:Returns|Yields):\n    (\S.*)", re.MULTILINE)


def own_functions(module):
    """The public functions and methods that a module defines, by name, in lists: after a method, those it overrides.

    The formulas of surfaces are left out: their docstrings are about the surface.
    """
    for name, value in vars(module).items():
        if name[0] == "_" or getattr(value, "__module__", None) != module.__name__:
            continue
        if inspect.isclass(value):
            for member in members(value):
                if callable(getattr(value, member)):
                    yield f"{name}.{member}", [getattr(base, member) for base in value.__mro__ if member in vars(base)]
        elif inspect.isfunction(inspect.unwrap(value)) and value not in SURFACES.values():
            yield name, [value]


@pytest.mark.parametrize("file", sorted(SOURCE.rglob("*.py")), ids=lambda file: str(file.relative_to(SOURCE)))
def test_what_returns_something_says_in_a_section_what(file):
    """Who calls it, and the page of the package, must not have to read its code to know what comes back."""
    module = module_of(file)
    for name, versions in own_functions(module):
        docstrings = [inspect.cleandoc(version.__doc__ or "") for version in versions]
        said = [found[1] for docstring in docstrings if (found := FIRST_LINE.search(docstring))]
        nothing = any(inspect.signature(version).return_annotation in NOTHING for version in versions)
        assert said or nothing, f"{module.__name__}: {name} has no section Returns"
        for line in said:  # Sphinx takes what stands before a colon there for a type
            assert ":" not in re.sub("``.*?``", "", line), f"{module.__name__}: {name}: {line!r}"


def test_every_check_of_an_exercise_says_what_the_answer_must_be():
    for number, check in CHECKS.items():
        call = re.match(r"``answer\((.+?)\)`` ", check.__doc__)
        assert call, f"{number} does not begin with a call of the answer"
        assert "Args:\n    answer: takes " in check.__doc__, number


def test_the_pages_show_every_public_name():
    pages = sorted((SITE / "book" / "api").glob("*.html"))
    if not pages:
        skip_or_fail("the book is not built")
    shown = {tag["id"] for page in pages for tag in soup(page.relative_to(SITE).as_posix()).select("dt[id]")}
    for module in DOCUMENTED:
        for name, value in names(module).items():
            if inspect.isfunction(value) or inspect.isclass(value):
                assert f"{module}.{name}" in shown
