"""Two depths on one page: a section whose heading stands in a cell tagged `in-depth` is folded, its title in view.

In a notebook such a section stands open. A link to it opens it, and so does paper; `page.js` sees to both. Below a
chapter's title stands how long it takes, what it needs, and where to run it.
"""

import html
import re
from pathlib import Path

from docutils import nodes
from generated import chapters, hours, needs, spoken
from repository import launchers

from notebooks import read

TAG = "in-depth"

#: The tag of the cell with what a reader will be able to do; it ends with what the chapter takes.
GOALS = "goals"

HEADING = re.compile(r"^#+ +\S", re.MULTILINE)
FENCED = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)


def tags_of_headings(notebook):
    """For each heading of a notebook, in order, the tags of its cell."""
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            for _ in HEADING.findall(FENCED.sub("", cell.source)):
                yield cell.metadata.get("tags", [])


def deep(notebook):
    """For each heading of a notebook, in order, whether its section goes into depth.

    Raises:
        ValueError: a cell with the tag that does not begin with a heading, or has another one further down.
    """
    for cell in notebook.cells:
        prose = FENCED.sub("", cell.source)
        if TAG in cell.metadata.get("tags", []) and not (len(HEADING.findall(prose)) == 1 and HEADING.match(prose)):
            raise ValueError(f"A cell tagged {TAG!r} begins with the one heading of its section: {cell.source[:60]!r}")
    return [TAG in tags for tags in tags_of_headings(notebook)]


def fold(app, doctree):
    """Fold the sections of a chapter that go into depth."""
    path = app.env.doc2path(app.env.docname)
    if not path.endswith(".ipynb"):
        return
    sections = list(doctree.findall(nodes.section))
    for section, is_deep in zip(sections, deep(read(path)), strict=True):
        if is_deep:
            title, *content = section.children
            section.children = []
            section += nodes.raw("", '<details class="in-depth"><summary>', format="html")
            section += title
            section += nodes.raw("", '</summary><div class="in-depth-content">', format="html")
            section += content
            section += nodes.raw("", "</div></details>", format="html")


def write_head(app, doctree):
    """Put below the title of a chapter how long it takes, what it needs, and the ways to run it.

    In a notebook its goals end with that, which the page does not say twice.
    """
    docname, path = app.env.docname, app.env.doc2path(app.env.docname)
    if not path.endswith(".ipynb"):
        return
    (chapter,) = (chapter for chapter in chapters() if chapter.name == Path(path).name)
    title = next(doctree.findall(nodes.title))
    place = title.parent.index(title) + 1
    title.parent.insert(place, nodes.raw("", head(app, docname, chapter), format="html"))
    tags = tags_of_headings(read(path))
    (goals,) = (s for s, has in zip(doctree.findall(nodes.section), tags, strict=True) if GOALS in has)
    *_, takes = (child for child in goals if isinstance(child, nodes.paragraph))
    goals.remove(takes)


def head(app, docname, chapter) -> str:
    """The head of a chapter."""
    reading, exercises = map(spoken, hours(chapter))
    run = app.builder.get_relative_uri(docname, "book/how-to-use")
    ways = [f'<a href="{html.escape(address)}">{name}</a>' for name, address in launchers(chapter.name).items()]
    ways += [
        f'<a href="../_sources/notebooks/{chapter.name}" download>Download</a>',
        f'<a href="{run}#run-it-on-the-page">How to run it</a>',
    ]
    return (
        f'<div class="chapter-head"><p>Chapter {chapter.number} · {reading} to read, {exercises} for the '
        f"exercises</p><p>You need {html.escape(needs(chapter))}.</p>"
        f'<div class="ways">{"".join(ways)}</div></div>'
    )


def setup(app):
    app.connect("doctree-read", write_head, priority=900)
    app.connect("doctree-read", fold, priority=900)  # after Sphinx has read the sections for its tables of contents
    return {"parallel_read_safe": True, "parallel_write_safe": True}
