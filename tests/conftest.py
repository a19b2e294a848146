"""What several test files share: the repository's root, a browser, and the built book on a server."""

import functools
import http.server
import os
import shutil
import sys
import threading
from urllib.parse import urlsplit

import pytest
from bs4 import BeautifulSoup
from hypothesis import settings
from repository import ROOT, address, site
from widget_page import LIGHT, Opened, document

# The same examples every time, and no deadline: a busy machine is not a failure.
settings.register_profile("steepest", derandomize=True, deadline=None)
settings.load_profile("steepest")

collect_ignore = ["reference/record.py", "reference/record_calls.py"]  # they need the frameworks

SITE = ROOT / "_build" / "html"
BASE = urlsplit(site(address())).path  # where the site begins on its host
ALONE = {"_static", "embed", "run"}  # folders of pages that are not of the book
PAGES = sorted(path.relative_to(SITE).as_posix() for path in SITE.rglob("*.html") if not ALONE & {*path.parts})
PAGES = [page for page in PAGES if page != "index.html"]  # which leads to the first page of the book

DESKTOP, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}  # the desk shows both sidebars

# Scripts that run before a page's own ones, in a browser that keeps nothing: its storage is full, or forbidden.
WITHOUT_STORAGE = {
    "full": "Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError') }",
    "forbidden": """for (const kind of ["localStorage", "sessionStorage"]) {
        const get = () => { throw new DOMException("forbidden", "SecurityError") };
        Object.defineProperty(window, kind, { get, configurable: true }); // as browsers have it
    }""",
}

# The shell has no window to draw, so it comes first: with it the suite takes a tenth less.
BROWSERS = ["chromium-headless-shell", "chromium", "chromium-browser", "google-chrome"]
# Chromium's own traffic is switched off, so that a request to another host can only come from a page.
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(autouse=True)
def no_figure_stays_open():
    """A test that leaves a figure open leaves it to every later test of its process."""
    yield
    if pyplot := sys.modules.get("matplotlib.pyplot"):
        pyplot.close("all")


def skip_or_fail(reason):
    """Skip the test on a reader's machine; fail it in continuous integration, where nothing may be missing."""
    (pytest.fail if os.environ.get("CI") else pytest.skip)(reason)


@pytest.fixture(scope="session")
def browser():
    """A headless Chromium from the PATH, driven by Playwright."""
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        skip_or_fail(f"no browser: none of {', '.join(BROWSERS)} is on the PATH")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=found, args=ARGUMENTS)
        yield chromium
        chromium.close()


class Handler(http.server.SimpleHTTPRequestHandler):
    """Serves the site as GitHub Pages does: below the root of its host, and with 404.html for what is not there."""

    def translate_path(self, path):
        return super().translate_path(path.removeprefix(BASE.rstrip("/")))

    def send_error(self, code, *reason):
        self.send_response(code)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write((SITE / "404.html").read_bytes())

    def log_message(self, *arguments):
        pass


@pytest.fixture(scope="session")
def root():
    """The address of the site."""
    with http.server.ThreadingHTTPServer(("localhost", 0), functools.partial(Handler, directory=SITE)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://localhost:{server.server_port}{BASE}"
        server.shutdown()


@pytest.fixture(scope="session")
def built_book():
    """The folder of the built book's pages."""
    if not PAGES:
        skip_or_fail("there is no built book: run `make book`")
    return SITE


@pytest.fixture(scope="session")
def open_page(built_book, browser, root):
    """Opens a page of the site in a window of its own, and keeps every other host out of reach.

    What went wrong on it is in `page.problems`, what it fetched in `page.files`. What the page's content security
    policy forbids is among what went wrong, for the console reports it.
    """

    def open_page(name, **options):
        page = browser.new_context(**options).new_page()
        page.problems, page.files = [], set()

        def guard(route):
            if route.request.url.startswith((root, "data:", "blob:")):
                page.files.add(urlsplit(route.request.url).path.removeprefix(BASE))
                route.continue_()
            else:
                page.problems.append(f"asks for {route.request.url}")
                route.abort()

        page.context.route("**/*", guard)
        page.on("console", lambda message: message.type == "error" and page.problems.append(message.text))
        page.on("pageerror", lambda error: page.problems.append(str(error)))
        page.on("response", lambda response: response.ok or page.problems.append(f"{response.status} {response.url}"))
        page.goto(root + name)
        return page

    return open_page


@pytest.fixture
def visit(open_page):
    """`open_page` for one test."""
    pages = []

    def visit(name, **options):
        pages.append(open_page(name, **options))
        return pages[-1]

    yield visit
    for page in pages:
        page.context.close()


@pytest.fixture
def show(browser, tmp_path):
    """A function that opens a page with widgets. A page on which something went wrong fails the test."""
    opened = []

    def open_page(*widgets, background=LIGHT, **options):
        path = tmp_path / f"{len(opened)}.html"
        path.write_text(document(*widgets, background=background))
        context = browser.new_context(**({"viewport": {"width": 900, "height": 1200}} | options))
        opened.append((context, Opened(context.new_page(), path, scripts=options.get("java_script_enabled", True))))
        return opened[-1][1]

    yield open_page
    for context, page in opened:
        context.close()
        assert page.wrong == []


@functools.cache
def soup(page):
    """The HTML of a page of the site."""
    return BeautifulSoup((SITE / page).read_text(encoding="utf-8"), "html.parser")


def pytest_terminal_summary(terminalreporter):
    """Print what tests left with `record_property(title, line)`, under each title."""
    tables = {}
    for report in terminalreporter.getreports("passed") + terminalreporter.getreports("failed"):
        for title, line in report.user_properties if report.when == "call" else ():
            tables.setdefault(title, []).append(line)
    for title, lines in tables.items():
        terminalreporter.section(title)
        for line in sorted(lines):  # tests that run in parallel end in any order
            terminalreporter.write_line(line)
