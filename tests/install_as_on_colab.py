"""Run the first cell of the notebooks, which installs the course where it is missing. `make test-colab` runs this.

The cell runs as it is. Git alone is told to take what is at the repository's address from a copy of this folder: a
repository of one commit, because pip cannot clone from a shallow clone, which is what continuous integration has.
"""

import importlib
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from IPython.core.interactiveshell import InteractiveShell

ROOT = Path(__file__).resolve().parents[1]
sys.path.append(str(ROOT / "book" / "_ext"))

from repository import address, setup_cell, version  # noqa: E402


def copy_to(repository):
    """Commit the files of this folder, as they are, to a new repository, and tag them as its cells name them."""
    subprocess.run(["git", "init", "--quiet", "--bare", repository], check=True)
    git = ["git", "-c", "user.name=test", "-c", "user.email=", "--git-dir", repository, "--work-tree", ROOT]
    subprocess.run([*git, "add", "--all"], cwd=ROOT, check=True)
    subprocess.run([*git, "commit", "--quiet", "--message", "A copy"], cwd=ROOT, check=True)
    subprocess.run([*git, "tag", f"v{version()}"], cwd=ROOT, check=True)


def install():
    with tempfile.TemporaryDirectory() as folder:
        copy_to(folder)
        os.environ |= {
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": f"url.{Path(folder).as_uri()}.insteadOf",
            "GIT_CONFIG_VALUE_0": address(),
        }
        InteractiveShell.instance().run_cell(setup_cell(address(), version())).raise_error()
    importlib.import_module("steepest")  # in the same session, without a restart


if __name__ == "__main__":
    install()
