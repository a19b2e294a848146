"""What a cell needs, read from its code without running it: packages, and the lines above that it uses.

Both save a reader megabytes where Python runs in the page: of all packages only those that a cell imports are fetched,
and an exercise runs with a few lines of its chapter, which need not run first.
"""

import ast
import builtins
import copy
import functools
import symtable
from pathlib import Path

#: The folder that the course's own package is in.
_ROOT = Path(__file__).parent.parent


def packages(code: str) -> set[str]:
    """The packages that a code imports, and those that the course's own modules import for it.

    Args:
        code: Python. A code that does not compile imports nothing.

    Returns:
        the names by which they are imported, those of Python's own modules among them.

    >>> sorted(packages("import numpy as np") - {"numpy"})
    []
    >>> "sympy" in packages("from steepest import surfaces"), "sympy" in packages("from steepest import Adam")
    (True, False)
    """
    found, seen, waiting = set(), set(), [*_imports(code, everywhere=True)]
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        package, _, rest = name.partition(".")
        if package != "steepest":
            found.add(package)
            continue
        if rest:
            waiting.append(name.rpartition(".")[0])  # Python runs a package before what is in it
        waiting += _own_imports(name)
    return found


@functools.cache
def _own_imports(name):
    """The names of the modules that one of the course's own imports. They are read once: no reader changes them."""
    path = _ROOT / name.replace(".", "/")
    files = [file for file in (path.with_suffix(".py"), path / "__init__.py") if file.exists()]
    return [each for file in files for each in _imports(file.read_text(encoding="utf-8"))]


def _imports(code, everywhere=False):
    """The names of the modules that a code imports; within functions only if asked for, as they may never run."""
    try:
        tree = ast.parse(code)
    except SyntaxError:
        return
    for node in ast.walk(tree) if everywhere else tree.body:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names if node.module.startswith("steepest"))


def definitions(code: str, above: list[str]) -> str | None:
    """The imports, definitions and assignments above a cell that it uses, with what they use in turn.

    Args:
        code: the cell.
        above: the cells above it, in their order.

    Returns:
        a code that gives the cell its names, or None where a name comes from a loop or another statement that has to be
        run with all that is before it.

    >>> definitions("f(2)", ["import math\\nimport sys", "def f(x):\\n    return math.sqrt(x)"])
    'import math\\ndef f(x):\\n    return math.sqrt(x)'
    """
    bound = {}  # by name: the last statement that gives it a value
    count = 0
    for cell in above:
        try:
            body = ast.parse(cell).body
        except SyntaxError:
            continue  # a stub that its reader is at, or a command of the notebook
        for statement in body:
            for name, given in _bindings(statement):
                bound[name] = given if given is None else (count, given)
            count += 1
    try:
        waiting = _used(code)
    except SyntaxError:
        return ""
    chosen = {}
    while waiting:
        name = waiting.pop()
        if name not in bound:
            continue
        if (found := bound[name]) is None:
            return None
        place, statement = found
        text = ast.unparse(statement)
        if (place, text) not in chosen:
            chosen[place, text] = True
            waiting |= _used(text)
    return "\n".join(text for _, text in sorted(chosen))


def _used(code) -> set[str]:
    """The names that a code takes from outside of itself and that are not Python's own."""
    names, tables = set(), [symtable.symtable(code, "<cell>", "exec")]
    while tables:
        table = tables.pop()
        tables += table.get_children()
        outer = table.get_type() == "module"
        for symbol in table.get_symbols():
            if symbol.is_referenced() and (not symbol.is_local() if outer else symbol.is_global()):
                names.add(symbol.get_name())
    own = {symbol.get_name() for symbol in symtable.symtable(code, "<cell>", "exec").get_symbols() if symbol.is_local()}
    return names - own - set(dir(builtins))


def _bindings(statement):
    """The names that a statement binds, each with a statement that binds it, or None if only the whole run can."""
    if isinstance(statement, (ast.Import, ast.ImportFrom)):
        for alias in statement.names:
            alone = copy.copy(statement)
            alone.names = [alias]
            yield alias.asname or alias.name.partition(".")[0], alone
    elif isinstance(statement, (ast.FunctionDef, ast.ClassDef)):
        yield statement.name, statement
    else:
        simple = isinstance(statement, (ast.Assign, ast.AnnAssign))
        for node in ast.walk(statement):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                yield node.id, statement if simple else None
