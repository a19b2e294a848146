"""The ledger of claims: read from executed notebooks, and complete in the built book. `make test` builds it first."""

import functools
from types import SimpleNamespace
from urllib.parse import urldefrag, urljoin

import nbformat
from conftest import PAGES, ROOT, soup
from hypothesis import given
from hypothesis import strategies as st
from jupyter_cache import get_cache
from jupyter_cache.base import CacheBundleIn
from ledger import Entry, anchors, chapters_of, claims_of

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
    """The claims on a chapter's page, by their anchors."""
    return {claim["id"]: words(claim) for claim in soup(page).find_all(class_="claim")}


def test_a_link_to_a_claim_shows_it(built_book, browser):
    """Also in a cell that is folded: the browser opens it."""
    (row,) = (row for row in soup(PAGE).select("table.ledger tbody tr:has(a)") if "exercise 1.6" in row.text)
    target, anchor = urldefrag(row.a["href"])
    page = browser.new_page()
    page.goto(f"{(built_book / urljoin(PAGE, target)).as_uri()}#{anchor}")
    assert page.locator(f"#{anchor}").is_visible()
    page.close()


def test_each_row_says_what_the_cell_says_to_which_it_leads(built_book):
    rows = soup(PAGE).select("table.ledger tbody tr:has(a)")
    assert rows
    for row in rows:
        statement, measured, expected = map(words, row.select("th, td"))
        target, anchor = urldefrag(row.a["href"])
        shown = said(urljoin(PAGE, target))[anchor].replace(", expected ", ", ")
        assert shown == f"✓ {statement}: measured {measured}, {expected}"


def test_each_line_of_evidence_opens_its_code_and_leads_to_its_row(built_book):
    rows = {row["id"]: row for row in soup(PAGE).select("table.ledger tbody tr:has(a)")}
    lines = [line for page in PAGES if page.startswith("notebooks/") for line in soup(page).select("details.evidence")]
    assert lines
    for line in lines:
        assert "claim(" in line.select_one(".cell_input").text
        names = [shown["id"] for shown in line.select("summary .claim")]
        linked = [rows[urldefrag(link["href"]).fragment] for link in line.select(".evidence-ledger a")]
        assert [urldefrag(row.a["href"]).fragment for row in linked] == names


def test_names_of_claims_do_not_depend_on_their_places():
    named = anchors()
    names = [named(statement) for statement in ("It takes 691 steps", "steps", "it takes 691 steps!", "↯")]
    assert names == ["claim-it-takes-691-steps", "claim-steps", "claim-it-takes-691-steps-2", "claim-claim"]


def test_the_ledger_has_every_claim_of_every_chapter(built_book):
    chapters = sorted((ROOT / "notebooks").glob("*.ipynb"))
    pages = [f"notebooks/{path.stem}.html" for path in chapters]
    listed = [len(section.select("table.ledger tbody tr:has(a)")) for section in soup(PAGE).select("section section")]
    shown = [len(said(page)) for page in pages]
    stored = [len(list(claims_of(nbformat.read(path, as_version=4)))) for path in chapters]
    assert listed == shown == stored
    assert [int(words(cell)) for cell in soup(PAGE).select("table.ledger-counts td")] == [*listed, sum(listed)]
