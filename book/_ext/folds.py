"""What a folded cell says of itself: the code of a figure, or the solution of which exercise."""

import re

from docutils import nodes


def label(app, doctree):
    """Say on each folded cell what is folded."""
    exercise, folds = "", {}
    for node in doctree.findall(
        lambda node: isinstance(node, nodes.strong) or "prompt_show" in getattr(node, "attributes", {})
    ):
        if isinstance(node, nodes.strong):
            number = re.match(r"\d+\.\d+(?= )", node.astext())
            exercise = number.group() if number else exercise
        elif "tag_solution" in node["classes"]:
            folds.setdefault(exercise, []).append(node)
        else:
            name(node, "the code" if node.get("hide_mode") == "input" else "the code and what it shows")
    for exercise, cells in folds.items():
        for part, node in enumerate(cells, start=1):
            of_several = f", part {part} of {len(cells)}" if len(cells) > 1 else ""
            name(node, f"the solution of {exercise}{of_several}")


def name(node, what):
    """Write on a folded cell that it shows and hides this."""
    node["prompt_show"], node["prompt_hide"] = f"Show {what}", f"Hide {what}"


def setup(app):
    app.connect("doctree-read", label)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
