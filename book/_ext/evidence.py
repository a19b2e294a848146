"""Quiet evidence: on the page a claim is one line with its number, which opens the code that measured it.

A cell that shows nothing but claims becomes such lines. So that a goal does not stand above the widget that has to be
moved to meet it, the code of every widget is folded too. An exercise that nobody has answered says nothing on the page,
where most readers cannot replace what its notebook tells them to. In a notebook the cells are what they are.
"""

import html
import re

from docutils import nodes
from formulas import POWER
from ledger import CLAIM, anchors, row_of

LEDGER = "book/claims"
OPEN = '<p class="verdict verdict-not">'
EXPECTED = re.compile('<span class="claim-expected">(.*?)</span>')
TEXT = re.compile("(?<=>)[^<]+")


def claim_in(bundle):
    """The HTML of one of a cell's outputs if it is a claim, or None."""
    for raw in bundle.findall(nodes.raw):
        if raw.get("format") == "html" and CLAIM.fullmatch(raw.astext().strip()):
            return raw
    return None


def part(cell, element) -> nodes.Element | None:
    """The code or the outputs of a cell, or None."""
    return next((child for child in cell if child.get("nb_element") == f"cell_code_{element}"), None)


def leave_out_open_exercises(app, doctree):
    """Take out of a page what the check of an unanswered exercise says."""
    for cell in doctree.findall(nodes.container):
        if cell.get("nb_element") == "cell_code" and (outputs := part(cell, "output")):
            for bundle in list(outputs):
                if any(OPEN in raw.astext() for raw in bundle.findall(nodes.raw)):
                    outputs.remove(bundle)
            if not outputs.children:
                cell.remove(outputs)


def fold(app, doctree):
    """Give each claim of a page its name, make lines of the cells that show only claims, and fold the widgets' code."""
    docname, name = app.env.docname, anchors()
    in_ledger = app.env.doc2path(docname).endswith(".ipynb")
    for cell in list(doctree.findall(nodes.container)):
        if cell.get("nb_element") != "cell_code":
            continue
        outputs = part(cell, "output") or []
        claims = {bundle: raw for bundle in outputs if (raw := claim_in(bundle))}
        links = []
        for raw in claims.values():
            statement = html.unescape(CLAIM.findall(raw.astext())[0][0])
            anchor = name(statement)
            raw[:] = [nodes.Text(raw.astext().strip().replace("<p", f'<p id="{anchor}"', 1))]
            row = f"{app.builder.get_relative_uri(docname, LEDGER)}#{row_of(docname, anchor)}" if in_ledger else ""
            links.append(f'<a class="reference internal" href="{row}">{html.escape(statement)}</a>')
        if claims and len(claims) == len(outputs) and cell.get("hide_mode") != "all":
            become_lines(cell, [raw.astext() for raw in claims.values()], links if in_ledger else [])
        elif any("data-steepest" in raw.astext() for raw in cell.findall(nodes.raw)) and not cell.get("hide_mode"):
            cell["hide_mode"] = "input"
            cell["prompt_show"] = cell["prompt_hide"] = ""  # they get their words with all other folds


def unbroken(text) -> str:
    """Text in which no line ends within 1e-12, or before %."""
    return POWER.sub(r'<span class="together">\1</span>', text).replace(" %", "\N{NO-BREAK SPACE}%")


def become_lines(cell, claims, links):
    """Turn a cell into the lines of its claims, which open its code and lead to the ledger."""
    lines = "".join(f"<span{claim.removeprefix('<p').removesuffix('</p>')}</span>" for claim in claims)
    lines = EXPECTED.sub(r"\1", lines)  # a chapter has a hundred of them, and nothing of the page looks for one
    lines = TEXT.sub(lambda text: unbroken(text[0]), lines)
    ledger = f'<div class="evidence-ledger">In the ledger: {"; ".join(links)}</div>' if links else ""
    code = part(cell, "source")
    for attribute in "hide_mode", "prompt_show", "prompt_hide":
        cell.attributes.pop(attribute, None)
    cell.children = []
    cell += nodes.raw("", f'<details class="evidence"><summary>{lines}</summary>', format="html")
    cell += code or []
    cell += nodes.raw("", f"{ledger}</details>", format="html")


def setup(app):
    app.connect("doctree-read", leave_out_open_exercises, priority=400)
    app.connect("doctree-read", fold, priority=400)  # before folds get their words
    return {"parallel_read_safe": True, "parallel_write_safe": True}
