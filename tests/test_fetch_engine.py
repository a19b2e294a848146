"""The engine's files: each has its sum, and the lock file has what the course imports, and no more."""

import json
import shutil
import zipfile

import fetch_engine
import pytest

LOCK = {
    "info": {"python": "3.12.7"},
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
    "pyodide": {"version": "0.27", "sha256": "", "python": "3.12", "wheels": "https://example.org/{version}/"},
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
    lock = {"info": {"python": "3.12.7"}, "packages": packages}
    core = dict.fromkeys(fetch_engine.CORE, b"core") | {fetch_engine.LOCK: json.dumps(lock).encode()}
    editor = {
        "package.json": b'{"exports": {"import": "./dist/index.js"}}',
        "dist/index.js": b"import { a } from '@codemirror/state';\nexport { b } from \"style-mod\";\n",
        "LICENSE": b"MIT",
    }
    served = {"pyodide@0.27": core, "@codemirror/view@6": editor}
    monkeypatch.setattr(fetch_engine, "from_npm", lambda package, *_: served[package])
    monkeypatch.setattr(fetch_engine, "from_pypi", lambda *_: None)
    pins = PINS | {"packages": ["numpy", "matplotlib"], "npm": {"@codemirror/view@6": ""}, "pypi": {}}
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
    monkeypatch.setattr(fetch_engine, "PINS", fetch_engine.PINS | {"pyodide": {"version": "1.0"}})
    with pytest.raises(fetch_engine.Differs, match="of other pins"):
        fetch_engine.check(folder)


def test_the_version_stands_in_one_place_of_the_pins():
    pyodide = fetch_engine.PINS["pyodide"]
    assert json.dumps(fetch_engine.PINS).count(pyodide["version"]) == 1
    assert f"/v{pyodide['version']}/" in fetch_engine.wheels_of(pyodide)


def test_a_pyodide_of_another_python_is_refused(registries, monkeypatch):
    release, folder = registries
    pyodide = fetch_engine.PINS["pyodide"] | {"python": "3.1"}  # the lock file has 3.12.7
    monkeypatch.setattr(fetch_engine, "PINS", fetch_engine.PINS | {"pyodide": pyodide})
    with pytest.raises(fetch_engine.Differs, match=r"has Python 3\.12\.7, and 3\.1 is pinned"):
        fetch_engine.fetch(folder, f"{release.as_uri()}/")


def test_wheels_are_fetched_for_the_python_that_is_pinned(monkeypatch, tmp_path):
    commands = []
    monkeypatch.setattr(fetch_engine.subprocess, "run", lambda command, check: commands.append(command))
    fetch_engine.from_pypi({"tqdm": {"version": "4.1", "sha256": "abc"}}, "3.14", tmp_path)
    (command,) = commands
    assert command[command.index("--python-version") + 1] == "3.14"
    assert (tmp_path / "requirements.txt").read_text() == "tqdm==4.1 --hash=sha256:abc\n"


def test_a_link_in_the_place_of_the_engine_is_replaced_and_what_it_leads_to_stays(registries, tmp_path):
    release, folder = registries
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "theirs").touch()
    folder.symlink_to(elsewhere)
    fetch_engine.fetch(folder, f"{release.as_uri()}/")
    assert not folder.is_symlink()
    fetch_engine.check(folder)
    assert [file.name for file in elsewhere.iterdir()] == ["theirs"]
    assert not list(tmp_path.glob(".engine-*"))


def test_a_module_without_a_licence_is_refused_and_the_folder_stays(registries, monkeypatch):
    release, folder = registries
    fetch_engine.fetch(folder, f"{release.as_uri()}/")
    whole = fetch_engine.from_npm

    def without(package, *rest):
        return {file: text for file, text in whole(package, *rest).items() if file != "LICENSE"}

    monkeypatch.setattr(fetch_engine, "from_npm", without)
    with pytest.raises(fetch_engine.Unlicensed, match=r"@codemirror/view@6 brings no licence"):
        fetch_engine.fetch(folder, f"{release.as_uri()}/")
    fetch_engine.check(folder)


def test_a_wheel_without_a_licence_is_refused_unless_the_course_has_it(registries, monkeypatch, tmp_path):
    release, folder = registries
    with zipfile.ZipFile(release / "numpy.whl", "w") as wheel:
        wheel.writestr("numpy/LICENSE.py", "a module, not a licence")
    core = fetch_engine.from_npm("pyodide@0.27")
    lock = json.loads(core[fetch_engine.LOCK])
    lock["packages"]["numpy"]["sha256"] = fetch_engine.sum_of((release / "numpy.whl").read_bytes())
    core[fetch_engine.LOCK] = json.dumps(lock).encode()
    with pytest.raises(fetch_engine.Unlicensed, match=r"numpy\.whl brings no licence"):
        fetch_engine.fetch(folder, f"{release.as_uri()}/")
    ours = tmp_path / "ours"
    (ours / "licenses").mkdir(parents=True)
    (ours / "licenses" / "numpy.txt").write_text("as the course has it")
    monkeypatch.setattr(fetch_engine, "OURS", ours)
    fetch_engine.fetch(folder, f"{release.as_uri()}/")
    assert (folder / "licenses" / "numpy.txt").read_text() == "as the course has it"
