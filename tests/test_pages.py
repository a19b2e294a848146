"""The prose pages of the book: what they state is read off from the chapters, or computed anew with the package."""

import re

import nbformat
import pytest
from conftest import ROOT

BOOK = ROOT / "book"
CHAPTERS = {
    number: nbformat.read(next((ROOT / "notebooks").glob(f"{number:02d}_*.ipynb")), as_version=4).cells
    for number in range(1, 7)
}
TEXT = {
    number: "\n\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    for number, cells in CHAPTERS.items()
}


def page(name):
    return (BOOK / f"{name}.md").read_text(encoding="utf-8")


def rows(text):
    """The cells of each row of the tables in a text, without their headings."""
    tables = re.findall(r"(?:^\|.*\n)+", text, flags=re.MULTILINE)
    for table in tables:
        for line in table.splitlines()[2:]:
            yield [cell.strip() for cell in line.strip().strip("|").split(" | ")]


PAGES = ["how-to-use"]


@pytest.mark.parametrize("name", PAGES)
def test_the_chapters_have_the_equations_that_a_page_names(name):
    for chapter, equation in re.findall(r"[( ](\d)\.(\d+)(?=[),])", re.sub(r"\$.*?\$", "", page(name))):
        assert f"\\tag{{{chapter}.{equation}}}" in TEXT[int(chapter)], f"({chapter}.{equation})"


def test_each_chapter_takes_as_long_as_how_to_use_says():
    hours = {"an hour": "1 hour", "another one": "1 hour", "another hour": "1 hour", "an hour and a half": "1½ hours"}
    stated = {int(re.match(r"\[(\d)", name)[1]): times for name, *times in rows(page("how-to-use"))}
    assert stated == {
        number: [hours[reading], hours[exercises]]
        for number, text in TEXT.items()
        for reading, exercises in re.findall(r"Reading takes (?:about )?(.*?), the exercises (.*?)\.", text)
    }


def test_the_optimizer_in_how_to_use_gets_its_figure():
    names = {"__name__": "__main__"}
    *body, call = re.search(r"```python\n(.*?)```", page("how-to-use"), re.DOTALL)[1].strip().splitlines()
    exec("\n".join(body), names)
    explorer = eval(call, names)
    assert explorer.hyperparameters == {"SignDescent": {"lr": 0.1}}
