"""Python in the page: the buttons of the chapters, and the engine behind them.

A book that is built where the folder `engine` is (`make engine`, see `fetch_engine.py`) has them; any other has none,
and is as it was. What the page's side does is in `book/run/`; this puts it into the site with the engine and the
course's own package as a wheel. No page loads anything of the engine before a reader presses a button.
"""

import gzip
import json
import os
import re
import shutil
from pathlib import Path

import fetch_engine
from docutils import nodes
from flit_core import wheel
from repository import ROOT
from rjsmin import jsmin

RUN = "run"
CHECK = re.compile(r'^check\("(\d+\.\d+)"', re.MULTILINE)

#: What a server compresses on its way.
COMPRESSED = {".js", ".mjs", ".wasm", ".json"}


def is_here() -> bool:
    """Whether there is an engine to run Python with."""
    return (fetch_engine.ENGINE / fetch_engine.SUMS).exists()


def is_chapter(app, docname) -> bool:
    return app.env.doc2path(docname).endswith(".ipynb")


def add_bars(app, doctree):
    """Give each code cell of a chapter its number in the notebook, and the place of its buttons."""
    if not is_here() or not is_chapter(app, app.env.docname):
        return
    for cell in doctree.findall(nodes.container):
        if cell.get("nb_element") != "cell_code":
            continue
        cell["classes"].append(f"cell-{cell['cell_index']}")
        code = next(part for part in cell if part.get("nb_element") == "cell_code_source")
        exercise = "tag_solution" not in cell["classes"] and CHECK.search(code.astext())
        about = f' data-exercise="{exercise[1]}"' if exercise else ""
        code += nodes.raw("", f'<div class="run-bar"{about}></div>', format="html")


def add_script(app, pagename, templatename, context, doctree):
    """Let the chapters load the script that makes their buttons."""
    if not is_here() or doctree is None:
        return
    where = context["pathto"](RUN, resource=True)
    scripts = {"book/your-optimizer": "optimizer", "book/progress": "progress"}
    if pagename in scripts:
        context["metatags"] += (
            f'<link rel="stylesheet" href="{where}/run.css" />\n'
            f'<script type="module" src="{where}/{scripts[pagename]}.js"></script>\n'
        )
    if is_chapter(app, pagename):
        context["metatags"] += (
            f'<link rel="stylesheet" href="{where}/run.css" />\n<script defer src="{where}/run.js"></script>\n'
        )
        ways = '<div class="ways">'  # below the title, see depth.py
        context["body"] = context["body"].replace(ways, f'{ways}<div class="run-head"></div>', 1)


def made_wheel(folder) -> Path:
    """The course's package as a wheel, whose name has its sum, so that a browser keeps no old one."""
    os.environ.setdefault("SOURCE_DATE_EPOCH", "1735689600")  # the same bytes from the same files
    built = wheel.make_wheel_in(ROOT / "pyproject.toml", folder).file
    version = built.name.split("-")[1]
    return built.rename(folder / f"steepest-{version}+{fetch_engine.sum_of(built.read_bytes())[:8]}-py3-none-any.whl")


def size(file) -> dict:
    """How large a file is, and how much of it is sent."""
    data = file.read_bytes()
    sent = len(gzip.compress(data, 6)) if file.suffix in COMPRESSED else len(data)
    return {"bytes": len(data), "sent": sent}


def install(app, exception):
    """Put the engine into the built site."""
    if exception or app.builder.name != "html":
        return
    target = Path(app.outdir, RUN)
    shutil.rmtree(target, ignore_errors=True)
    if not is_here():
        return
    core = fetch_engine.check()["core"]
    target.mkdir()
    for file in fetch_engine.OURS.iterdir():
        if file.suffix == ".js":
            script = jsmin(file.read_text(encoding="utf-8"))
            (target.parent / file.name if file.name == "sw.js" else target / file.name).write_text(
                script, encoding="utf-8"
            )
        elif file.suffix in {".css", ".html"}:
            shutil.copy(file, target)
    there = target / "engine"
    shutil.copytree(fetch_engine.ENGINE, there)
    add_package(there, made_wheel(there), ["numpy", "tqdm"], core)


def add_package(engine, package, depends, core):
    """Add the course's own package to the engine's lock file, and write how large each file is that a page may load.

    Args:
        engine: the engine's folder in the site.
        package: the package's wheel, in that folder.
        depends: the packages of the lock file that it needs.
        core: the files of Pyodide itself.
    """
    lock = json.loads((engine / fetch_engine.LOCK).read_text(encoding="utf-8"))
    lock["packages"]["steepest"] = {
        "name": "steepest",
        "version": package.name.split("-")[1],
        "file_name": package.name,
        "install_dir": "site",
        "sha256": fetch_engine.sum_of(package.read_bytes()),
        "package_type": "package",
        "imports": ["steepest"],
        "depends": depends,
        "unvendored_tests": False,
    }
    (engine / fetch_engine.LOCK).write_text(json.dumps(lock), encoding="utf-8")
    files = [*core, *(each["file_name"] for each in lock["packages"].values())]
    (engine / "sizes.json").write_text(json.dumps({file: size(engine / file) for file in files}), encoding="utf-8")


def setup(app):
    app.connect("doctree-read", add_bars, priority=300)  # before claims become lines
    app.connect("html-page-context", add_script)
    app.connect("build-finished", install)
    return {"parallel_read_safe": True, "parallel_write_safe": True, "version": str(is_here())}
