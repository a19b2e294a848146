"""The repository's own promises: its address, its pinned requirements, its workflows."""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tomllib

import pytest
import release
import yaml
from conftest import ROOT
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from repository import BADGES, PLACEHOLDER, address, badges, checked, places, site, version, write

YOURS = "https://github.com/you/steepest"


def copy_of_places(target):
    for path in [*places(ROOT), ROOT / "book" / "_ext" / "repository.py"]:
        copy = target / path.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copy)
    return target


def assert_agrees(root, url):
    """Every place has this address, and only the README of an address that exists has badges."""
    assert address(root) == url
    for path in places(root):
        assert url in path.read_text(encoding="utf-8"), path
        assert url == PLACEHOLDER or PLACEHOLDER not in path.read_text(encoding="utf-8"), path
    assert yaml.safe_load((root / "CITATION.cff").read_text())["repository-code"] == url
    assert BADGES.search((root / "README.md").read_text()).group() == badges(url, version(root))


def test_the_address_is_the_same_everywhere():
    assert_agrees(ROOT, address())


def test_the_address_can_be_changed_and_changed_again(tmp_path):
    root = copy_of_places(tmp_path)
    assert set(write(YOURS + ".git", root)) == set(places(root))
    assert_agrees(root, YOURS)
    assert write(YOURS, root) == []
    write("https://github.com/another-one/my.course/", root)
    assert_agrees(root, "https://github.com/another-one/my.course")


def make(root, *arguments):
    """What `make` says and returns in a folder that has the Makefile and the scripts it calls."""
    shutil.copyfile(ROOT / "Makefile", root / "Makefile")
    for name in ("src", "notebooks"):
        (root / name).mkdir(exist_ok=True)
    command = ["make", f"PYTHON={sys.executable}", *arguments]
    return subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)


def test_make_repository_writes_the_address(tmp_path):
    root = copy_of_places(tmp_path)
    result = make(root, "repository", f"URL={YOURS}")
    assert "wrote README.md" in result.stdout
    assert_agrees(root, YOURS)
    result = make(root, "repository")
    assert result.returncode != 0
    assert "make repository URL=" in result.stderr


@pytest.mark.parametrize("tail", ["`touch ran`", "$(touch ran)", "$(shell touch ran)", "$$x", "'", '"', ";touch ran"])
def test_neither_make_nor_the_shell_reads_the_address(tmp_path, tail):
    root = copy_of_places(tmp_path)
    result = make(root, "repository", f"URL={YOURS}{tail}")
    assert result.returncode != 0
    assert "GitHub has no repository" in result.stderr
    assert not (root / "ran").exists()
    assert_agrees(root, address())


@pytest.mark.parametrize("port", ["abc", "0", "65536", "-1", "8000;true", "$(touch ran)", "²"])
def test_a_bad_port_is_told_in_one_line(port):
    result = subprocess.run(
        [sys.executable, ROOT / "book/_ext/serve.py", port], capture_output=True, text=True, check=False
    )
    assert result.returncode == 1
    assert result.stderr.splitlines() == [f"PORT must be a number from 1 to 65535, not {port!r}."]


def test_a_port_in_use_is_told_in_one_line():
    with socket.create_server(("localhost", 0)) as server:
        port = str(server.getsockname()[1])
        script = [sys.executable, ROOT / "book/_ext/serve.py", port]
        result = subprocess.run(script, capture_output=True, text=True, check=False, timeout=60)
    assert result.returncode == 1
    assert result.stderr.startswith(f"Port {port} cannot be used")


