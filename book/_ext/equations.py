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

#: A tag of HTML with nothing to be linked within: one alone, or a summary, which opens its fold when it is pressed.
TAGS = re.compile(r"<summary>.*?</summary>|<[^>]*>", re.DOTALL)

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
    """Make links of the numbers that a page names, those in a folded answer that is written as HTML, too."""
    known = pages(app.env)

    def target(number):
        return f"{app.builder.get_relative_uri(page, known[number])}#{anchor(number)}"

    def anchored(mention):
        number = mention[0].strip("()")
        return f'<a class="equation" href="{target(number)}">{mention[0]}</a>' if number in known else mention[0]

    for fold in doctree.findall(nodes.raw):
        if fold.astext().startswith("<details"):
            text, parts, end = fold.astext(), [], 0
            for tag in TAGS.finditer(text):
                parts += [_replaced(anchored, text[end : tag.start()]), tag[0]]
                end = tag.end()
            fold.clear()
            fold.append(nodes.Text("".join([*parts, _replaced(anchored, text[end:])])))
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
                reference = nodes.reference("", linked[0], internal=True, refuri=target(number), classes=["equation"])
                parts += [nodes.Text(text[end:start]), reference]
                end = stop
        if parts:
            text.parent.replace(text, [*parts, nodes.Text(text[end:])])


def _replaced(anchored, text):
    return MENTION.sub(lambda mention: LINKED.sub(anchored, mention[0]), text)


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
