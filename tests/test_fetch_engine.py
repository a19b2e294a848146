"""The engine's files: each has its sum, and the lock file has what the course imports, and no more."""

import json
import shutil
import zipfile

import fetch_engine
import pytest
import yaml
from repository import ROOT

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
RECORD = {"sha256": "", "python": "3.12", "core": ["pyodide.mjs", "pyodide.asm.js"], "left out": ["pytz"], "pypi": {}}
OTHER = RECORD | {"python": "3.14", "core": ["pyodide.mjs", "pyodide.asm.mjs"], "left out": []}
PINS = {
    "pyodide": {"0.27": RECORD, "314.0": OTHER},
    "wheels": "https://example.org/{version}/",
    "packages": ["numpy", "matplotlib"],
    "npm": {"@codemirror/view@6": ""},
}


def test_the_lock_file_has_what_is_needed_and_nothing_else():
    pins = RECORD | {
        "packages": ["matplotlib"],
        "pypi": {"typing-extensions": {"version": "4.1", "sha256": "abc", "depends": []}},
    }
    packages = fetch_engine.reduced(LOCK, pins)["packages"]
    assert list(packages) == ["matplotlib", "numpy", "prompt-toolkit", "typing-extensions", "wcwidth"]
    assert packages["matplotlib"]["depends"] == ["numpy", "prompt-toolkit"]
    assert packages["typing-extensions"]["file_name"] == "typing_extensions-4.1-py3-none-any.whl"
    assert packages["typing-extensions"]["imports"] == ["typing_extensions"]


def fetch(folder, wheels, release="0.27"):
    fetch_engine.fetch(release, folder, f"{wheels.as_uri()}/")


@pytest.fixture
def registries(tmp_path, monkeypatch):
    """npm and PyPI that have what is asked for, and a release's wheels in a folder that is reached by its address."""
    wheels, folder = tmp_path / "wheels", tmp_path / "engine"
    wheels.mkdir()
    packages = {}
    for name in "numpy", "matplotlib":
        file = wheels / f"{name}.whl"
        with zipfile.ZipFile(file, "w") as wheel:
            wheel.writestr(f"{name}-1.dist-info/LICENSE", f"as {name} has it")
        packages[name] = {"depends": [], "sha256": fetch_engine.sum_of(file.read_bytes()), "file_name": file.name}
    served = {}
    for release, pins in PINS["pyodide"].items():
        lock = {"info": {"python": f"{pins['python']}.7"}, "packages": packages}
        core = dict.fromkeys([*pins["core"], "README.md"], f"of {release}".encode())
        served[f"pyodide@{release}"] = core | {fetch_engine.LOCK: json.dumps(lock).encode()}
    editor = {
        "package.json": b'{"exports": {"import": "./dist/index.js"}}',
        "dist/index.js": b"import { a } from '@codemirror/state';\nexport { b } from \"style-mod\";\n",
        "LICENSE": b"MIT",
    }
    served["@codemirror/view@6"] = editor
    monkeypatch.setattr(fetch_engine, "from_npm", lambda package, *_: served[package])
    monkeypatch.setattr(fetch_engine, "from_pypi", lambda *_: None)
    monkeypatch.setattr(fetch_engine, "PINS", PINS)
    monkeypatch.setattr(fetch_engine, "RELEASES", tuple(PINS["pyodide"]))
    return wheels, folder


def test_the_engine_is_fetched_with_its_licences_and_its_sums(registries):
    wheels, folder = registries
    fetch(folder, wheels)
    assert (folder / "numpy.whl").read_bytes() == (wheels / "numpy.whl").read_bytes()
    assert (folder / "licenses" / "numpy-LICENSE").read_text() == "as numpy has it"
    assert {"MPL-2.0.txt", "Python.txt", "codemirror-view.txt"} <= {
        file.name for file in (folder / "licenses").iterdir()
    }
    module = (folder / "modules" / "codemirror-view.js").read_text()
    assert module == 'import { a } from "./codemirror-state.js";\nexport { b } from "./style-mod.js";\n'
    assert fetch_engine.check(folder)["version"] == "0.27"
    shutil.rmtree(wheels)
    fetch(folder, wheels)  # what is there is not fetched again


def test_a_file_that_is_not_the_pinned_one_is_refused_and_the_folder_stays(registries):
    wheels, folder = registries
    fetch(folder, wheels)
    (folder / "numpy.whl").unlink()
    (wheels / "numpy.whl").write_bytes(b"another")
    with pytest.raises(fetch_engine.Differs, match=r"numpy\.whl has the sum"):
        fetch(folder, wheels)
    assert (folder / "matplotlib.whl").exists()
    with pytest.raises(fetch_engine.Differs, match=r"numpy\.whl has the sum"):
        fetch_engine.check(folder)


def test_an_engine_of_another_release_is_refused(registries, monkeypatch):
    wheels, folder = registries
    fetch(folder, wheels)
    monkeypatch.setattr(fetch_engine, "RELEASES", ("1.0",))
    with pytest.raises(fetch_engine.Differs, match="of other pins"):
        fetch_engine.check(folder)


def test_an_engine_whose_pins_have_changed_is_refused(registries, monkeypatch):
    wheels, folder = registries
    fetch(folder, wheels)
    monkeypatch.setattr(fetch_engine, "PINS", PINS | {"npm": {"@codemirror/view@7": ""}})
    with pytest.raises(fetch_engine.Differs, match="of other pins"):
        fetch_engine.check(folder)


