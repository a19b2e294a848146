"""The bibliography: its entries are well formed, and are what the chapters cite, no more and no less."""

import functools
import re
import unicodedata

import nbformat
import pytest
import yaml
from citations import title_of
from conftest import ROOT, soup
from pybtex.database import parse_file, parse_string

ENTRIES = parse_file(ROOT / "book" / "references.bib").entries
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))

#: What says where a work of each type appeared.
VENUE = {"article": "journal", "inproceedings": "booktitle", "book": "publisher", "misc": "howpublished"}
VENUE["dataset"] = VENUE["misc"]

each_entry = pytest.mark.parametrize("key", ENTRIES)


def addresses(entry):
    """All addresses under which a work is found."""
    prefixes = {"doi": "https://doi.org/", "eprint": "https://arxiv.org/abs/", "url": ""}
    return {prefix + entry.fields[field] for field, prefix in prefixes.items() if field in entry.fields}


def family_names(entry):
    return [" ".join([*person.prelast_names, *person.last_names]).strip("{}") for person in entry.persons["author"]]


def references():
    """Each reference of each chapter: the chapter's name and the text in Markdown."""
    for path in NOTEBOOKS:
        cells = nbformat.read(path, as_version=4).cells
        text = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
        for item in re.findall(r"^- (.*)", text.split("\n## References\n")[1], flags=re.MULTILINE):
            yield path.stem, item


REFERENCES = list(references())
each_reference = pytest.mark.parametrize(("chapter", "item"), REFERENCES)


@functools.cache
def cited_in(item):
    """The keys of the entries that a reference names: by their titles, or by their addresses."""
    return [
        key
        for key, entry in ENTRIES.items()
        if title_of(entry) in item or any(f"]({address})" in item for address in addresses(entry))
    ]


@each_entry
def test_an_entry_says_who_what_when_and_where(key):
    entry = ENTRIES[key]
    assert title_of(entry)
    assert entry.fields[VENUE[entry.type]]
    assert re.fullmatch(r"(18|19|20)\d\d", entry.fields["year"])
    first = unicodedata.normalize("NFKD", family_names(entry)[0]).encode("ascii", "ignore").decode().lower()
    assert key == first + entry.fields["year"]


@each_entry
def test_an_address_has_its_form(key):
    fields = ENTRIES[key].fields
    assert re.fullmatch(r"10\.\d{4,9}/[^\s{}]+", fields.get("doi", "10.1000/1"))
    assert re.fullmatch(r"\d\d(0[1-9]|1[0-2])\.\d{4,5}", fields.get("eprint", "1412.6980"))  # year and month first
    assert ("eprint" in fields) == (fields.get("archiveprefix") == "arXiv")
    assert fields.get("url", "https://").startswith("https://")
    assert not re.search(r"doi\.org|arxiv\.org", fields.get("url", ""))


def test_no_work_is_listed_twice():
    titles = [title_of(entry).casefold() for entry in ENTRIES.values()]
    found = [address.casefold() for entry in ENTRIES.values() for address in addresses(entry)]
    assert len(set(titles)) == len(titles)
    assert len(set(found)) == len(found)
    assert list(ENTRIES) == sorted(ENTRIES)


@each_reference
def test_a_reference_of_a_chapter_is_an_entry(chapter, item):
    """With the same title, year and authors, and with no address that the entry does not have."""
    keys = cited_in(item)
    assert keys
    links = re.findall(r"\[([^\]]*)\]\((https?://(?:[^\s()]|\([^\s()]*\))*)\)", item)
    assert {link for _, link in links} <= {address for key in keys for address in addresses(ENTRIES[key])}
    for key in keys:
        entry = ENTRIES[key]
        assert title_of(entry) in item
        assert entry.fields["year"] in item
        first, *more = (name for name in family_names(entry) if name != "others")
        assert first in item
        assert "and others" in item or all(name in item for name in more)


@each_entry
def test_each_entry_is_cited(key):
    pages = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "book").glob("*.md"))
    by_role = re.findall(r"\{cite(?::\w+)?\}`([^`]+)`", pages)
    by_chapters = {key for _, item in REFERENCES for key in cited_in(item)}
    assert key in by_chapters.union(*(keys.split(",") for keys in by_role))


@pytest.fixture
def built(built_book):
    """The page of the built book."""
    return soup("book/references.html")


def test_the_page_has_every_entry_and_leads_to_where_it_is_cited(built):
    shown = {entry["id"]: entry for entry in built.select(".citation")}
    assert shown.keys() == ENTRIES.keys()
    for key, entry in shown.items():
        links = [link["href"] for link in entry.select(".cited-in a")]
        chapters = {chapter for chapter, item in REFERENCES if key in cited_in(item)}
        assert {f"../notebooks/{chapter}.html#references" for chapter in chapters} <= set(links)
        assert len(links) == len(set(links)) > 0
        assert {link["href"] for link in entry.select("p:first-of-type a")} == addresses(ENTRIES[key])


def test_the_course_is_an_entry_that_others_can_cite(built):
    (entry,) = parse_string(built.select_one(".highlight-bibtex pre").text, "bibtex").entries.values()
    course = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert entry.fields["title"] == course["title"]
    assert family_names(entry) == [author["name"] for author in course["authors"]]
    assert entry.fields["note"].endswith(course["version"])
