"""What the first visit of a chapter loads and how long it keeps a slow machine busy.

    python benchmarks/site.py

Builds the book and a stock Jupyter Book page with one formula and one of ipywidgets, and opens each page in a browser
with an empty cache: that one, the chapters, and the chapters with their formulas set by MathJax in the browser. Prints
the sizes of what each fetched without pictures, every file compressed as by `gzip -6`, and on a processor slowed down
4 times: how long tasks over 50 ms blocked the page in all, the longest of them, when the last one ended (in seconds);
how many elements the page has, and how far its layout shifted; then, at full speed, the longest time from when a
widget came near the window to its first frame (in milliseconds), and how far the text moved in all, down to its end.
What is timed is the median of three visits. Says how busy the machine was, for other work makes times longer. Needs
Chromium and npm: what pages ask of content delivery networks are files of the npm packages that these mirror.
require.js is left out of the sum of the stock page, because its package has it only as source.
"""

import functools
import gzip
import http.server
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from pathlib import Path

import nbformat
from browser import launch
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parents[1]
SLOWED = 4
VISITS = 3

#: Collects, from the start of a page, its long tasks and the shifts of its layout; those of the text by themselves, for
#: the table of contents opens as the reader goes on.
WATCH = """() => {
    window.tasks = []; window.shift = 0; window.moved = 0;
    const watch = (type, note) => new PerformanceObserver(list => list.getEntries().forEach(note))
        .observe({ type, buffered: true });
    watch("longtask", ({ startTime, duration }) => tasks.push([startTime, duration]));
    watch("layout-shift", ({ value, sources }) => {
        shift += value;
        if (sources.some(({ node }) => node?.parentElement?.closest("article"))) moved += value;
    });
}"""

#: Ends when two seconds have passed without a long task.
QUIET = """() => new Promise(done => {
    const look = () => performance.now() - Math.max(...tasks.map(([start, length]) => start + length), 0) > 2000
        ? done() : setTimeout(look, 200);
    look();
})"""

#: Scrolls down by thirds of a window. Gives the longest time from a widget's start to the task after its first frame.
WALK = """async () => {
    let longest = 0;
    const frame = () => new Promise((done) => requestAnimationFrame(() => {
        const painted = new MessageChannel();
        painted.port1.onmessage = done;
        painted.port2.postMessage(null);
    }));
    for (const host of document.querySelectorAll("[state]")) {
        if (!host.start || host.querySelector(".steepest")) continue;
        const start = host.start;
        host.start = async () => {
            const began = performance.now();
            start();
            await frame();
            longest = Math.max(longest, performance.now() - began);
        };
    }
    for (let y = 0; y < document.scrollingElement.scrollHeight; y += innerHeight / 3) {
        scrollTo(0, y);
        await frame();
        await new Promise((done) => setTimeout(done, 50));
    }
    return longest;
}"""

#: The kinds of files, by what their address has; the first that fits counts.
KINDS = {
    "require.js": "require.js",
    "html-manager": "widgets",
    "_static/widgets.js": "widgets",
    ".woff": "fonts",
    ".ttf": "fonts",
    "mathjax": "MathJax",
    ".css": "styles",
    ".js": "scripts",
    "": "page",
}

# A file on jsDelivr or unpkg: the package, its version, and the path in it.
MIRROR = re.compile(r"https://[^/]+/(?:npm/)?((?:@[^/]+/)?[^@/]+)@([^/]+)/([^?]*)")
REQUIRE = re.compile(r"https://[^/]+/ajax/libs/require\.js/([^/]+)/")


def build(folder):
    """Build the book in a folder. Returns where its pages are."""
    jupyter_book = Path(sys.executable).with_name("jupyter-book")
    subprocess.run([jupyter_book, "build", folder], check=True, capture_output=True)
    return Path(folder, "_build", "html")


def stock(folder):
    """Write and build a book of one page, with the settings that Jupyter Book comes with."""
    page = nbformat.v4.new_notebook(
        cells=[
            nbformat.v4.new_markdown_cell("# A page\n\n$$w \\leftarrow w - \\eta \\nabla f(w)$$"),
            nbformat.v4.new_code_cell("import ipywidgets\n\nipywidgets.FloatSlider()"),
        ]
    )
    nbformat.write(page, folder / "page.ipynb")
    (folder / "_toc.yml").write_text("format: jb-book\nroot: page\n")
    (folder / "_config.yml").write_text("title: A book\n")
    built = build(folder) / "page.html"
    # The page insists on the minified require.js, which no package has.
    built.write_text(re.sub(r' integrity="[^"]*"', "", built.read_text()))
    return built.parent


@functools.cache
def package(name, version):
    """The folder of a package, fetched with npm."""
    folder = Path(tempfile.mkdtemp())
    command = ["npm", "pack", f"{name}@{version}", "--json", "--silent", "--pack-destination", folder]
    packed = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    shutil.unpack_archive(folder / packed[0]["filename"], folder)
    return folder / "package"


def from_package(route):
    """Answer a request to another host with the file of the npm package."""
    url = route.request.url
    if require := REQUIRE.match(url):
        return route.fulfill(path=package("requirejs", require[1]) / "require.js")
    ((name, version, path),) = MIRROR.findall(url)
    file = package(name, version) / path
    return route.fulfill(path=file if file.suffix else file.with_suffix(".js"))


