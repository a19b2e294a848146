"""What leads readers to the pages, with and without the address of a repository, on a book of two pages."""

import functools
import subprocess
import sys
from xml.etree import ElementTree

import pytest
from bs4 import BeautifulSoup
from conftest import ROOT
from PIL import Image
from repository import PLACEHOLDER

SITE = "https://you.github.io/steepest/"
CONFIGURATION = """\
import sys
sys.path.insert(0, {extensions!r})
import buttons
import repository
repository.address = lambda: {url!r}
extensions = ["findable", "sphinxext.opengraph"]
html_theme = "sphinx_book_theme"
html_theme_options = {{"path_to_docs": ""}}
language = "en"
root_doc = "deep/first"


def setup(app):
    app.connect("config-inited", buttons.add_buttons)
"""


FIRST = "First\n=====\n\nWords of the first page.\n\n"


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    """Builds the book of the repository with this address and returns the folder of its pages."""

    @functools.cache
    def build(url):
        source = tmp_path_factory.mktemp("book")
        (source / "deep").mkdir()
        (source / "conf.py").write_text(CONFIGURATION.format(extensions=str(ROOT / "book" / "_ext"), url=url))
        (source / "deep" / "first.rst").write_text(f"{FIRST}.. toctree::\n\n   second\n")
        (source / "deep" / "second.rst").write_text("Second\n======\n\nWords of the second page.\n")
        subprocess.run([sys.executable, "-m", "sphinx", "-qW", source, source / "pages"], check=True)
        return source / "pages"

    return build


def head(page, name):
    html = BeautifulSoup(page.read_text(encoding="utf-8"), "html.parser")
    return html.find("link", rel=name)["href"] if name == "canonical" else html.find("meta", property=name)["content"]


def test_a_site_with_an_address_tells_it(book):
    pages = book("https://github.com/you/steepest")
    listed = [
        place.text
        for place in ElementTree.parse(pages / "sitemap.xml").iter("{http://www.sitemaps.org/schemas/sitemap/0.9}loc")
    ]
    assert listed == [f"{SITE}deep/first.html", f"{SITE}deep/second.html"]
    assert f"Sitemap: {SITE}sitemap.xml" in (pages / "robots.txt").read_text()
    second = pages / "deep" / "second.html"
    assert head(second, "canonical") == head(second, "og:url") == f"{SITE}deep/second.html"
    assert head(second, "og:image") == f"{SITE}_static/card.png"
    assert head(second, "og:description") == "Words of the second page."


def test_the_address_of_the_site_says_what_the_first_page_says(book):
    pages = book("https://github.com/you/steepest")
    door, first = pages / "index.html", pages / "deep" / "first.html"
    assert "url=deep/first.html" in door.read_text()
    for name in "canonical", "og:url", "og:title", "og:description", "og:image":
        assert head(door, name) == head(first, name)


def test_a_site_without_an_address_names_none(book):
    pages = book(PLACEHOLDER)
    assert not (pages / "sitemap.xml").exists()
    assert "Sitemap" not in (pages / "robots.txt").read_text()
    assert "-your-name-" not in (pages / "deep" / "second.html").read_text()


def test_buttons_lead_to_the_source_its_editor_and_its_issues(book):
    url = "https://github.com/you/steepest"
    buttons = [url, f"{url}/edit/main/deep/second.rst", f"{url}/issues/new"]
    for address, expected in (url, buttons), (PLACEHOLDER, []):
        html = BeautifulSoup((book(address) / "deep" / "second.html").read_text(encoding="utf-8"), "html.parser")
        links = [link["href"].split("?")[0] for link in html.select("a[href^='https://github.com']")]
        assert links == expected


@pytest.mark.parametrize(("name", "path"), [("steepest", "/steepest/"), ("you.github.io", "/")])
def test_the_page_for_lost_readers_works_at_any_depth(book, name, path):
    html = BeautifulSoup((book(f"https://github.com/you/{name}") / "404.html").read_text(), "html.parser")
    links = [tag.get("href") or tag["src"] for tag in html.select("link[rel=stylesheet], script[src], a[href]")]
    own = [link for link in links if not link.startswith(("#", "https://"))]
    assert path in own
    assert len(own) > 5
    assert all(link.startswith(path) for link in own)


def test_the_social_card_has_the_size_that_sites_ask_for():
    with Image.open(ROOT / "book" / "_static" / "card.png") as card:
        assert card.size == (1200, 630)
