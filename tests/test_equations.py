"""The numbers of formulas: what names one leads to it."""

import copy
import re

import pytest
from bs4 import BeautifulSoup
from conftest import PAGES, soup
from playwright.sync_api import expect
from test_formulas import build
from test_notebooks import NOTEBOOKS


def test_a_number_in_parentheses_is_a_link_where_a_formula_has_it(tmp_path):
    (tmp_path / "other.rst").write_text(
        "Other\n=====\n\n.. math::\n   :nowrap:\n\n   x = 1. \\tag{1.2}\n\nThis is (1.2).\n"
    )
    index = build(
        tmp_path,
        ".. toctree::\n\n   other\n\n"
        "By (1.2), (1.3) and ``(1.2)``: 1.2 of (7.9), as :math:`(1.2)`. Both (1.2, 7.9).\n\n"
        "About (1.2)\n-----------\n\n"
        ".. raw:: html\n\n   <details><summary>By (1.2)</summary>One, by (1.2) and (1.3).</details>\n",
        "equations",
    )
    assert not isinstance(index, str), index
    other = BeautifulSoup((tmp_path / "pages" / "other.html").read_text(encoding="utf-8"), "html.parser")
    assert [(link.text, link["href"]) for link in index.select("a.equation")] == [
        ("(1.2)", "other.html#equation-1-2"),
        ("1.2", "other.html#equation-1-2"),
        ("(1.2)", "other.html#equation-1-2"),
    ]
    assert index.select_one("details").text == "By (1.2)One, by (1.2) and (1.3)."
    assert [(link.text, link["href"]) for link in other.select("a.equation")] == [("(1.2)", "#equation-1-2")]
    assert other.select_one("#equation-1-2 .tag").text == "(1.2)"


@pytest.mark.usefixtures("built_book")
def test_every_equation_that_a_page_names_is_a_link_or_no_equation():
    known = {tag.text for path in NOTEBOOKS for tag in soup(f"notebooks/{path.stem}.html").select("div.math > .tag")}
    for page in PAGES:
        text = copy.copy(soup(page).body)
        for aside in text.select(
            "a, pre, code, math, h1, h2, h3, h4, nav, script, summary, .tag, .claim, .cell_output, svg, .evidence"
        ):
            aside.decompose()
        assert not known & set(re.findall(r"\(\d+\.\d+\)", text.get_text())), page


@pytest.mark.usefixtures("built_book")
def test_a_link_to_an_equation_opens_what_it_is_folded_in(visit):
    page = visit("notebooks/04_adagrad.html", viewport={"width": 1200, "height": 900})
    folded = "details:not([open]) div.math"
    name = page.evaluate(
        """(folded) => {
            const names = [...document.querySelectorAll("#recap a.equation")].map((link) => link.hash.slice(1));
            return names.find((name) => document.querySelector(`${folded}[id=${name}]`));
        }""",
        folded,
    )
    page.locator(f"#recap a.equation[href='#{name}']").click()
    expect(page.locator(f"#{name}")).to_be_in_viewport()
