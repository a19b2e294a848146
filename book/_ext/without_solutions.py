"""Write the notebooks as students get them, without the solutions; `make handout` runs this.

Left out are the cells tagged `solution` and, in the section "Exercises", every folded answer and proof. The folded
answers of "Check yourself" stay: they are part of the text. So does everything else, with its outputs.
"""

import re
from copy import deepcopy

import nbformat
from repository import ROOT

from notebooks import read

#: What a chapter says of its solutions.
NOTICE = " Solutions are folded under each exercise."


def handed_out(notebook):
    """The notebook without its solutions, its cells counted anew. The one that is given does not change."""
    kept, section = [], ""
    for cell in deepcopy(notebook).cells:
        if "solution" in cell.metadata.get("tags", []):
            continue
        if cell.cell_type == "markdown":
            parts = []
            for part in re.split(r"\n\n(?=## )", cell.source):
                heading = re.match(r"## (\w+)", part)
                section = heading[1] if heading else section
                parts.append(without_answers(part) if section == "Exercises" else part)
            cell.source = "\n\n".join(filter(None, parts))
            if not cell.source:
                continue
        kept.append(cell)
    for count, cell in enumerate((cell for cell in kept if cell.cell_type == "code"), start=1):
        cell.execution_count = count
        for output in cell.outputs:
            if output.output_type == "execute_result":
                output.execution_count = count
    return nbformat.from_dict({**notebook, "cells": kept})


def without_answers(text):
    """The text of exercises without what is folded."""
    text = re.sub(r"\s*<details>.*?</details>\s*", "\n\n", text.replace(NOTICE, ""), flags=re.DOTALL)
    return text.strip()


def write(target=ROOT / "handout"):
    """Write all chapters into a folder, in the place of what an earlier call wrote there. Returns the files."""
    target.mkdir(exist_ok=True)
    for old in target.glob("*.ipynb"):
        old.unlink()
    files = []
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        files.append(target / path.name)
        nbformat.write(handed_out(read(path)), files[-1])
    return files


if __name__ == "__main__":
    for path in write():
        print(f"wrote {path.relative_to(ROOT)}")
