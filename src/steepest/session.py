"""Runs the cells of a notebook where there is no Jupyter, as in the page: one after another, with their outputs.

A page has Python, but no kernel. What a kernel does for a cell is here: it runs it, shows the value of its last line,
keeps what was printed, and says where an error is. Outputs are dictionaries in the notebook format, so that a session
can be stored as a notebook and compared with one.
"""

import ast
import contextlib
import io
import json
import linecache
import sys
import time
import traceback
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path

from tqdm import tqdm

from steepest.needs import packages

#: The folder that the course's own package is in, which an error does not name.
_ROOT = Path(__file__).parent.parent

#: A cell may print so many characters: an endless loop must not fill a reader's memory.
MOST_PRINTED = 100_000


class Session:
    """The names of a notebook that runs.

    Args:
        send: called with each output of a cell as soon as it is there, a dictionary of the notebook format.
    """

    def __init__(self, send: Callable[[dict], None]):
        self.send = send
        self.names = {"__name__": "__main__"}
        self.runs = 0

    def prepare(self, code: str) -> None:
        """Run a code without outputs: what `steepest.needs.definitions` found."""
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            exec(compile(code, "<above>", "exec"), self.names)

    def run(self, code: str) -> bool:
        """Run a cell.

        Returns:
            whether it ran to its end. If not, the last output says what went wrong, and where.
        """
        self.runs += 1
        file = f"<cell {self.runs}>"
        linecache.cache[file] = len(code), None, code.splitlines(keepends=True), file
        with (
            _Printed("stdout", self.send) as out,
            _Printed("stderr", self.send) as err,
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
        ):
            try:
                value = self._value(code, file)
                if value is not None:
                    out.flush()
                    self.send(self._shown("execute_result", value) | {"execution_count": self.runs})
                self._show_figures()
            except BaseException as error:
                out.flush()
                self.send(_failure(error))
                return False
        return True

    def display(self, *values: object, **options: object) -> None:
        """What IPython's `display` does, for the cell that runs."""
        for stream in sys.stdout, sys.stderr:
            stream.flush()
        for value in values:
            self.send(self._shown("display_data", value))

    def _value(self, code, file):
        """Run a cell, and give the value of its last line if that is an expression."""
        tree = ast.parse(code, file)
        last = ast.Expression(tree.body.pop().value) if tree.body and isinstance(tree.body[-1], ast.Expr) else None
        self._meet_ipython(code)
        exec(compile(tree, file, "exec"), self.names)
        return eval(compile(last, file, "eval"), self.names) if last else None

    def _meet_ipython(self, code):
        """Let `display` send to the page. IPython's own needs a shell, and prints without one."""
        if "IPython" in packages(code):
            import IPython.core.display_functions
            import IPython.display

            IPython.display.display = IPython.core.display_functions.display = self.display

    def _shown(self, kind, value) -> dict:
        """A value as an output, by every kind of text and picture that it knows of itself."""
        data, metadata = _bundle(value)
        encoded = {mime: b64encode(part).decode() if isinstance(part, bytes) else part for mime, part in data.items()}
        return {"output_type": kind, "data": encoded, "metadata": metadata}

    def _show_figures(self):
        """Show the figures that a cell left open, as a notebook does."""
        if "matplotlib.pyplot" not in sys.modules:
            return
        import matplotlib.pyplot as plt

        for number in plt.get_fignums():
            buffer = io.BytesIO()
            plt.figure(number).savefig(buffer, format="png", bbox_inches="tight")
            picture = {"image/png": b64encode(buffer.getvalue()).decode(), "text/plain": "a figure"}
            self.send({"output_type": "display_data", "data": picture, "metadata": {}})
        plt.close("all")


def _bundle(value):
    """A value by type of content, and what is said about each: as IPython formats it, where IPython is there."""
    if "IPython" in sys.modules:
        from IPython.core.formatters import DisplayFormatter

        return DisplayFormatter().format(value)
    if hasattr(value, "_repr_mimebundle_"):
        bundle = value._repr_mimebundle_()
        return bundle if isinstance(bundle, tuple) else (bundle, {})
    data = {"text/plain": repr(value)}
    if hasattr(value, "_repr_html_"):
        data["text/html"] = value._repr_html_()
    return data, {}


def _failure(error) -> dict:
    """An error as an output. Its trace begins in the reader's code."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename != __file__]
    own = [k for k, frame in enumerate(frames) if frame.filename.startswith("<cell ")]
    frames = frames[own[0] :] if own else []
    lines = traceback.format_list(frames) + traceback.format_exception_only(error)
    text = "".join(lines).replace(f"{_ROOT}/", "")
    return {
        "output_type": "error",
        "ename": type(error).__name__,
        "evalue": str(error),
        "traceback": text.rstrip().splitlines(),
    }


class _Printed(io.TextIOBase):
    """A stream that sends what is printed, not oftener than a reader can see."""

    def __init__(self, name, send):
        self.name, self.send = name, send
        self.waiting, self.length, self.sent_at = [], 0, time.monotonic()

    def write(self, text):
        self.length += len(text)
        if self.length > MOST_PRINTED:
            if self.length - len(text) <= MOST_PRINTED:
                self.waiting.append("\n… what it prints from here on is left out.\n")
        else:
            self.waiting.append(text)
        if time.monotonic() - self.sent_at > 0.1:
            self.flush()
        return len(text)

    def flush(self):
        if self.waiting:
            self.send({"output_type": "stream", "name": self.name, "text": "".join(self.waiting)})
            self.waiting.clear()
        self.sent_at = time.monotonic()

    def __exit__(self, exc_type, exc_val, exc_tb):
        self.flush()


def start(post: Callable[[str], None]) -> Session:
    """A session for the page's worker.

    Args:
        post: takes an output as JSON.

    Returns:
        a `Session` whose outputs go to ``post`` as they come.
    """
    tqdm.monitor_interval = 0  # a progress bar is watched from a thread, and a page has none
    return Session(lambda output: post(json.dumps(output)))