def test_a_release_writes_its_version_everywhere(tmp_path):
    root = copy_of_places(tmp_path)
    write(YOURS, root)
    shutil.copyfile(ROOT / "CHANGELOG.md", root / "CHANGELOG.md")
    old = version()
    release.write("98.7.6", "2030-01-02", root)
    assert version(root) == "98.7.6"
    assert_agrees(root, YOURS)
    assert "/you/steepest/v98.7.6?urlpath=" in (root / "README.md").read_text(encoding="utf-8")
    cited = yaml.safe_load((root / "CITATION.cff").read_text())
    assert (cited["version"], str(cited["date-released"])) == ("98.7.6", "2030-01-02")
    notebooks = list((root / "notebooks").glob("*.ipynb"))
    assert notebooks
    for path in notebooks:
        text = path.read_text(encoding="utf-8")
        assert text.count("@v98.7.6") == 1
        assert f"@v{old}" not in text
    assert "## Unreleased\n\n## 98.7.6, 2030-01-02\n" in (root / "CHANGELOG.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("new", ["", "1", "1.2", "v1.2.3", "1.2.3rc1", "01.2.3", "0.0.1", "1.2.3\n"])
def test_a_bad_version_changes_nothing(tmp_path, new):
    root = copy_of_places(tmp_path)
    with pytest.raises(ValueError, match="version"):
        release.write(new, "2030-01-02", root)
    assert version(root) == version()


def test_the_version_is_the_same_everywhere():
    assert yaml.safe_load((ROOT / "CITATION.cff").read_text())["version"] == version()


def test_only_a_version_that_passed_the_tests_is_published():
    workflow = yaml.safe_load((ROOT / ".github/workflows/publish.yml").read_text())
    assert workflow[True] == {"push": {"tags": ["v[0-9]+.[0-9]+.[0-9]+"]}}  # YAML takes the word "on" for true
    jobs = workflow["jobs"]
    assert jobs["test"] == {"uses": "./.github/workflows/test.yml"}
    assert jobs["build"]["needs"] == "test"
    assert jobs["deploy"]["needs"] == "build"


@pytest.mark.parametrize(("tag", "published"), [(f"v{version()}", True), ("v98.7.6", False), (f"v{version()}0", False)])
def test_a_tag_is_published_only_if_it_is_the_version(tag, published):
    steps = yaml.safe_load((ROOT / ".github/workflows/publish.yml").read_text())["jobs"]["build"]["steps"]
    (check,) = (step["run"] for step in steps if "GITHUB_REF_NAME" in step.get("run", ""))
    done = subprocess.run(["bash", "-ec", check], cwd=ROOT, env={**os.environ, "GITHUB_REF_NAME": tag}, check=False)
    assert (done.returncode == 0) is published


def test_the_tests_run_on_the_python_of_binder_and_on_that_of_colab():
    jobs = yaml.safe_load((ROOT / ".github/workflows/test.yml").read_text())["jobs"]
    (colab,) = (step["with"] for step in jobs["colab"]["steps"] if "setup-python" in step.get("uses", ""))
    pythons = jobs["test"]["strategy"]["matrix"]["python"]
    assert (ROOT / ".binder/runtime.txt").read_text().strip().removeprefix("python-") in pythons
    assert (ROOT / colab["python-version-file"]).read_text().strip() in pythons


def test_newer_actions_and_pins_are_proposed_apart():
    updates = yaml.safe_load((ROOT / ".github/dependabot.yml").read_text())["updates"]
    assert sorted(update["package-ecosystem"] for update in updates) == ["github-actions", "pip"]
    assert len({group for update in updates for group in update["groups"]}) == 2
    (pins,) = (update for update in updates if update["package-ecosystem"] == "pip")
    assert all((ROOT / folder.lstrip("/") / "requirements.txt").exists() for folder in pins["directories"])


def test_a_container_has_what_the_tests_and_the_recipes_call():
    made = json.loads((ROOT / ".devcontainer/devcontainer.json").read_text())["postCreateCommand"]
    for program in ("chromium", "npm", "pre-commit install", "make environment"):
        assert program in made


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("", "must look like"),
        ("you/steepest", "must look like"),
        ("http://github.com/you/steepest", "must look like"),
        ("https://example.org/you/steepest", "must look like"),
        ("https://github.com/you", "must look like"),
        ("https://github.com/you/steepest/tree/main", "must look like"),
        (PLACEHOLDER, "no owner"),
        ("https://github.com/you--too/steepest", "no owner"),
        (f"https://github.com/{'y' * 40}/steepest", "no owner"),
        ("https://github.com/you/my course", "no repository"),
        ("https://github.com/you/..", "no repository"),
    ],
)
def test_a_bad_address_changes_nothing(tmp_path, url, why):
    root = copy_of_places(tmp_path)
    with pytest.raises(ValueError, match=why):
        write(url, root)
    assert_agrees(root, address())


