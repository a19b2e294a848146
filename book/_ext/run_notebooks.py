"""Run notebooks from top to bottom and store their outputs; `make notebooks` runs this for all chapters.

What is stored is what a reader of the repository needs, and nothing that changes from run to run: no times, no
front end's settings, and for a widget its picture without the script, which the book makes anew.
"""

import sys
from copy import deepcopy

import nbformat
from nbclient import NotebookClient

#: The metadata of a cell that its author sets. The rest comes from whichever program opened the notebook last.
KEPT = {"tags", "jupyter"}

#: The tag of a cell that draws measured times. It runs like any other, but its stored picture stays, so that the same
#: commit always gives the same pages. Clear the cell's output to have its times measured anew.
MEASURES_TIME = "measures-time"


def keep_measured(cells, stored):
    """Give executed cells that draw measured times their stored outputs back, if they have any."""
    for cell, before in zip(cells, stored, strict=True):
        if MEASURES_TIME in before.metadata.get("tags", []) and before.get("outputs"):
            cell.outputs = before.outputs


def run(path):
    """Run the notebook at `path` and store it with its outputs. An error in a cell leaves the file as it was."""
    notebook = nbformat.read(path, as_version=4)
    stored = deepcopy(notebook.cells)
    NotebookClient(notebook, timeout=300, resources={"metadata": {"path": "notebooks"}}).execute()
    keep_measured(notebook.cells, stored)
    notebook.metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    for cell in notebook.cells:
        cell.metadata = {name: value for name, value in cell.metadata.items() if name in KEPT}
        for output in cell.get("outputs", []):
            if "image/png" in output.get("data", {}):
                output.data.pop("text/html", None)
    nbformat.write(notebook, path)


if __name__ == "__main__":
    for path in sys.argv[1:]:
        run(path)
        print(path)
