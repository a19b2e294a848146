"""Where the book changes what has no option and no hook, all in one place.

- MyST-NB drops the text alternative that a notebook's output brings in its metadata. A renderer of one's own needs an
  entry point of an installed package, so the method `NbElementRenderer.render_image` is wrapped.
- MyST-Parser lets a Markdown link lead to a heading of another page, and to no other place there. It looks headings up
  in `env.metadata[page]["myst_slugs"]`: the terms of the glossary are listed there, too.
- The theme's script measures again and again what may scroll, which lays out the whole page each time. That one
  expression is taken out of the script's text.

`tests/test_patches.py` fails when one of these has moved, and no other file of this folder changes what belongs to
another package: it looks for that, too.

Jupyter Book stays below 2, whose format is another, and its last release holds Sphinx to 7, MyST-Parser to 3 and
MyST-NB to 1. requirements.txt has the newest of these, and of the theme; `make requirements` and the weekly workflow
look for newer ones. None of the three has an option or a hook there.
"""

import functools
import re

from docutils import nodes
from myst_nb.core.render import NbElementRenderer
from sphinx.errors import ExtensionError

#: Where the theme's script measures what may scroll; `page.js` is told by the browser instead.
MEASURED = re.compile(r'document\.querySelectorAll\(\["pre",[^\]]*\]\.join\(", "\)\)')


def keep_text_alternatives():
    """Let MyST-NB give a picture the text alternative of its output's metadata."""
    render_image = NbElementRenderer.render_image

    @functools.wraps(render_image)
    def render(self, data):
        images = render_image(self, data)
        for image in images:
            image["alt"] = data.output_metadata.get(data.mime_type, {}).get("alt", "")
        return images

    NbElementRenderer.render_image = render


def let_links_reach_terms(app, doctree):
    """Let a Markdown link lead to a term of the glossary as it leads to a heading: `glossary.md#term-minibatch`.

    Notebooks must do without the role `term`, which only the book understands.
    """
    reachable = app.env.metadata[app.env.docname].setdefault("myst_slugs", {})
    for term in doctree.findall(nodes.term):
        (name,) = term["ids"]
        reachable[name] = (term.line, name, term.astext())


def measure_nothing(script) -> str:
    """The theme's script without what measures.

    Raises:
        ExtensionError: it does not measure where it is looked for.
    """
    script, found = MEASURED.subn("[]", script)
    if found != 1:
        raise ExtensionError("The theme's script does not measure what scrolls where patches.py knows it: look again.")
    return script


def setup(app):
    keep_text_alternatives()
    app.connect("doctree-read", let_links_reach_terms)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
