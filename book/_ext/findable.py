"""What leads readers to the pages: the site's address in each, a list of all, and a page for wrong addresses."""

import re
from pathlib import Path
from urllib.parse import urlsplit
from xml.sax.saxutils import escape

import repository

#: What a page says of itself to those who show a link to it.
ABOUT = r'<title>.*?</title>|<meta (?:name|property)="(?:description|og:|twitter:)[^>]*>|<link rel="canonical"[^>]*>'


def name_site(app, config):
    """Tell each page its address, and the page for wrong addresses what all its links must begin with."""
    url = repository.address()
    site = repository.site(url)
    path = urlsplit(site).path
    config.notfound_urls_prefix = path
    config.notfound_context = {
        "title": "Page not found",
        "pagetitle": "Page not found",
        "body": "<h1>Page not found</h1>\n<p>There is no page at this address. "
        f'<a href="{path}">Begin at the first page</a>, or search the course.</p>',
    }
    if url != repository.PLACEHOLDER:
        config.html_baseurl = config.ogp_site_url = site
        config.ogp_image = f"{site}_static/card.png"


def list_pages(app, exception):
    """Write robots.txt, and the sitemap when the site has an address.

    The extension sphinx-sitemap would list only the pages that this build wrote anew.
    """
    if exception or app.builder.name != "html":
        return
    robots = "User-agent: *\nAllow: /\n"
    if site := app.config.html_baseurl:
        addresses = sorted(site + app.builder.get_target_uri(name) for name in app.env.found_docs)
        entries = "".join(f"<url><loc>{escape(address)}</loc></url>\n" for address in addresses)
        Path(app.outdir, "sitemap.xml").write_text(
            '<?xml version="1.0" encoding="utf-8"?>\n'
            f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{entries}</urlset>\n'
        )
        robots += f"Sitemap: {site}sitemap.xml\n"
    Path(app.outdir, "robots.txt").write_text(robots)


def lead_in(app, exception):
    """Let the address of the site lead to its first page, and say the same of itself."""
    first = app.builder.get_target_uri(app.config.master_doc)
    if exception or app.builder.name != "html" or first == "index.html":
        return
    about = "\n".join(re.findall(ABOUT, Path(app.outdir, first).read_text(encoding="utf-8")))
    Path(app.outdir, "index.html").write_text(
        f'<!doctype html>\n<html lang="en">\n<meta charset="utf-8" />\n{about}\n'
        f'<meta http-equiv="Refresh" content="0; url={first}" />\n<a href="{first}">The first page</a>\n</html>\n',
        encoding="utf-8",
    )


def setup(app):
    app.setup_extension("notfound.extension")
    app.connect("config-inited", name_site)
    app.connect("build-finished", list_pages)
    app.connect("build-finished", lead_in, priority=400)  # before sphinx-external-toc, whose page only leads on
    return {"parallel_read_safe": True, "parallel_write_safe": True}
