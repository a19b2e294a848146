"""The veil of a prediction is on its page from the first frame, over all that would tell its answer.

That is what the next cell shows, the claims below it, and the first words on it, unless they begin a derivation.

`page.js` lifts it as soon as the reader has an answer of their own. Paper and a page without scripts have no veils.
"""

from docutils import nodes


def asks(node) -> bool:
    """Whether a node is the HTML of a question with a veil."""
    return isinstance(node, nodes.raw) and "<steepest-predict-" in node.astext() and '"veil": true' in node.astext()


def is_line(node) -> bool:
    """Whether a node is a cell that has become the lines of its claims."""
    return any(isinstance(child, nodes.raw) and 'class="evidence"' in child.astext() for child in node)


def is_words(node) -> bool:
    """Whether a node is a table, or a paragraph that leads to no formula."""
    following = node.next_node(nodes.Element, descend=False, siblings=True)
    return isinstance(node, nodes.table) or (
        isinstance(node, nodes.paragraph) and not isinstance(following, nodes.math_block)
    )


def telling(first, *others):
    """Of a cell and what follows it, all that tells what the cell shows."""
    yield first
    said = False
    for node in others:
        words = not said and is_words(node)
        if not words and not is_line(node):
            return
        said = said or words
        yield node


def veil(app, doctree):
    """Mark the questions that have a veil, and what it covers."""
    for question in list(doctree.findall(asks)):
        question[:] = [nodes.Text(question.astext().replace(" about=", " data-veil about=", 1))]
        cell = question.parent
        while cell.get("nb_element") != "cell_code":
            cell = cell.parent
        for covered in telling(*cell.parent[cell.parent.index(cell) + 1 :]):
            if isinstance(covered, nodes.table):  # the theme puts it into a box of its own
                table, covered = covered, nodes.container()
                table.replace_self(covered)
                covered += table
            covered["classes"] += ["tells", "veiled"]


def setup(app):
    app.connect("doctree-read", veil)  # after claims have become lines
    return {"parallel_read_safe": True, "parallel_write_safe": True}