def test_another_release_takes_the_place_of_the_first_with_its_own_files(registries):
    wheels, folder = registries
    fetch(folder, wheels)
    assert (folder / "pyodide.asm.js").read_text() == "of 0.27"
    fetch(folder, wheels, "314.0")
    assert fetch_engine.check(folder) == fetch_engine.pins_of("314.0")
    assert (folder / "pyodide.asm.mjs").read_text() == "of 314.0"
    assert not (folder / "pyodide.asm.js").exists()
    assert not (folder / "README.md").exists(), "what no page loads is not there"


@pytest.mark.parametrize("release", fetch_engine.RELEASES)
def test_each_release_has_a_record_of_its_own(release):
    pins = fetch_engine.pins_of(release)
    assert json.dumps(fetch_engine.PINS).count(release) == 1, "its number stands in one place"
    assert f"/v{release}/" in pins["wheels"]
    assert pins["core"][0] == "pyodide.mjs", "what worker.js imports"
    assert pins["packages"] == fetch_engine.PINS["packages"]
    assert {name for pin in pins["pypi"].values() for name in pin["depends"]} - {"ipython", "traitlets"} <= {
        *pins["pypi"]
    }


@pytest.mark.parametrize("release", fetch_engine.RELEASES)
def test_a_release_is_named_on_the_command_line(release, monkeypatch, tmp_path, capsys):
    asked = []
    monkeypatch.setattr(fetch_engine, "fetch", lambda release, wheels: asked.append((release, wheels)))
    monkeypatch.setattr(fetch_engine, "ENGINE", tmp_path)
    fetch_engine.main([release])
    fetch_engine.main(["--wheels", "https://example.org"])
    assert asked == [(release, None), ("0.27.7", "https://example.org/")]
    with pytest.raises(SystemExit):
        fetch_engine.main(["1.0"])
    assert "invalid choice: '1.0'" in capsys.readouterr().err


def test_a_pyodide_of_another_python_is_refused(registries, monkeypatch):
    wheels, folder = registries
    pyodide = {"0.27": RECORD | {"python": "3.1"}}  # the lock file has 3.12.7
    monkeypatch.setattr(fetch_engine, "PINS", PINS | {"pyodide": pyodide})
    with pytest.raises(fetch_engine.Differs, match=r"has Python 3\.12\.7, and 3\.1 is pinned"):
        fetch(folder, wheels)


def test_every_chapter_is_run_with_each_release_once_a_week():
    job = yaml.safe_load((ROOT / ".github/workflows/weekly.yml").read_text())["jobs"]["page"]
    assert job["strategy"]["matrix"]["pyodide"] == [*fetch_engine.RELEASES]
    assert [step["run"] for step in job["steps"] if "run" in step] == [
        "make engine PYODIDE=${{ matrix.pyodide }}",
        "make test-page",
    ]


def test_wheels_are_fetched_for_the_python_that_is_pinned(monkeypatch, tmp_path):
    commands = []
    monkeypatch.setattr(fetch_engine.subprocess, "run", lambda command, check: commands.append(command))
    fetch_engine.from_pypi({"tqdm": {"version": "4.1", "sha256": "abc"}}, "3.14", tmp_path)
    (command,) = commands
    assert command[command.index("--python-version") + 1] == "3.14"
    assert (tmp_path / "requirements.txt").read_text() == "tqdm==4.1 --hash=sha256:abc\n"


def test_a_link_in_the_place_of_the_engine_is_replaced_and_what_it_leads_to_stays(registries, tmp_path):
    wheels, folder = registries
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "theirs").touch()
    folder.symlink_to(elsewhere)
    fetch(folder, wheels)
    assert not folder.is_symlink()
    fetch_engine.check(folder)
    assert [file.name for file in elsewhere.iterdir()] == ["theirs"]
    assert not list(tmp_path.glob(".engine-*"))


def test_a_module_without_a_licence_is_refused_and_the_folder_stays(registries, monkeypatch):
    wheels, folder = registries
    fetch(folder, wheels)
    whole = fetch_engine.from_npm

    def without(package, *rest):
        return {file: text for file, text in whole(package, *rest).items() if file != "LICENSE"}

    monkeypatch.setattr(fetch_engine, "from_npm", without)
    with pytest.raises(fetch_engine.Unlicensed, match=r"@codemirror/view@6 brings no licence"):
        fetch(folder, wheels)
    fetch_engine.check(folder)


def test_a_wheel_without_a_licence_is_refused_unless_the_course_has_it(registries, monkeypatch, tmp_path):
    wheels, folder = registries
    with zipfile.ZipFile(wheels / "numpy.whl", "w") as wheel:
        wheel.writestr("numpy/LICENSE.py", "a module, not a licence")
    core = fetch_engine.from_npm("pyodide@0.27")
    lock = json.loads(core[fetch_engine.LOCK])
    lock["packages"]["numpy"]["sha256"] = fetch_engine.sum_of((wheels / "numpy.whl").read_bytes())
    core[fetch_engine.LOCK] = json.dumps(lock).encode()
    with pytest.raises(fetch_engine.Unlicensed, match=r"numpy\.whl brings no licence"):
        fetch(folder, wheels)
    ours = tmp_path / "ours"
    (ours / "licenses").mkdir(parents=True)
    (ours / "licenses" / "numpy.txt").write_text("as the course has it")
    monkeypatch.setattr(fetch_engine, "OURS", ours)
    fetch(folder, wheels)
    assert (folder / "licenses" / "numpy.txt").read_text() == "as the course has it"
