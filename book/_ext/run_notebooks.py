"""Run notebooks from top to bottom: to store their outputs (`make notebooks`), or for the book, side by side.

What is stored is what a reader of the repository needs, and nothing that changes from run to run: no times, no
front end's settings, and for a widget its picture without the script, which the book makes anew.
"""

import os
import sys
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

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


class SideBySide:
    """Runs notebooks side by side, as many at a time as there are processors, each in its own kernel and folder.

    Leaving the `with` block by an exception, as Ctrl-C raises one, ends every kernel at once.
    """

    def __init__(self, timeout):
        self.timeout = timeout
        self.clients = []
        self.pool = ThreadPoolExecutor(os.cpu_count())

    def __enter__(self):
        return self

    def __exit__(self, error, *details):
        self.pool.shutdown(wait=error is None, cancel_futures=True)
        if error:  # a thread that waits for its kernel ends with the kernel
            for client in self.clients:
                if client.km and (process := getattr(client.km.provisioner, "process", None)):
                    process.kill()

    def run(self, notebooks):
        """Run the notebooks, a dictionary by path, in place. Yields each path with what went wrong, or None."""

        def one(path, notebook):
            # The cache finds a notebook by its cells and their metadata: no timing may be added there.
            where = {"metadata": {"path": str(Path(path).parent)}}
            client = NotebookClient(notebook, timeout=self.timeout, resources=where, record_timing=False)
            self.clients.append(client)
            try:
                client.execute()
            except CellExecutionError as error:
                return f"{place_of_error(path, notebook)}\n{error.ename}: {error.evalue}"
            except Exception as error:  # a kernel that dies, a cell that takes too long
                return f"{Path(path).name}\n{error}"

        tasks = {path: self.pool.submit(one, path, notebook) for path, notebook in notebooks.items()}
        for path, task in tasks.items():
            yield path, task.result()


def place_of_error(path, notebook):
    """The notebook and the cell, as its reader finds it, in which a run stopped."""
    for number, cell in enumerate(notebook.cells):
        if any(output.output_type == "error" for output in cell.get("outputs", [])):
            return f"{Path(path).name}, cell [{cell.execution_count}] (number {number} of all cells)"
    return Path(path).name


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
