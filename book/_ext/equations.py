r"""Links to numbered formulas: "(4.14)" in the text of a page leads to the formula whose ``\tag`` is 4.14.

The source is plain text, so a notebook reads the same elsewhere. What no formula has for its number stays text.
"""

import re

from docutils import nodes
from formulas import TAG

#: A number in parentheses, or several with commas.
MENTION = re.compile(r"\(\d+\.\d+(?:, \d+\.\d+)*\)")

#: What becomes a link in it: of a single number also the parentheses.
LINKED = re.compile(r"^\([^,]*\)$|\d+\.\d+")

#: Where a number in parentheses is no mention, or a link of its own.
ELSEWHERE = (nodes.literal, nodes.literal_block, nodes.math, nodes.math_block, nodes.raw, nodes.reference, nodes.title)


def anchor(number):
    """The id of the formula with this number."""
    return f"equation-{number.replace('.', '-')}"


def pages(env):
    """The page of each numbered formula, by number."""
    if not hasattr(env, "pages_of_equations"):
        env.pages_of_equations = {}
    return env.pages_of_equations


def collect(app, doctree):
    """Give the numbered formulas of a page their ids, and note where they stand."""
    for formula in doctree.findall(nodes.math_block):
        if tag := TAG.search(formula.astext()):
            formula["ids"].append(anchor(tag[1]))
            pages(app.env)[tag[1]] = app.env.docname


def link(app, doctree, page):
    """Make links of the numbers that a page names."""
    known = pages(app.env)
    for text in list(doctree.findall(nodes.Text)):
        if _is_elsewhere(text):
            continue
        parts, end = [], 0
        for mention in MENTION.finditer(text):
            for linked in LINKED.finditer(mention[0]):
                number = linked[0].strip("()")
                if number not in known:
                    continue
                start, stop = (mention.start() + place for place in linked.span())
                target = f"{app.builder.get_relative_uri(page, known[number])}#{anchor(number)}"
                reference = nodes.reference("", linked[0], internal=True, refuri=target, classes=["equation"])
                parts += [nodes.Text(text[end:start]), reference]
                end = stop
        if parts:
            text.parent.replace(text, [*parts, nodes.Text(text[end:])])


def _is_elsewhere(node):
    while node := node.parent:
        if isinstance(node, ELSEWHERE):
            return True
    return False


def forget(app, env, page):
    """Forget the formulas of a page that is read anew."""
    for number in [number for number, there in pages(env).items() if there == page]:
        del pages(env)[number]


def merge(app, env, names, other):
    """Take what another process has read."""
    pages(env).update({number: there for number, there in pages(other).items() if there in names})


def setup(app):
    app.connect("doctree-read", collect)
    app.connect("doctree-resolved", link)
    app.connect("env-purge-doc", forget)
    app.connect("env-merge-info", merge)
    return {"version": "1", "env_version": 1, "parallel_read_safe": True, "parallel_write_safe": True}
