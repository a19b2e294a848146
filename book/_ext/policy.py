"""The content security policy of each page, written into the page because GitHub Pages sends no headers of ours.

A script comes from the site, or stands in the page and is named by its hash: what anyone else puts into a page does not
run, and no text is evaluated. So are the handlers of the theme's buttons for printing and for the full screen. Styles
may stand in a page, because formulas, notebooks and the theme have them there. The rest may come from the site, not
from nowhere: Firefox fetches the next page ahead of the reader, and asks `default-src` alone whether it may.
"""

import re
from base64 import b64encode
from hashlib import sha256

from sphinx.jinja2glue import BuiltinTemplateLoader

SCRIPT = re.compile(r"<script(?![^>]*\ssrc=)[^>]*>(.*?)</script>", re.DOTALL)
HANDLERS = ["toggleFullScreen()", "window.print()"]
CHARSET = '<meta charset="utf-8" />'


def policy(page) -> str:
    """The strictest policy that a page of the book can live with."""
    named = [*SCRIPT.findall(page), *HANDLERS]  # the search reads every page, and with it every handler
    hashes = dict.fromkeys(b64encode(sha256(text.encode()).digest()).decode() for text in named)
    frames = "'self'" if 'src="../run/' in page else "'none'"  # what a cell shows that brings a script
    scripts = " ".join(["'self'", "'unsafe-hashes'", *(f"'sha256-{name}'" for name in hashes)])
    return (
        f"default-src 'self'; script-src {scripts}; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
        f"frame-src {frames}; object-src 'none'; form-action 'self'; base-uri 'none'"
    )


class Pages(BuiltinTemplateLoader):
    """Sphinx's templates, with the policy as the first thing that a page says."""

    def render(self, template, context):
        page = super().render(template, context)
        head = f'{CHARSET}\n    <meta http-equiv="Content-Security-Policy" content="{policy(page)}" />'
        return page.replace(CHARSET, head, 1)
