"""Numbers in the text that move the next figure.

The source is a link, so that a notebook stays plain Markdown: `[0.18](move:lr)` is the number 0.18 wherever nothing is
known of figures, and on the page a field that sets the control `lr` of the next widget. `page.js` makes the field:
without scripts the number stays a number.
"""

import html
import math

from docutils import nodes
from sphinx.errors import ExtensionError

SCHEME = "move:"


def mark(app, doctree):
    """Mark the numbers of a page that move something, with the name of the control that each sets."""
    for link in list(doctree.findall(nodes.reference)):
        target = link.get("refuri", "")
        if not target.startswith(SCHEME):
            continue
        text, control = link.astext(), html.escape(target.removeprefix(SCHEME).replace("%20", " "))
        try:
            sound = math.isfinite(float(text))
        except ValueError:
            sound = False
        if not sound:
            raise ExtensionError(f"{app.env.docname}: {text!r} is to move {control!r}, but is no number.")
        number = f'<span class="movable" data-control="{control}">{html.escape(text)}</span>'
        link.replace_self(nodes.raw("", number, format="html"))


def setup(app):
    app.connect("doctree-read", mark)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
