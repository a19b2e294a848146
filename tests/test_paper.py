"""The course as one PDF: its outline, its links, and nothing that only works on a screen."""

import re

import pytest
from bs4 import BeautifulSoup
from conftest import ROOT
from paper import LEFT_OUT, key, order, print_pages, whole

pytestmark = pytest.mark.usefixtures("built_book")

FEW = ["book/notation", "notebooks/01_batch_gradient_descent", "book/glossary"]


@pytest.fixture(scope="module")
def document(built_book):
    return BeautifulSoup(whole(FEW), "html.parser")


def test_the_order_is_that_of_the_contents():
    assert order()[0] == "book/index"
    chapters = [name for name in order() if name.startswith("notebooks/")]
    assert chapters == sorted(f"notebooks/{path.stem}" for path in (ROOT / "notebooks").glob("*.ipynb"))
    assert set(order()) > LEFT_OUT


def test_no_id_is_there_twice_and_every_link_leads_somewhere(document):
    ids = [node["id"] for node in document.find_all(id=True)]
    assert len(ids) == len(set(ids))
    inner = [link["href"][1:] for link in document.select("a[href^='#']")]
    assert len(inner) > 50
    assert set(inner) <= set(ids)
    for link in document.select("a[href]"):
        assert re.match("#|https?://|mailto:", link["href"]), link


def test_nothing_on_paper_is_to_be_pressed_and_proofs_stand_open(document):
    assert not document.select("button, input, select, textarea, script, .run-bar, .ways")
    assert document.select(".proof")
    assert document.select(".in-depth h3")
    assert not document.select("details")
    assert not document.select(".tag_solution .cell_input, details.hide")


def test_claims_keep_their_lines_and_widgets_their_pictures(document):
    chapter = document.find(id=key(FEW[1]))
    assert len(chapter.select(".evidence .claim")) > 30
    widgets = chapter.select("[state]")
    assert widgets
    assert all(widget.img["src"].startswith("/_images/") for widget in widgets)


def plain(headings):
    """The texts of these headings, without those that a PDF encodes."""
    texts = (" ".join(heading.text.split()) for heading in headings)
    return {text for text in texts if re.fullmatch(r"[\w ,.?:'-]+", text, re.ASCII)}


def test_the_pdf_has_an_outline_and_links_within_it(browser, document, tmp_path):
    print_pages(browser, FEW, tmp_path / "few.pdf")
    pdf = (tmp_path / "few.pdf").read_bytes()
    titles = {title.decode() for title in re.findall(rb"/Title \(([ -~]*?)\)", pdf)}
    headings = document.select("h1, h2, h3")
    assert len(plain(headings)) > 30
    assert plain(headings) <= titles
    assert pdf.count(b"/Dest") > 50
    assert b"localhost" not in pdf
    assert len(re.findall(rb"/Type\s*/Page\b", pdf)) > 15
