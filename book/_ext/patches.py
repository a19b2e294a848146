"""Where the book changes what has no option and no hook, all in one place.

- MyST-NB drops the text alternative that a notebook's output brings in its metadata. A renderer of one's own needs an
  entry point of an installed package, so the method `NbElementRenderer.render_image` is wrapped.
- Jupyter Book always loads sphinx-thebe, whose scripts would run a page's cells on another host. Sphinx's lists of
  listeners and style sheets, `app.events.listeners` and `app.registry.css_files`, lose what it has put there.

Each says so when it finds nothing to change, for then the internals have moved.

Jupyter Book stays below 2, whose format is another, and its last release holds Sphinx to 7, MyST-Parser to 3 and
MyST-NB to 1. requirements.txt has the newest of these, and of the theme; `make requirements` and the weekly workflow
look for newer ones. Neither patch has an option or a hook there.
"""

import functools

from myst_nb.core.render import NbElementRenderer
from sphinx.errors import ExtensionError


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


def leave_out_thebe(app):
    """Take back what Jupyter Book always loads: scripts on every page that would run its cells on another host."""
    if "sphinx_thebe" not in app.extensions:
        return
    found = 0
    for listeners in app.events.listeners.values():
        kept = [listener for listener in listeners if listener.handler.__module__ != "sphinx_thebe"]
        found += len(listeners) - len(kept)
        listeners[:] = kept
    if not found:
        raise ExtensionError(
            "sphinx_thebe listens to nothing that patches.py knows: look how it loads its scripts now."
        )
    app.registry.css_files[:] = [(name, options) for name, options in app.registry.css_files if "thebe" not in name]


def setup(app):
    keep_text_alternatives()
    leave_out_thebe(app)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