def test_the_site_of_an_address():
    assert site(checked("https://github.com/You/steepest/")) == "https://you.github.io/steepest/"
    assert site("https://github.com/you/you.github.io") == "https://you.github.io/"


def pinned(name):
    """The versions that a compiled requirements file pins."""
    lines = (ROOT / name).read_text().splitlines()
    found = [Requirement(line) for line in lines if re.match(r"[A-Za-z0-9]", line)]
    assert all(re.fullmatch(r"==[^*,]+", str(requirement.specifier)) for requirement in found)
    return {canonicalize_name(requirement.name): str(requirement.specifier)[2:] for requirement in found}


def wanted():
    """What each compiled file must hold: the file and a requirement of its source."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    for group in (project["project"]["dependencies"], *project["dependency-groups"].values()):
        yield from (("requirements.txt", line) for line in group)
    for group in (project["project"]["dependencies"], project["dependency-groups"]["read"]):
        yield from ((".binder/requirements.txt", line) for line in group)
    for line in re.findall(r"^[a-z][^#\n]*", (ROOT / "tests" / "colab.in").read_text(), flags=re.MULTILINE):
        yield "tests/colab.txt", line.strip()
    # What Colab has is enough for the package: installing it there changes nothing.
    yield from (("tests/colab.txt", line) for line in project["project"]["dependencies"])


@pytest.mark.parametrize(("name", "line"), list(wanted()))
def test_the_pinned_requirements_are_not_stale(name, line):
    requirement = Requirement(line)
    version = pinned(name).get(canonicalize_name(requirement.name))
    assert version is not None, f"{name} does not pin {requirement.name}: run `make requirements`"
    assert requirement.specifier.contains(version), f"{name} pins {version}, not {line}: run `make requirements`"


@pytest.mark.parametrize("name", ["requirements.txt", ".binder/requirements.txt", "tests/colab.txt"])
def test_the_pinned_requirements_name_no_registry_and_no_folder(name):
    for line in (ROOT / name).read_text().splitlines():
        assert not re.search(r"://|^--|(^|\s)/", line), line


@pytest.mark.parametrize("name", ["requirements.txt", ".binder/requirements.txt"])
def test_requirements_install_the_course_itself(name):
    assert "-e ." in (ROOT / name).read_text().splitlines()


def test_binder_installs_what_a_reader_needs_and_no_more():
    binder, all_pins = pinned(".binder/requirements.txt"), pinned("requirements.txt")
    assert binder.items() <= all_pins.items()
    groups = tomllib.loads((ROOT / "pyproject.toml").read_text())["dependency-groups"]
    for_tests = {canonicalize_name(Requirement(line).name) for line in groups["test"]}
    assert not (for_tests | {"jupyter-book", "sphinx"}) & binder.keys()


def test_binder_has_a_python_that_the_course_supports():
    supported = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["requires-python"]
    python = (ROOT / ".binder" / "runtime.txt").read_text().strip().removeprefix("python-")
    assert SpecifierSet(supported).contains(python)


WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_workflows_pin_their_actions_and_may_do_little(path):
    workflow = yaml.safe_load(path.read_text())
    assert workflow["permissions"] == {"contents": "read"}
    for job in workflow["jobs"].values():
        assert "uses" in job or job["timeout-minutes"] <= 60  # a workflow that is called has its own
        assert set(job.get("permissions", {})) <= {"pages", "id-token"}
    uses = re.findall(r"uses: (?!\./)(.*)", path.read_text())
    assert uses
    assert all(re.fullmatch(r"actions/[a-z-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", use) for use in uses), uses
    assert path.read_text().count("persist-credentials: false") == path.read_text().count("actions/checkout@")
