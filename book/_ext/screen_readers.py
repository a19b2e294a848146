"""What Sphinx and the theme write is changed where it would mislead a screen reader.

The empty corner of a table becomes a plain cell, because a header without text announces nothing. Roles go that ARIA no
longer has, and the label that would be read in place of what is written on each folded cell.
"""

import re


def mend(app, pagename, templatename, context, doctree):
    """Change that in a page."""
    if "body" in context:
        body = re.sub(r'<th class="head">(<p></p>)?</th>', '<td class="head"></td>', context["body"])
        body = body.replace('<summary aria-label="Toggle hidden content">', "<summary>")
        context["body"] = re.sub(r' role="doc-biblioentry"|(?<=<div) role="list"(?= class="citation-list")', "", body)


def setup(app):
    app.connect("html-page-context", mend)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
