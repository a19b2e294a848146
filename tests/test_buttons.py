"""The buttons of the pages: the theme's own functions make them, from what the book tells the theme."""

from types import SimpleNamespace

import buttons
import pytest
import repository
from sphinx_book_theme.header_buttons import update_context_with_repository_info
from sphinx_book_theme.header_buttons.launch import add_launch_buttons

CHAPTER, PROSE = "notebooks/01_first", "book/index"


def builder(config):
    return SimpleNamespace(theme_options=config.html_theme_options)


@pytest.fixture
def page(monkeypatch):
    """Gives the addresses of a page's launch buttons, in a book of the repository with this address."""

    def page(name, url):
        monkeypatch.setattr(repository, "address", lambda root=None: url)
        suffix = {CHAPTER: ".ipynb", PROSE: ".md"}[name]
        config = SimpleNamespace(html_theme_options={}, html_context={})
        buttons.add_buttons(None, config)
        metadata = {name: {"kernelspec": {"name": "python3"}}}
        env = SimpleNamespace(docname=name, metadata=metadata, doc2path=lambda docname: docname + suffix)

        app = SimpleNamespace(env=env, config={"html_theme_options": config.html_theme_options})
        buttons.leave_out_launch_buttons(app, None)
        update_context_with_repository_info(SimpleNamespace(config=config, builder=builder(config)))
        context = {
            **{"pagename": name, "sourcename": name + suffix, "page_source_suffix": suffix, "header_buttons": []},
            **{f"theme_{key}": value for key, value in config.html_theme_options.items()},
            **config.html_context,
        }
        add_launch_buttons(app, name, "page.html", context, None)
        buttons.launch_the_release(app, name, "page.html", context, None)
        return [button["url"] for group in context["header_buttons"] for button in group["buttons"]]

    return page


def test_a_chapter_is_launched_from_the_tag_of_its_version(page):
    tag = f"v{repository.version()}"
    assert page(CHAPTER, "https://github.com/you/steepest") == [
        f"https://mybinder.org/v2/gh/you/steepest/{tag}?urlpath=lab/tree/{CHAPTER}.ipynb",
        f"https://colab.research.google.com/github/you/steepest/blob/{tag}/{CHAPTER}.ipynb",
    ]


def test_a_repository_called_main_is_not_taken_for_the_branch(page):
    for address in page(CHAPTER, "https://github.com/main/main"):
        assert "/main/main/" in address
        assert f"/v{repository.version()}" in address


def test_nothing_else_is_launched(page):
    assert page(PROSE, "https://github.com/you/steepest") == []
    assert page(CHAPTER, repository.PLACEHOLDER) == []
