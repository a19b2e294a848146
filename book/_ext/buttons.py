"""The buttons of the pages: Binder and Colab, the source, edits and issues, if there is where to send a reader."""

import repository

#: Where the launch buttons lead.
LAUNCHERS = ("https://mybinder.org", "https://colab.research.google.com")


def add_buttons(app, config):
    """Tell the theme which buttons to make; none of them while there is no address."""
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
    tagged = repository.launchers(f"{pagename.rpartition('/')[2]}.ipynb").values()
    for group in context.get("header_buttons", []):
        for button in group.get("buttons", []):
            for host in LAUNCHERS:
                if (button.get("url") or "").startswith(host):
                    (button["url"],) = (url for url in tagged if url.startswith(host))


def leave_out_launch_buttons(app, doctree):
    """Launch chapters alone. Colab cannot open a page that is Markdown, and its code is there for its figures."""
    if not app.env.doc2path(app.env.docname).endswith(".ipynb"):
        app.env.metadata[app.env.docname].pop("kernelspec", None)


def setup(app):
    app.connect("config-inited", add_buttons)
    app.connect("doctree-read", leave_out_launch_buttons)
    app.connect("html-page-context", launch_the_release, priority=900)  # after the theme has made the buttons
    return {"parallel_read_safe": True, "parallel_write_safe": True}
