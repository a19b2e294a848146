"""The veil of a prediction is on its page from the first frame, over all that would tell its answer.

That is what the next cell shows, the cells that follow it, the claims in its margin among them, and the first words on
it, unless they begin a derivation.

`page.js` lifts it as soon as the reader has an answer of their own. Paper and a page without scripts have no veils.
"""

from docutils import nodes


def asks(node) -> bool:
    """Whether a node is the HTML of a question with a veil."""
    return isinstance(node, nodes.raw) and "<steepest-predict-" in node.astext() and '"veil": true' in node.astext()


def is_cell(node) -> bool:
    """Whether a node is a cell with code, or what has become of it, that asks nothing itself."""
    return node.get("nb_element") == "cell_code" and not any(map(asks, node.findall(nodes.raw)))


def is_words(node) -> bool:
    """Whether a node is a table, or a paragraph that leads to no formula."""
    following = node.next_node(nodes.Element, descend=False, siblings=True)
    return isinstance(node, nodes.table) or (
        isinstance(node, nodes.paragraph) and not isinstance(following, nodes.math_block)
    )


def telling(first, *others):
    """Of what follows a question, all that tells its answer."""
    yield first
    said = is_words(first)
    for node in others:
        words = not said and is_words(node)
        if not words and not is_cell(node):
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
            if is_words(covered):
                words, covered = covered, nodes.container(classes=["words"])
                words.replace_self(covered)
                covered += words
            covered["classes"] += ["tells", "veiled"]


def setup(app):
    app.connect("doctree-read", veil)  # after claims have become lines
    return {"parallel_read_safe": True, "parallel_write_safe": True}
