"""The engine's files: each has its sum, and the lock file has what the course imports, and no more."""

import json
import shutil
import zipfile

import fetch_engine
import pytest

LOCK = {
    "info": {"version": fetch_engine.PINS["pyodide"]},
    "packages": {
        "numpy": {"depends": [], "sha256": "", "file_name": "numpy.whl"},
        "matplotlib": {"depends": ["numpy", "pytz", "Prompt_Toolkit"], "sha256": "", "file_name": "matplotlib.whl"},
        "prompt-toolkit": {"depends": ["wcwidth"], "sha256": "", "file_name": "prompt.whl"},
        "wcwidth": {"depends": [], "sha256": "", "file_name": "wcwidth.whl"},
        "pytz": {"depends": [], "sha256": "", "file_name": "pytz.whl"},
        "scipy": {"depends": ["numpy"], "sha256": "", "file_name": "scipy.whl"},
    },
}
PINS = {
    "pyodide": fetch_engine.PINS["pyodide"],
    "packages": ["matplotlib"],
    "left out": ["pytz"],
    "pypi": {"typing-extensions": {"version": "4.1", "sha256": "abc", "depends": []}},
}


def test_the_lock_file_has_what_is_needed_and_nothing_else():
    packages = fetch_engine.reduced(LOCK, PINS)["packages"]
    assert list(packages) == ["matplotlib", "numpy", "prompt-toolkit", "typing-extensions", "wcwidth"]
    assert packages["matplotlib"]["depends"] == ["numpy", "prompt-toolkit"]
    assert packages["typing-extensions"]["file_name"] == "typing_extensions-4.1-py3-none-any.whl"
    assert packages["typing-extensions"]["imports"] == ["typing_extensions"]


@pytest.fixture
def registries(tmp_path, monkeypatch):
    """npm and PyPI that have what is asked for, and a release in a folder that is reached by its address."""
    release, folder = tmp_path / "release", tmp_path / "engine"
    release.mkdir()
    packages = {}
    for name in "numpy", "matplotlib":
        file = release / f"{name}.whl"
        with zipfile.ZipFile(file, "w") as wheel:
            wheel.writestr(f"{name}-1.dist-info/LICENSE", f"as {name} has it")
        packages[name] = {"depends": [], "sha256": fetch_engine.sum_of(file.read_bytes()), "file_name": file.name}
    lock = {"info": {"version": fetch_engine.PINS["pyodide"]}, "packages": packages}
    core = dict.fromkeys(fetch_engine.CORE, b"core") | {fetch_engine.LOCK: json.dumps(lock).encode()}
    editor = {
        "package.json": b'{"exports": {"import": "./dist/index.js"}}',
        "dist/index.js": b"import { a } from '@codemirror/state';\nexport { b } from \"style-mod\";\n",
        "LICENSE": b"MIT",
    }
    monkeypatch.setattr(fetch_engine, "from_npm", lambda package, *_: core if package.startswith("pyodide") else editor)
    monkeypatch.setattr(fetch_engine, "from_pypi", lambda *_: None)
    npm = {f"pyodide@{fetch_engine.PINS['pyodide']}": "", "@codemirror/view@6": ""}
    pins = PINS | {"packages": ["numpy", "matplotlib"], "npm": npm, "pypi": {}}
    monkeypatch.setattr(fetch_engine, "PINS", pins)
    return release, folder


def test_the_engine_is_fetched_with_its_licences_and_its_sums(registries):
    release, folder = registries
    fetch_engine.fetch(folder, f"{release.as_uri()}/")
    assert (folder / "numpy.whl").read_bytes() == (release / "numpy.whl").read_bytes()
    assert (folder / "licenses" / "numpy-LICENSE").read_text() == "as numpy has it"
    assert {"MPL-2.0.txt", "Python.txt", "codemirror-view.txt"} <= {
        file.name for file in (folder / "licenses").iterdir()
    }
    module = (folder / "modules" / "codemirror-view.js").read_text()
    assert module == 'import { a } from "./codemirror-state.js";\nexport { b } from "./style-mod.js";\n'
    fetch_engine.check(folder)
    shutil.rmtree(release)
    fetch_engine.fetch(folder, f"{release.as_uri()}/")  # what is there is not fetched again


def test_a_file_that_is_not_the_pinned_one_is_refused_and_the_folder_stays(registries):
    release, folder = registries
    fetch_engine.fetch(folder, f"{release.as_uri()}/")
    (folder / "numpy.whl").unlink()
    (release / "numpy.whl").write_bytes(b"another")
    with pytest.raises(fetch_engine.Differs, match=r"numpy\.whl has the sum"):
        fetch_engine.fetch(folder, f"{release.as_uri()}/")
    assert (folder / "matplotlib.whl").exists()
    with pytest.raises(fetch_engine.Differs, match=r"numpy\.whl has the sum"):
        fetch_engine.check(folder)


def test_an_engine_of_another_release_is_refused(registries, monkeypatch):
    release, folder = registries
    fetch_engine.fetch(folder, f"{release.as_uri()}/")
    monkeypatch.setattr(fetch_engine, "PINS", fetch_engine.PINS | {"pyodide": "1.0"})
    with pytest.raises(fetch_engine.Differs, match="of other pins"):
        fetch_engine.check(folder)
