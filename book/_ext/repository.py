"""The repository's address and version: read them, check them, and write them wherever they are needed.

Their one place is pyproject.toml. ``make repository URL=https://github.com/you/steepest`` runs this file, which puts
the new address there, in the set-up cell of every notebook, in the README and in CITATION.cff; `release.py` does so
with a new version. The book reads both when it is built. Needs the standard library alone.
"""

import os
import re
import sys

if sys.version_info < (3, 11):  # noqa: UP036 - it runs before anything is installed, on any Python
    sys.exit("Steepest needs Python 3.11 or later. Name one: make PYTHON=python3.12")

import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

#: Stands for the address until there is one. GitHub allows no owner that begins with a hyphen.
PLACEHOLDER = "https://github.com/-your-name-/steepest"

#: The first code cell of every notebook, with the address and the tag of the version filled in by `setup_cell`.
SETUP_CELL = """\
# Install the course's package where it is missing, as on Colab.
import importlib.util

if importlib.util.find_spec("steepest") is None:
    %pip install -q "steepest @ git+{url}@v{version}"\
"""

BADGES = re.compile(r"(?<=<!-- badges -->\n).*?(?=<!-- /badges -->)", re.DOTALL)


def address(root=ROOT) -> str:
    """The repository's address, as pyproject.toml of the folder `root` has it."""
    return tomllib.loads((root / "pyproject.toml").read_text())["project"]["urls"]["Repository"]


def version(root=ROOT) -> str:
    """The version of the course, as pyproject.toml of the folder `root` has it. Its tag is `v` and the version."""
    return tomllib.loads((root / "pyproject.toml").read_text())["project"]["version"]


def launchers(notebook, root=ROOT) -> dict:
    """Where a notebook of the tagged version can be opened and run, by name; nowhere while there is no address."""
    url, tag = address(root), f"v{version(root)}"
    if url == PLACEHOLDER:
        return {}
    name = url.removeprefix("https://github.com/")
    return {
        "Open in Colab": f"https://colab.research.google.com/github/{name}/blob/{tag}/notebooks/{notebook}",
        "Open on Binder": f"https://mybinder.org/v2/gh/{name}/{tag}?urlpath=lab/tree/notebooks/{notebook}",
    }


def checked(url) -> str:
    """An address in its plain form, without a trailing slash or `.git`.

    Raises:
        ValueError: what is not the address of a repository on GitHub, or the placeholder.
    """
    url = url.strip().removesuffix("/").removesuffix(".git")
    match = re.fullmatch(r"https://github\.com/([^/]+)/([^/]+)", url)
    if not match:
        raise ValueError(f"The address must look like https://github.com/you/steepest, not {url!r}.")
    owner, name = match.groups()
    if not re.fullmatch(r"(?=.{1,39}$)[A-Za-z0-9]+(-[A-Za-z0-9]+)*", owner):
        raise ValueError(f"GitHub has no owner {owner!r}: a name has at most 39 letters, digits and inner hyphens.")
    if not re.fullmatch(r"[A-Za-z0-9._-]{1,100}", name) or name in {".", ".."}:
        raise ValueError(f"GitHub has no repository {name!r}: a name has letters, digits, `-`, `.` and `_`.")
    return url


def owner_and_name(url) -> tuple[str, str]:
    """The last two parts of an address."""
    owner, name = url.split("/")[-2:]
    return owner, name


def site(url) -> str:
    """Where GitHub Pages serves the book of the repository at `url`."""
    owner, name = owner_and_name(url)
    host = f"{owner.lower()}.github.io"
    return f"https://{host}/" if name.lower() == host else f"https://{host}/{name}/"


def setup_cell(url, version) -> str:
    """The source of the first code cell of every notebook: it installs the tagged version that the notebook is of."""
    return SETUP_CELL.format(url=url, version=version)


def badges(url, version) -> str:
    """The README's badges: Binder opens this version. Nothing for the placeholder, whose links would be dead."""
    if url == PLACEHOLDER:
        return ""
    owner, name = owner_and_name(url)
    test = f"{url}/actions/workflows/test.yml"
    binder = f"https://mybinder.org/v2/gh/{owner}/{name}/v{version}?urlpath=lab/tree/notebooks"
    return (
        f"[Read the book]({site(url)})\n"
        f"[![Tests]({test}/badge.svg)]({test})\n"
        f"[![Run it on Binder](https://mybinder.org/badge_logo.svg)]({binder})\n"
    )


def places(root) -> list[Path]:
    """The files in which the address is written."""
    return [
        root / "pyproject.toml",
        root / "CITATION.cff",
        root / "README.md",
        *sorted((root / "notebooks").glob("*.ipynb")),
    ]


def write(url, root=ROOT) -> list[Path]:
    """Put a new address in all its places. Returns the files that changed.

    Raises:
        ValueError: a bad address (see `checked`); no file has changed then.
    """
    new, old = checked(url), address(root)
    changed = []
    for path in places(root):
        before = path.read_text(encoding="utf-8")
        after = before.replace(old, new)
        if path.name == "README.md":
            after = BADGES.sub(badges(new, version(root)), after)
        if after != before:
            path.write_text(after, encoding="utf-8")
            changed.append(path)
    return changed


def main(url):
    if not url:
        return "Say which address: make repository URL=https://github.com/you/steepest"
    try:
        changed = write(url)
    except ValueError as error:
        return str(error)
    for path in changed:
        print(f"wrote {path.relative_to(ROOT)}")
    if not changed:
        print("Nothing to write: that is the address already.")
    return 0


if __name__ == "__main__":
    sys.exit(main(os.environ.get("URL", "")))
