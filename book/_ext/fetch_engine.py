"""The engine that runs Python in the page: Pyodide, the wheels that the course needs, and modules of the page's side.

`make engine` runs this file. It fetches what `book/run/engine.json` pins into the folder `engine`, compares every file
with its sum, and writes there what follows. That file has a record for each release of Pyodide. The first is taken
unless another is named: `make engine PYODIDE=314.0.7`.

- Pyodide itself, with a lock file of no more packages than the course needs,
- those packages: NumPy and what else is compiled from Pyodide's release, the others from PyPI,
- `modules/`, the modules that npm has, whose imports name the files beside them: CodeMirror, and what makes HTML of the
  Markdown and the LaTeX that a cell shows,
- `licenses/`, the licence of each. What does not bring its own has it in `book/run/licenses/`.

Nothing here is needed to build the book. A book that is built with the folder has *Run* buttons, see `run_here.py`.
"""

import argparse
import hashlib
import json
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path
from urllib.request import urlopen

from repository import ROOT

ENGINE = ROOT / "engine"
OURS = ROOT / "book" / "run"
PINS = json.loads((OURS / "engine.json").read_text(encoding="utf-8"))

#: The releases of Pyodide that the course runs with, the usual one first.
RELEASES = tuple(PINS["pyodide"])
LOCK = "pyodide-lock.json"
SUMS = "sums.json"
PINNED = "engine.json"

#: A file that holds a licence, by its name.
LICENCE = re.compile(r"(LICEN[CS]E|COPYING)[^/]*$", re.IGNORECASE)


class Differs(Exception):
    """A file that is not the one that was pinned."""


class Unlicensed(Exception):
    """A package without the text of its licence, which must come along."""


def sum_of(data) -> str:
    return hashlib.sha256(data).hexdigest()


def checked(name, data, expected) -> bytes:
    """The data of a file.

    Raises:
        Differs: its sum is not the expected one.
    """
    if sum_of(data) != expected:
        raise Differs(f"{name} has the sum {sum_of(data)}, and {expected} is pinned.")
    return data


def pins_of(release) -> dict:
    """What is pinned for a release of Pyodide: its own record, with the address of its wheels, and what all share."""
    shared = {name: pins for name, pins in PINS.items() if name != "pyodide"}
    wheels = {"wheels": PINS["wheels"].format(version=release)}
    return {"version": release} | shared | wheels | PINS["pyodide"][release]


def key(name) -> str:
    """The name of a package as the lock file lists it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def closure(names, packages) -> set:
    """These packages and all that they depend on."""
    found, open_names = set(), [*names]
    while open_names:
        name = open_names.pop()
        if name not in found:
            found.add(name)
            open_names += packages[name]["depends"]
    return found


def reduced(lock, pins) -> dict:
    """Pyodide's lock file with the course's packages alone; where PyPI's wheel is pinned, with that one."""
    packages = dict(lock["packages"])
    for name, pin in pins["pypi"].items():
        file = f"{name.replace('-', '_')}-{pin['version']}-py3-none-any.whl"
        packages[name] = {
            "name": name,
            "version": pin["version"],
            "file_name": file,
            "install_dir": "site",
            "sha256": pin["sha256"],
            "package_type": "package",
            "imports": [name.replace("-", "_")],
            "depends": pin["depends"],
            "unvendored_tests": False,
        }
    left_out = set(pins["left out"])
    packages = {
        name: package | {"depends": [key(other) for other in package["depends"] if key(other) not in left_out]}
        for name, package in packages.items()
    }
    kept = sorted(closure([*pins["packages"], *pins["pypi"]], packages))
    return {"info": lock["info"], "packages": {name: packages[name] for name in kept}}


def from_npm(package, expected, folder) -> dict:
    """The files of an npm package, by name."""
    done = subprocess.run(
        ["npm", "pack", "--silent", "--pack-destination", folder, package], check=True, capture_output=True, text=True
    )
    archive = Path(folder, done.stdout.split()[-1])
    checked(package, archive.read_bytes(), expected)
    with tarfile.open(archive) as tar:
        opened = ((member.name.partition("/")[2], tar.extractfile(member)) for member in tar.getmembers())
        return {name: file.read() for name, file in opened if file}  # a folder has nothing to read


def from_pypi(pins, python, folder):
    """Download the pinned wheels for a Python such as "3.12"; pip compares their sums."""
    wanted = [f"{name}=={pin['version']} --hash=sha256:{pin['sha256']}\n" for name, pin in pins.items()]
    list_of_them = Path(folder, "requirements.txt")
    list_of_them.write_text("".join(wanted), encoding="utf-8")
    target = ["--python-version", python, "--only-binary", ":all:", "--no-deps"]
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--require-hashes", *target, "--dest", folder]
    subprocess.run([*command, "--requirement", list_of_them], check=True)


def beside(name) -> str:
    """The file of an npm package in the folder `modules`."""
    return f"{name.removeprefix('@').replace('/', '-')}.js"


def module_of(files) -> str:
    """The module of an npm package, with the imports of other packages by the files beside it."""
    exports = json.loads(files["package.json"])["exports"]
    exports = exports.get(".", exports)
    text = files[exports.get("import", exports.get("default")).removeprefix("./")].decode()
    return re.sub(r"""(?<=\bfrom )(['"])(@?[a-z][\w/-]*)\1""", lambda found: json.dumps(f"./{beside(found[2])}"), text)


