"""Sections that go into depth: which they are, and how a page folds and opens them."""

import re

import nbformat
import pytest
from conftest import ROOT, soup
from depth import TAG, deep
from playwright.sync_api import expect
from repository import PLACEHOLDER, launchers

CHAPTERS = sorted((ROOT / "notebooks").glob("*.ipynb"))


def notebook(*sources):
    """A notebook of Markdown cells; those given in a list have the tag."""
    cells = [
        nbformat.v4.new_markdown_cell(source[0], metadata={"tags": [TAG]})
        if isinstance(source, list)
        else nbformat.v4.new_markdown_cell(source)
        for source in sources
    ]
    return nbformat.v4.new_notebook(cells=cells)


def test_the_headings_of_tagged_cells_are_deep():
    both = notebook("# A title\n\n## Why", ["### A proof\n\n```\n# no heading\n```"], "text", "## Recap")
    assert list(deep(both)) == [False, False, True, False]


@pytest.mark.parametrize("source", ["no heading", "words\n\n### first", "### one\n\n### two"])
def test_a_tagged_cell_begins_with_its_one_heading(source):
    with pytest.raises(ValueError, match="begins with the one heading"):
        list(deep(notebook([source])))


def tagged(path):
    """The titles of a chapter's deep sections, their formulas and emphasis left out."""
    cells = nbformat.read(path, as_version=4).cells
    return [cell.source.partition("\n")[0].lstrip("# ") for cell in cells if TAG in cell.metadata.get("tags", [])]


@pytest.mark.usefixtures("built_book")
@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_a_page_folds_what_is_tagged_and_shows_its_title(path):
    folds = soup(f"notebooks/{path.stem}.html").select("section > details.in-depth")
    assert len(folds) == len(tagged(path))
    for fold, title in zip(folds, tagged(path), strict=True):
        assert not fold.has_attr("open")
        shown = fold.summary.find(["h2", "h3", "h4"]).text
        assert re.search(r"[\w.]+", shown).group() == re.search(r"[\w.]+", title).group()


def test_a_link_to_a_folded_section_opens_it_and_so_does_paper(visit):
    chapter = f"notebooks/{CHAPTERS[0].stem}.html"
    section = soup(chapter).select("section:has(> details.in-depth)")[-1]["id"]
    page = visit(f"{chapter}#{section}")
    (opened,) = page.locator("details.in-depth[open]").all()
    assert opened.locator("xpath=..").get_attribute("id") == section
    folds = page.locator("details:is(.in-depth, .proof)").count()
    theme = page.evaluate("document.documentElement.dataset.theme = 'dark'")
    for _ in range(2):  # some browsers say each twice
        page.evaluate("dispatchEvent(new Event('beforeprint'))")
        assert page.locator("details:is(.in-depth, .proof)[open]").count() == folds > 1
        assert page.evaluate("document.documentElement.dataset.theme") == "light"
    for _ in range(2):
        page.evaluate("dispatchEvent(new Event('afterprint'))")
        assert page.locator("details:is(.in-depth, .proof)[open]").count() == 1
        assert page.evaluate("document.documentElement.dataset.theme") == theme


@pytest.mark.usefixtures("built_book")
def test_a_link_to_a_widget_in_a_fold_opens_it_and_brings_it_into_the_window(visit):
    chapter = "notebooks/08_after_adam.html"
    folded = [host["name"] for host in soup(chapter).select("details.in-depth [state]")]
    assert len(folded) > 1
    for name in folded[:2]:
        page = visit(f"{chapter}#steepest-{name}", viewport={"width": 1200, "height": 900})
        host = page.locator(f"[state][name='{name}']")
        expect(host.locator(".steepest")).to_be_visible()
        expect(host).to_be_in_viewport()


@pytest.mark.usefixtures("built_book")
@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_the_head_of_a_chapter_says_what_it_takes_and_where_to_run_it(path):
    head = soup(f"notebooks/{path.stem}.html").select_one("h1 + .chapter-head")
    assert re.match(rf"Chapter {int(path.stem[:2])} · .* hours? to read, .* hours? for the exercises", head.p.text)
    assert re.match(r"You need [^$\\]+\.", head.find_all("p")[1].text)
    links = {link.text: link["href"] for link in head.select(".ways > a")}
    assert links["Download"].endswith(f"{path.stem}.ipynb")
    assert "how-to-use.html" in links["How to run it"]
    goals = soup(f"notebooks/{path.stem}.html").select_one("#what-you-will-be-able-to-do")
    assert goals.find("li")
    assert "You need" not in goals.text  # the head has said it


@pytest.mark.usefixtures("built_book")
@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_no_page_tells_a_reader_to_replace_what_cannot_be_replaced(path):
    page = soup(f"notebooks/{path.stem}.html")
    assert page.select(".cell_input")
    assert not page.select(".verdict-not")


def test_the_launchers_open_the_tagged_notebook(tmp_path):
    project = '[project]\nversion = "0.3.0"\n[project.urls]\nRepository = "{}"\n'
    (tmp_path / "pyproject.toml").write_text(project.format(PLACEHOLDER))
    assert launchers("x.ipynb", tmp_path) == {}
    (tmp_path / "pyproject.toml").write_text(project.format("https://github.com/you/steepest"))
    colab, binder = launchers("x.ipynb", tmp_path).values()
    assert colab == "https://colab.research.google.com/github/you/steepest/blob/v0.3.0/notebooks/x.ipynb"
    assert binder == "https://mybinder.org/v2/gh/you/steepest/v0.3.0?urlpath=lab/tree/notebooks/x.ipynb"
