"""No JavaScript that is joined or minified has a template in a template.

rjsmin looks for the end of a template at the next backquote, and takes what stands between two templates for code. So a
template inside another one would lose its spaces, on the page and not in a notebook.
"""

import re

import pytest
from repository import ROOT
from rjsmin import jsmin

#: A backquote within what a template inserts: between "${" and the next "}".
NESTED = re.compile(r"`[^`]*\$\{[^}`]*`")

#: Where the scripts are that the book serves.
FOLDERS = ("src/steepest/live", "book/run", "book/_static")
SCRIPTS = [path for folder in FOLDERS for path in sorted((ROOT / folder).glob("*.js"))]


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_no_template_holds_another(path):
    assert not NESTED.search(path.read_text(encoding="utf-8"))


def test_every_folder_of_scripts_is_read():
    assert {path.parent.relative_to(ROOT).as_posix() for path in SCRIPTS} == set(FOLDERS)


def test_a_template_in_a_template_would_be_found_and_would_break():
    nested, plain = "a = `x  ${b ? `y  z` : c}  w`;", "a = `x  ${b}  w`; d = `y  ${e}`;"
    assert NESTED.search(nested)
    assert jsmin(nested) != nested
    assert not NESTED.search(plain)
    assert "`x  ${b}  w`" in jsmin(plain)
    assert "`y  ${e}`" in jsmin(plain)