def licences_in(wheel) -> dict:
    """The licences that a wheel brings, by name."""
    with zipfile.ZipFile(wheel) as archive:
        names = [
            name for name in archive.namelist() if ".dist-info/" in name and LICENCE.match(name.rpartition("/")[2])
        ]
        return {Path(name).name: archive.read(name) for name in names}


def fetch(release, folder=ENGINE, wheels=None):
    """Fetch all that is pinned into a folder. What is there already and has its sum is not fetched again.

    Args:
        release: of Pyodide, one of `RELEASES`.
        folder: where to; what else is in it goes. A link is replaced, and what it leads to stays.
        wheels: the address of the folder that has the wheels, with a slash at its end, if it is not the release's own.

    Raises:
        Differs: a file that is not the one that was pinned, or a Pyodide of another Python.
        Unlicensed: a package brings no licence, and `book/run/licenses/` has none for it.
            In both cases the folder is as it was.
    """
    pins = pins_of(release)
    wheels = wheels or pins["wheels"]
    with (
        tempfile.TemporaryDirectory(dir=folder.parent, prefix=".engine-") as made,
        tempfile.TemporaryDirectory() as bits,
    ):
        made, bits = Path(made, "engine"), Path(bits)
        (made / "modules").mkdir(parents=True)
        shutil.copytree(OURS / "licenses", made / "licenses")
        core = from_npm(f"pyodide@{release}", pins["sha256"], bits)
        for file in pins["core"]:
            (made / file).write_bytes(core[file])
        lock = reduced(json.loads(core[LOCK]), pins)
        if not lock["info"]["python"].startswith(f"{pins['python']}."):
            raise Differs(f"Pyodide has Python {lock['info']['python']}, and {pins['python']} is pinned.")
        for package, expected in pins["npm"].items():
            name = beside(package.rpartition("@")[0])
            files = from_npm(package, expected, bits)
            (made / "modules" / name).write_text(module_of(files), encoding="utf-8")
            licence = next((text for file, text in files.items() if LICENCE.match(file)), None)
            if licence is None:
                raise Unlicensed(f"{package} brings no licence.")
            (made / "licenses" / name.replace(".js", ".txt")).write_bytes(licence)
        from_pypi(pins["pypi"], pins["python"], bits)
        for name, package in lock["packages"].items():
            file = package["file_name"]
            if name in pins["pypi"]:
                data = (bits / file).read_bytes()
            elif (folder / file).exists():
                data = (folder / file).read_bytes()
            else:
                with urlopen(wheels + file) as answer:
                    data = answer.read()
            (made / file).write_bytes(checked(file, data, package["sha256"]))
            licences = licences_in(made / file)
            for licence, text in licences.items():
                (made / "licenses" / f"{name}-{licence}").write_bytes(text)
            if not licences and not (OURS / "licenses" / f"{name}.txt").exists():
                raise Unlicensed(f"{file} brings no licence.")
        (made / LOCK).write_text(json.dumps(lock, indent=1), encoding="utf-8")
        (made / PINNED).write_text(json.dumps(pins), encoding="utf-8")
        sums = {
            path.relative_to(made).as_posix(): sum_of(path.read_bytes()) for path in made.rglob("*") if path.is_file()
        }
        (made / SUMS).write_text(json.dumps(sums, indent=1), encoding="utf-8")
        if folder.is_dir() and not folder.is_symlink():
            shutil.rmtree(folder)
        else:
            folder.unlink(missing_ok=True)
        made.rename(folder)


def check(folder=ENGINE):
    """Compare each file of the folder with its sum.

    Returns:
        What is pinned for the release that is in it, see `pins_of`.

    Raises:
        Differs: one has changed or is missing, or other files are pinned by now.
    """
    sums = json.loads((folder / SUMS).read_text(encoding="utf-8"))
    for file, expected in sums.items():
        path = folder / file
        checked(file, path.read_bytes() if path.exists() else b"", expected)
    pins = json.loads((folder / PINNED).read_text(encoding="utf-8")) if PINNED in sums else {}
    release = pins.get("version")
    if release not in RELEASES or pins != pins_of(release):
        raise Differs(f"The folder {folder.name} has an engine of other pins than {PINNED}: fetch it again.")
    return pins


def main(arguments):
    parser = argparse.ArgumentParser(description="Fetch what runs Python in the page into the folder engine.")
    parser.add_argument("release", nargs="?", default=RELEASES[0], choices=RELEASES, help="of Pyodide")
    parser.add_argument("--wheels", help="the address of the folder with its wheels, if it is not the release's own")
    given = parser.parse_args(arguments)
    try:
        fetch(given.release, wheels=given.wheels and given.wheels.rstrip("/") + "/")
    except (Differs, Unlicensed, OSError, subprocess.CalledProcessError) as error:
        return f"The engine is not here: {error}"
    size = sum(path.stat().st_size for path in ENGINE.rglob("*"))
    print(f"Pyodide {given.release} is in {ENGINE.name}/, {size / 1e6:.0f} MB. Build the book with it: make book")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
