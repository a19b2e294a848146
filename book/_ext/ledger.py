"""The directive `{claims}`: all claims of the chapters with what was measured, read from the notebooks as they ran.

A row leads to the claim on its page, and the claim back to its row; `evidence.py` writes the claims of a page.
"""

import html
import re
from collections import Counter
from itertools import groupby
from typing import NamedTuple

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from notebooks import executed

#: What `Claim._repr_html_` writes. It escapes the words, so that none of them can look like a tag.
CLAIM = re.compile(
    r'<p class="claim">.*?</strong> (.*?): '
    r'<strong class="claim-measured">measured (.*?)</strong>, <span class="claim-expected">(.*?)</span></p>',
    re.DOTALL,
)


class Entry(NamedTuple):
    """A claim, and where it stands: a section of the chapter, and the number of a cell."""

    section: str
    cell: int
    statement: str
    measured: str
    expected: str


def claims_of(notebook):
    """The claims among the outputs of a notebook, in their order."""
    section = ""
    for number, cell in enumerate(notebook.cells):
        if cell.cell_type == "markdown":
            section = [section, *re.findall(r"^## +([^:\n]+)", cell.source, flags=re.MULTILINE)][-1].strip()
        for output in cell.get("outputs", []):
            for words in CLAIM.findall(output.get("data", {}).get("text/html", "")):
                statement, measured, expected = map(html.unescape, words)
                yield Entry(section, number, statement, measured, expected.removeprefix("expected "))


def anchors():
    """What names the claims of one chapter, in their order: a function from statement to anchor.

    A name is made of the words, so that a link to a claim survives when cells are moved or added. A second claim with
    the same words has the number 2.
    """
    seen = Counter()

    def name(statement):
        words = "-".join(re.findall(r"[a-z0-9]+", statement.lower())) or "claim"
        seen[words] += 1
        return f"claim-{words}" + (f"-{seen[words]}" if seen[words] > 1 else "")

    return name


def row_of(page, anchor):
    """The anchor in the ledger of a claim on a chapter's page."""
    return f"chapter-{int(page.rpartition('/')[2][:2])}-{anchor}"


def chapters_of(env):
    """The chapters in their order: the name of the page, the title with its number, and the claims."""
    for name in sorted(env.found_docs):
        path = env.doc2path(name)
        if path.endswith(".ipynb"):
            env.note_dependency(path)
            notebook = executed(env, name)
            (title,) = re.findall(r"\A# +(.*)", notebook.cells[0].source)
            yield name, f"{int(name.rpartition('/')[2][:2])} {title}", list(claims_of(notebook))


def link(text, target):
    return nodes.reference("", text, internal=True, refuri=target)


def unbroken(text):
    """The text, in which no line ends within a number such as 1e-12."""
    whole = nodes.inline()
    for place, part in enumerate(re.split(r"(\S+e-\d+)", text)):
        whole += nodes.inline("", part, classes=["number"]) if place % 2 else nodes.Text(part)
    return whole


def table(name, headings, widths, rows):
    """A table of inline nodes, whose first column says what its rows are about. A node that is alone spans its row."""

    def row(cells):
        entries = (nodes.entry("", nodes.paragraph("", "", cell), **span(cells)) for cell in cells)
        return nodes.row("", *entries, ids=cells[0].get("names", []) if isinstance(cells[0], nodes.Element) else [])

    def span(cells):
        return {} if len(cells) > 1 else {"morecols": len(headings) - 1, "classes": ["group"]}

    columns = [nodes.colspec(colwidth=width, stub=int(place == 0)) for place, width in enumerate(widths)]
    head = nodes.thead("", row([nodes.Text(heading) for heading in headings]))
    group = nodes.tgroup("", *columns, head, nodes.tbody("", *map(row, rows)), cols=len(headings))
    return nodes.table("", group, classes=[name])


class Claims(SphinxDirective):
    """How many claims each chapter makes, and a section for each chapter with all of them."""

    def run(self):
        counts, sections, total = [], [], 0
        for name, title, claims in chapters_of(self.env):
            page = self.env.app.builder.get_relative_uri(self.env.docname, name)
            rows, named = [], anchors()
            for place, entries in groupby(claims, key=lambda entry: entry.section or title):
                rows.append([nodes.Text(place)])
                for entry in entries:
                    anchor = named(entry.statement)
                    statement = link(entry.statement, f"{page}#{anchor}")
                    statement["names"] = [row_of(name, anchor)]
                    rows.append([statement, unbroken(entry.measured), unbroken(entry.expected)])
            section = nodes.section("", nodes.title("", title), names=[nodes.fully_normalize_name(title)])
            section += table("ledger", ["claim", "measured", "expected"], [50, 25, 25], rows)
            self.state.document.note_implicit_target(section)
            sections.append(section)
            counts.append([link(title, f"#{section['ids'][0]}"), nodes.Text(f"{len(claims)}")])
            total += len(claims)
        counts.append([nodes.Text("all chapters"), nodes.Text(f"{total}")])
        return [table("ledger-counts", ["chapter", "claims"], [80, 20], counts), *sections]


def setup(app):
    app.add_directive("claims", Claims)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
