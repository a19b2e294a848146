"""Run notebooks side by side: to store their outputs (`make notebooks`), and for the book (`execution.py`).

What is stored is what a reader of the repository needs, and nothing that changes from run to run: no times, no
front end's settings, and for a widget its picture without the script, which the book makes anew.
"""

import asyncio
import os
import sys
import threading
from contextlib import contextmanager
from copy import deepcopy
from pathlib import Path

import nbformat
from jupyter_core.utils import ensure_async
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

from notebooks import read
from steepest import vector

#: How long a cell may take, in seconds, as in _config.yml.
TIMEOUT = 300

#: The metadata of a cell that its author sets. The rest comes from whichever program opened the notebook last.
KEPT = {"tags", "jupyter"}

#: The tag of a cell that draws measured times. It runs like any other, but its stored picture stays, so that the same
#: commit always gives the same pages. Clear the cell's output to have its times measured anew.
MEASURES_TIME = "measures-time"

#: Where the output of such a cell keeps the vector graphics that the book shows: with the picture's metadata, as no
#: other place that shows notebooks is to take them for the picture.
OF_THE_PAGE = "page"


def measures_time(cell):
    return MEASURES_TIME in cell.metadata.get("tags", [])


def keep_measured(cells, stored):
    """Give executed cells that draw measured times their stored outputs back, if they have any."""
    for cell, before in zip(cells, stored, strict=True):
        if measures_time(before) and before.get("outputs"):
            cell.outputs = before.outputs


def show_measured(cells):
    """Let the stored outputs of cells that draw measured times be what a page shows."""
    for cell in filter(measures_time, cells):
        for output in cell.outputs:
            if page := output.get("metadata", {}).get("image/png", {}).pop(OF_THE_PAGE, None):
                output.data["text/html"] = page


async def execute(path, notebook, timeout):
    """Run a notebook in place, in a kernel and a folder of its own. Returns what went wrong, or None.

    However it ends, by being cancelled too, its kernel has ended before it.
    """
    # The cache of the book finds a notebook by its cells and their metadata: no timing may be added there.
    where = {"metadata": {"path": str(Path(path).parent)}}
    client = NotebookClient(
        notebook, timeout=timeout, resources=where, record_timing=False, shutdown_kernel="immediate"
    )
    try:
        await client.async_execute()
    except CellExecutionError as error:
        return f"{place_of_error(path, notebook)}\n{error.ename}: {error.evalue}"
    except Exception as error:  # a kernel that dies, a cell that takes too long
        return f"{Path(path).name}\n{error}"
    finally:
        if client.km and client.km.has_kernel:  # cancelled while it began, which nbclient does not clean up after
            await ensure_async(client.km.shutdown_kernel(now=True))


@contextmanager
def side_by_side(timeout=TIMEOUT):
    """A function that runs notebooks side by side, as many at a time as there are processors.

    It takes a dictionary of notebooks by path, runs them in place, and yields each path with what went wrong, or None.
    Leaving the `with` block, by an exception such as that of Ctrl-C too, ends every kernel at once.

    The kernels are watched by a thread of its own: in the main thread nbclient would take Ctrl-C for itself.
    """
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    at_once = asyncio.Semaphore(os.cpu_count() or 1)

    async def one(path, notebook):
        async with at_once:
            return await execute(path, notebook, timeout)

    def run(notebooks):
        begun = {
            path: asyncio.run_coroutine_threadsafe(one(path, notebook), loop) for path, notebook in notebooks.items()
        }
        for path, task in begun.items():
            yield path, task.result()

    async def end():
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    thread.start()
    try:
        yield run
    finally:
        asyncio.run_coroutine_threadsafe(end(), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def place_of_error(path, notebook):
    """The notebook and the cell, as its reader finds it, in which a run stopped."""
    for number, cell in enumerate(notebook.cells):
        if any(output.output_type == "error" for output in cell.get("outputs", [])):
            return f"{Path(path).name}, cell [{cell.execution_count}] (number {number} of all cells)"
    return Path(path).name


def plain(notebook):
    """Leave in a notebook that ran only what is stored."""
    notebook.metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    for cell in notebook.cells:
        cell.metadata = {name: value for name, value in cell.metadata.items() if name in KEPT}
        for output in cell.get("outputs", []):
            if "image/png" in output.get("data", {}):
                page = output.data.pop("text/html", None)
                if page and measures_time(cell):
                    output.metadata["image/png"][OF_THE_PAGE] = page


def main(paths):
    """Run these notebooks and store them with their outputs. An error in a cell leaves its file as it was.

    Returns:
        what went wrong, in which notebook and cell, or 0.
    """
    notebooks = {path: read(path) for path in paths}
    stored = {path: deepcopy(notebook.cells) for path, notebook in notebooks.items()}
    failures = []
    os.environ[vector.VECTOR] = "yes"  # what measures time keeps the figure of a page
    with side_by_side() as run:
        for path, failure in run(notebooks):
            if failure:
                failures.append(failure)
                continue
            keep_measured(notebooks[path].cells, stored[path])
            plain(notebooks[path])
            nbformat.write(notebooks[path], path)
            print(path, flush=True)
    return "\n".join(failures) or 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit("Interrupted. What had run to its end is stored.")
