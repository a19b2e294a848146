"""The book's Sphinx extension: buttons, links to terms, parallel notebooks, widgets."""

import atexit
import functools
import os
import re
import sys
from copy import deepcopy
from pathlib import Path

import repository
from docutils import nodes
from jupyter_cache import get_cache
from jupyter_cache.base import CacheBundleIn
from myst_nb.core.read import is_myst_markdown_notebook
from rjsmin import jsmin
from run_notebooks import SideBySide, keep_measured
from sphinx.errors import ExtensionError

from steepest import live, vector
from steepest.live.widget import BASE, Live, script

#: Where the launch buttons lead.
LAUNCHERS = ("https://mybinder.org", "https://colab.research.google.com")


def add_buttons(app, config):
    """Give the pages their buttons for Binder, Colab, source, edits and issues, if there is where to send a reader."""
    url = repository.address()
    if url == repository.PLACEHOLDER:
        return
    config.html_theme_options |= {
        "repository_url": url,
        "repository_branch": "main",
        "use_repository_button": True,
        "use_edit_page_button": True,
        "use_issues_button": True,
        "launch_buttons": {
            "binderhub_url": LAUNCHERS[0],
            "colab_url": LAUNCHERS[1],
            "notebook_interface": "jupyterlab",
        },
    }


def launch_the_release(app, pagename, templatename, context, doctree):
    """Let Binder and Colab open the tagged version, whose package the notebooks install; edits go to the branch."""
    for group in context.get("header_buttons", []):
        for button in group.get("buttons", []):
            if any(host in (button.get("url") or "") for host in LAUNCHERS):
                button["url"] = re.sub(r"/main(?=[/?])", f"/v{repository.version()}", button["url"], count=1)


def leave_out_launch_buttons(app, doctree):
    """Launch chapters alone. Colab cannot open a page that is Markdown, and its code is there for its figures."""
    if not app.env.doc2path(app.env.docname).endswith(".ipynb"):
        app.env.metadata[app.env.docname].pop("kernelspec", None)


def keep_together(app, doctree):
    """Keep an inline formula and what follows it without a space on one line: a full stop, or the end of "k-th"."""
    for formula in list(doctree.findall(nodes.math)):
        line, place = formula.parent, formula.parent.index(formula)
        following = line[place + 1 : place + 2]
        tail = re.match(r"\S*", following[0]).group() if following and isinstance(following[0], nodes.Text) else ""
        if tail:
            together = nodes.inline("", "", formula, nodes.Text(tail), classes=["together"])
            line[place : place + 2] = [together, nodes.Text(following[0][len(tail) :])]


def label_folds(app, doctree):
    """Say on each folded cell what is folded: the code of a figure, or the solution of which exercise."""
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
            words = "the code" if node.get("hide_mode") == "input" else "the code and what it shows"
            node["prompt_show"], node["prompt_hide"] = f"Show {words}", f"Hide {words}"
    for exercise, cells in folds.items():
        for part, node in enumerate(cells, start=1):
            words = f"the solution of {exercise}" + (f", part {part} of {len(cells)}" if len(cells) > 1 else "")
            node["prompt_show"], node["prompt_hide"] = f"Show {words}", f"Hide {words}"


def let_links_reach_terms(app, doctree):
    """Let a Markdown link lead to a term of the glossary as it leads to a heading: `glossary.md#term-minibatch`.

    Notebooks must do without the role `term`, which only the book understands.
    """
    reachable = app.env.metadata[app.env.docname].setdefault("myst_slugs", {})
    for term in doctree.findall(nodes.term):
        (name,) = term["ids"]
        reachable[name] = (term.line, name, term.astext())


def run_notebooks(app, env, docnames):
    """Run the new and changed notebooks side by side. MyST-NB runs one after the other: it finds these in its cache."""
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
    with SideBySide(timeout=app.config.nb_execution_timeout) as runner:
        for path, failure in runner.run(notebooks):
            if failure:
                failures.append(failure)
                continue
            keep_measured(notebooks[path].cells, stored[path])
            bundle = CacheBundleIn(notebooks[path], path)
            cache.cache_notebook_bundle(bundle, check_validity=False, overwrite=True)
    if failures:
        # The last words of a failed build: what Sphinx and Jupyter Book print after this says "look above".
        atexit.register(print, "", *failures, sep="\n", file=sys.stderr)
        raise ExtensionError(f"{len(failures)} of {len(notebooks)} notebooks did not run to their end")


@functools.cache
def widgets():
    """One script for widgets of all kinds, which shares what they have in common; and the names of their elements."""
    kinds = [kind for kind in vars(live).values() if isinstance(kind, type) and issubclass(kind, Live)]
    kinds.sort(key=lambda kind: kind._function)
    files = dict.fromkeys(file for kind in kinds for file in kind._files)
    hosts = "".join(f'host("{kind._tag()}", {kind._function});' for kind in kinds)
    text = f'(() => {{"use strict";{script(*BASE, *files, "host")}{hosts}}})()'
    return jsmin(text), {kind._tag() for kind in kinds}


def share_scripts(app, pagename, templatename, context, doctree):
    """Keep one script of all widgets for the whole site; in a notebook every output brings its own."""
    shared, tags = widgets()
    there = set()

    def move(found):
        tag, own = found.groups()
        name, text = ("widgets", shared) if tag in tags else (tag, jsmin(own))  # a cached output may be older
        if name in there:
            return ""
        there.add(name)
        Path(app.outdir, "_static", f"{name}.js").write_text(text, encoding="utf-8")
        return f'<script src="{context["pathto"](f"_static/{name}.js", resource=True)}"></script>'

    if "body" in context:
        context["body"] = re.sub(
            r'<script data-steepest="([\w-]+)">(.*?)</script>', move, context["body"], flags=re.DOTALL
        )


def mend_for_screen_readers(app, pagename, templatename, context, doctree):
    """Change what the theme writes where it would mislead a screen reader.

    The empty corner of a table becomes a plain cell, because a header without text announces nothing. Roles go that
    ARIA no longer has, and the label that would be read in place of what is written on each folded cell.
    """
    if "body" in context:
        body = re.sub(r'<th class="head">(<p></p>)?</th>', '<td class="head"></td>', context["body"])
        body = body.replace('<summary aria-label="Toggle hidden content">', "<summary>")
        context["body"] = re.sub(r' role="doc-biblioentry"|(?<=<div) role="list"(?= class="citation-list")', "", body)


def setup(app):
    app.connect("config-inited", add_buttons)
    app.connect("html-page-context", share_scripts)
    app.connect("html-page-context", launch_the_release, priority=900)  # after the theme has made the buttons
    app.connect("html-page-context", mend_for_screen_readers)
    app.connect("env-before-read-docs", run_notebooks)
    app.connect("doctree-read", keep_together)
    app.connect("doctree-read", label_folds)
    app.connect("doctree-read", let_links_reach_terms)
    app.connect("doctree-read", leave_out_launch_buttons)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