class Handler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format, *args):
        pass


def with_mathjax(folder, chapters):
    """Write, beside each chapter, the page that leaves its formulas to MathJax. Returns the names of these pages."""
    names = []
    for chapter in chapters:
        page = (folder / chapter).read_text()
        page = re.sub(r"<meta http-equiv=\"Content-Security-Policy\"[^>]*>", "", page)
        page = page.replace("mathjax_ignore", "")  # a class that tells MathJax to leave a section alone
        page = re.sub(
            r'<math([^>]*) data-tex="([^"]*)"[^>]*>.*?</math>',
            lambda found: rf"\[{found[2]}\]" if "display" in found[1] else rf"\({found[2]}\)",
            page,
            flags=re.DOTALL,
        )
        script = '<script defer src="https://cdn.jsdelivr.net/npm/mathjax@3.2.2/es5/tex-mml-chtml.js"></script></head>'
        names.append(chapter.replace(".html", "-set-in-the-browser.html"))
        (folder / names[-1]).write_text(page.replace("</head>", script, 1))
    return names


def open_pages(browser, folder, pages):
    """Open each page with an empty cache. Yields its name, what it loads and how it is busy."""
    with http.server.ThreadingHTTPServer(("localhost", 0), functools.partial(Handler, directory=folder)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        root = f"http://localhost:{server.server_port}/"
        for name in pages:
            visits = [visit(browser, root, name, busy) for _ in range(VISITS)]
            middle = {measure: statistics.median(each[measure] for each in visits) for measure in MEASURES}
            yield name, visit(browser, root, name, weigh), middle
        server.shutdown()


def visit(browser, root, name, measure):
    """What `measure` finds of a page of a site when it is opened with an empty cache."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    context.set_default_timeout(300_000)  # the stock page takes long on a slow machine
    context.route(lambda url: not url.startswith((root, "data:", "blob:")), from_package)
    found = measure(context.new_page(), root + name)
    context.close()
    return found


def weigh(page, address):
    """The compressed sizes of what a page loads, by kind."""
    loaded, sizes = {}, Counter()
    page.on("response", lambda response: loaded.update({response.url: response}))
    page.goto(address)
    page.wait_for_load_state("networkidle")
    for url, response in loaded.items():
        if response.request.resource_type != "image" and url.startswith("http") and not url.endswith(".svg"):
            kind = next(kind for part, kind in KINDS.items() if part in url.lower())
            sizes[kind] += len(gzip.compress(response.body(), 6))
    return sizes


#: What is measured of a page that is opened, and how it is written.
MEASURES = {
    "blocked": ".2f",
    "longest": ".2f",
    "settled": ".2f",
    "elements": ",",
    "shift": ".3f",
    "widget": ".0f",
    "moved": ".3f",
}


def busy(page, address):
    """How a page keeps a slow machine busy, in seconds; its elements and the shift of its layout."""
    page.add_init_script(f"({WATCH})()")
    throttle = page.context.new_cdp_session(page)
    throttle.send("Emulation.setCPUThrottlingRate", {"rate": SLOWED})
    page.goto(address)
    page.evaluate(QUIET)
    tasks, shift, elements = page.evaluate("[tasks, shift, document.querySelectorAll('*').length]")
    throttle.send("Emulation.setCPUThrottlingRate", {"rate": 1})
    frame = page.evaluate(WALK)
    moved = page.evaluate("moved")
    lengths = [length / 1000 for _, length in tasks]
    return {
        "blocked": sum(length - 0.05 for length in lengths),
        "longest": max(lengths, default=0),
        "settled": max((start + length for start, length in tasks), default=0) / 1000,
        "elements": elements,
        "shift": shift,
        "widget": frame,
        "moved": moved,
    }


def main():
    folder = Path(tempfile.mkdtemp())
    theirs, ours = stock(folder), Path(shutil.copytree(build(ROOT), folder / "ours"))
    chapters = sorted(path.relative_to(ours).as_posix() for path in (ours / "notebooks").glob("*.html"))
    kinds = [kind for kind in dict.fromkeys(KINDS.values()) if kind != "require.js"]
    with sync_playwright() as playwright:
        browser = launch(playwright)
        found = [
            *open_pages(browser, theirs, ["page.html"]),
            *open_pages(browser, ours, chapters),
            *open_pages(browser, ours, with_mathjax(ours, chapters)),
        ]
        browser.close()
    print(f"Processes that ran or waited to, on {os.cpu_count()} processors: {os.getloadavg()[0]:.1f}")
    all_of_stock = sum(found[0][1][kind] for kind in kinds)
    print(
        f"{'kB, gzip -6, without pictures':45}"
        + "".join(f"{name:>9}" for name in [*kinds, "all", "of stock", *MEASURES])
    )
    for page, sizes, measured in found:
        total = sum(sizes[kind] for kind in kinds)
        kilobytes = "".join(f"{n / 1000:9.0f}" for n in [*(sizes[kind] for kind in kinds), total])
        times = "".join(f"{measured[name]:>9{written}}" for name, written in MEASURES.items())
        print(f"{page:45}{kilobytes}{total / all_of_stock:9.1%}{times}")


if __name__ == "__main__":
    main()
