"""The notebooks of the book run side by side. MyST-NB runs one after the other: it finds these in its cache."""

import atexit
import os
import sys
from copy import deepcopy
from pathlib import Path

from jupyter_cache import get_cache
from jupyter_cache.base import CacheBundleIn
from myst_nb.core.read import is_myst_markdown_notebook
from run_notebooks import keep_measured, show_measured, side_by_side
from sphinx.errors import ExtensionError

from steepest import vector


def run_notebooks(app, env, docnames):
    """Run the new and changed notebooks. Those that ran to their end are kept, whatever ends the others."""
    cache = get_cache(env.mystnb_config.execution_cache_path)
    notebooks = {}
    for path in map(str, map(env.doc2path, docnames)):
        if path.endswith(".ipynb"):
            cache.add_nb_to_project(path)
        elif is_myst_markdown_notebook(Path(path).read_text(encoding="utf-8")):
            cache.add_nb_to_project(path, read_data={"type": "plugin", "name": "myst_nb_md"})
        else:
            continue
        if not cache.get_cached_project_nb(path):
            notebooks[path] = cache.get_project_notebook(path).nb
    stored = {path: deepcopy(notebook.cells) for path, notebook in notebooks.items()}
    failures = []
    os.environ[vector.VECTOR] = "yes"  # their kernels draw figures for a page
    with side_by_side(app.config.nb_execution_timeout) as run:
        for path, failure in run(notebooks):
            if failure:
                failures.append(failure)
                continue
            keep_measured(notebooks[path].cells, stored[path])
            show_measured(notebooks[path].cells)
            bundle = CacheBundleIn(notebooks[path], path)
            cache.cache_notebook_bundle(bundle, check_validity=False, overwrite=True)
    if failures:
        # The last words of a failed build: what Sphinx and Jupyter Book print after this says "look above".
        atexit.register(print, "", *failures, sep="\n", file=sys.stderr)
        raise ExtensionError(f"{len(failures)} of {len(notebooks)} notebooks did not run to their end")


def setup(app):
    app.connect("env-before-read-docs", run_notebooks)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
