"""The ledger of claims: read from executed notebooks, and complete in the built book. `make test` builds it first."""

import functools
import re
from types import SimpleNamespace
from urllib.parse import urldefrag, urljoin

import nbformat
from conftest import ROOT, soup
from hypothesis import given
from hypothesis import strategies as st
from jupyter_cache import get_cache
from jupyter_cache.base import CacheBundleIn
from ledger import Entry, chapters_of, claims_of

from steepest.claims import Claim, claim

PAGE = "book/claims.html"


def notebook(*cells):
    """A notebook of Markdown cells, given as text, and code cells, given as what they show."""
    made = []
    for cell in cells:
        if isinstance(cell, str):
            made.append(nbformat.v4.new_markdown_cell(cell))
        else:
            data = {"text/html": cell._repr_html_(), "text/plain": repr(cell)}
            outputs = [nbformat.v4.new_output("execute_result", data)]
            made.append(nbformat.v4.new_code_cell("claim(…)", outputs=outputs))
    return nbformat.v4.new_notebook(cells=made)


def test_a_claim_is_found_in_its_section_and_cell():
    both = notebook(
        "# A chapter",
        claim("before any section", 1, 1),
        "## Why: it is slow\n\n### In detail",
        claim("steps", 691, 691.0, atol=0.5),
        "## Recap\n\n## References",
        claim("below a bound", 0.5, below=1),
    )
    assert list(claims_of(both)) == [
        Entry("", 1, "before any section", "1", "1"),
        Entry("Why", 3, "steps", "691", "691 within 0.5"),
        Entry("References", 5, "below a bound", "0.5", "at most 1"),
    ]


@given(*[st.text(st.characters(exclude_characters="\r", codec="utf-8"))] * 3)
def test_any_words_come_through(statement, measured, expected):
    shown = Claim(statement, f"measured {measured}", f"at most {expected}")
    assert list(claims_of(notebook(shown))) == [Entry("", 0, statement, measured, f"at most {expected}")]


def test_the_outputs_are_those_of_the_build_and_not_those_stored(tmp_path):
    run, path = notebook("# A chapter", claim("steps", 691, 691)), tmp_path / "07_chapter.ipynb"
    get_cache(tmp_path / "cache").cache_notebook_bundle(CacheBundleIn(run, str(path)), check_validity=False)
    run.cells[1].outputs = []
    nbformat.write(run, path)
    env = SimpleNamespace(
        mystnb_config=SimpleNamespace(execution_cache_path=tmp_path / "cache"),
        found_docs={"book/claims", "notebooks/07_chapter"},
        doc2path=lambda name: str(path) if "chapter" in name else f"{name}.md",
        note_dependency=lambda path: None,
    )
    assert list(chapters_of(env)) == [("notebooks/07_chapter", "7 A chapter", [Entry("", 1, "steps", "691", "691")])]


def words(element):
    return " ".join(element.text.split()).replace("’", "'")


@functools.cache
def said(page):
    """The claims on a chapter's page, by the anchors of their cells."""
    cells = soup(page).find_all(id=re.compile("^cell-"))
    return {cell["id"]: list(map(words, cell.find_all(class_="claim"))) for cell in cells}


def test_a_link_to_a_claim_shows_it(built_book, browser):
    """Also in a cell that is folded: the browser opens it."""
    (row,) = (row for row in soup(PAGE).select("table.ledger tbody tr:has(a)") if "exercise 1.6" in row.text)
    target, anchor = urldefrag(row.a["href"])
    page = browser.new_page()
    page.goto(f"{(built_book / urljoin(PAGE, target)).as_uri()}#{anchor}")
    assert page.locator(f"#{anchor} .claim").is_visible()
    page.close()


def test_each_row_says_what_the_cell_says_to_which_it_leads(built_book):
    rows = soup(PAGE).select("table.ledger tbody tr:has(a)")
    assert rows
    for row in rows:
        statement, measured, expected = map(words, row.select("th, td"))
        target, anchor = urldefrag(row.a["href"])
        claims = [shown.replace(", expected ", ", ") for shown in said(urljoin(PAGE, target))[anchor]]
        assert f"✓ {statement}: measured {measured}, {expected}" in claims


def test_the_ledger_has_every_claim_of_every_chapter(built_book):
    chapters = sorted((ROOT / "notebooks").glob("*.ipynb"))
    pages = [f"notebooks/{path.stem}.html" for path in chapters]
    listed = [len(section.select("table.ledger tbody tr:has(a)")) for section in soup(PAGE).select("section section")]
    shown = [sum(map(len, said(page).values())) for page in pages]
    stored = [len(list(claims_of(nbformat.read(path, as_version=4)))) for path in chapters]
    assert listed == shown == stored
    assert [int(words(cell)) for cell in soup(PAGE).select("table.ledger-counts td")] == [*listed, sum(listed)]
