"""What a cell needs is found in its code: the lines above that it uses, and the packages that Python then imports."""

import subprocess
import sys

import pytest

from steepest.needs import definitions, packages

#: What is worth knowing before a cell runs, because it takes long to fetch.
HEAVY = {"matplotlib", "sympy", "IPython"}


def test_a_name_from_a_loop_needs_the_whole_run():
    assert definitions("f(x)", ["for x in range(3):\n    pass", "def f(x): ..."]) is None
    assert definitions("print(y)", ["x = 2", "%magic", "y = x + 1", "z = y"]) == "x = 2\ny = x + 1"
    assert definitions("def (", ["x = 2"]) == ""


@pytest.mark.parametrize("module", ["exercises", "live", "plots", "surfaces"])
def test_the_packages_are_those_that_python_then_imports(module):
    code = f"from steepest import {module}"
    command = [sys.executable, "-c", f"import sys\n{code}\nprint(*sys.modules)"]
    names = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    loaded = {name.partition(".")[0] for name in names}
    assert packages(code) <= loaded
    assert HEAVY & packages(code) == HEAVY & loaded


def test_a_package_counts_where_only_a_function_imports_it():
    assert packages("def f():\n    import matplotlib.pyplot") == {"matplotlib"}


def test_what_is_no_python_imports_nothing():
    assert packages("import (") == set()
