"""The veil of a prediction is on its page from the first frame: over what the next cell shows, and the claims below it.

`page.js` lifts it as soon as the reader has an answer of their own. Paper and a page without scripts have no veils.
"""

import itertools

from docutils import nodes


def asks(node) -> bool:
    """Whether a node is the HTML of a question with a veil."""
    return isinstance(node, nodes.raw) and "<steepest-predict-" in node.astext() and '"veil": true' in node.astext()


def is_line(node) -> bool:
    """Whether a node is a cell that has become the lines of its claims."""
    return any(isinstance(child, nodes.raw) and 'class="evidence"' in child.astext() for child in node)


def veil(app, doctree):
    """Mark the questions that have a veil, and what it covers."""
    for question in list(doctree.findall(asks)):
        question[:] = [nodes.Text(question.astext().replace(" about=", " data-veil about=", 1))]
        cell = question.parent
        while cell.get("nb_element") != "cell_code":
            cell = cell.parent
        first, *others = cell.parent[cell.parent.index(cell) + 1 :]
        for covered in (first, *itertools.takewhile(is_line, others)):
            covered["classes"].append("veiled")


def setup(app):
    app.connect("doctree-read", veil)  # after claims have become lines
    return {"parallel_read_safe": True, "parallel_write_safe": True}
