"""Notebooks as they are stored, and as they ran for the book."""

import nbformat
from jupyter_cache import get_cache
from nbformat import NotebookNode


def read(path) -> NotebookNode:
    """The notebook in a file."""
    notebook = nbformat.read(path, as_version=4)
    assert isinstance(notebook, NotebookNode)  # older versions may hold several
    return notebook


def executed(env, name) -> NotebookNode:
    """A page's notebook as it ran; as it is stored where it did not."""
    notebook = read(env.doc2path(name))
    try:
        return get_cache(env.mystnb_config.execution_cache_path).merge_match_into_notebook(notebook)[1]
    except KeyError:  # it failed, and the build says so
        return notebook
