"""Give the course a new version: ``make release VERSION=0.3.0`` runs this file.

It writes the version wherever it is needed, dates its entry in CHANGELOG.md, commits and tags. Nothing is pushed: the
last line says how. Needs the standard library and git.
"""

import datetime
import re
import subprocess
import sys

from repository import BADGES, ROOT, address, badges, places, version

UNRELEASED = "## Unreleased\n"


def checked(new, old) -> str:
    """A version of the form 1.2.3 that comes after the old one.

    Raises:
        ValueError: any other.
    """
    if not re.fullmatch(r"(0|[1-9]\d*)(\.(0|[1-9]\d*)){2}", new):
        raise ValueError(f"Say which version, three numbers with dots: make release VERSION=0.3.0, not {new!r}.")
    if [*map(int, new.split("."))] < [*map(int, old.split("."))]:
        raise ValueError(f"The version must not be older than {old}, which the course has.")
    return new


def write(new, day, root=ROOT):
    """Put a version in all its places, and date its changes.

    Raises:
        ValueError: a bad version (see `checked`). Nothing is written then.
    """
    old = version(root)
    checked(new, old)
    for path in places(root):
        before = path.read_text(encoding="utf-8")
        after = before.replace(f'@v{old}\\"', f'@v{new}\\"')
        if path.name == "README.md":
            after = BADGES.sub(badges(address(root), new), after)
        if path.name == "pyproject.toml":
            after = after.replace(f'version = "{old}"', f'version = "{new}"', 1)
        if path.name == "CITATION.cff":
            after = re.sub(r"^version: .*", f"version: {new}", after, flags=re.MULTILINE)
            after = re.sub(r"^date-released: .*", f"date-released: {day}", after, flags=re.MULTILINE)
        path.write_text(after, encoding="utf-8")
    changelog = root / "CHANGELOG.md"
    changes = changelog.read_text(encoding="utf-8")
    changelog.write_text(changes.replace(UNRELEASED, f"{UNRELEASED}\n## {new}, {day}\n", 1), encoding="utf-8")


def git(*arguments):
    return subprocess.run(["git", *arguments], cwd=ROOT, check=True, capture_output=True, text=True).stdout


def main(new):
    try:
        checked(new, version())
        if git("status", "--porcelain"):
            raise ValueError("There are changes that are not committed: commit them first.")
        if git("tag", "--list", f"v{new}"):
            raise ValueError(f"There is a tag v{new} already.")
        write(new, datetime.date.today().isoformat())
    except ValueError as error:
        return str(error)
    git("commit", "--all", "--message", f"Release {new}")
    git("tag", "--annotate", f"v{new}", "--message", f"Steepest {new}")
    print(f"Committed and tagged. To publish it: git push origin main v{new}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
