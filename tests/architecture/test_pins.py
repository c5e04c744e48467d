"""pyproject.toml, requirements.lock and environment.yml say the same, and the lock names no place to fetch from."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib

import pytest
import yaml
from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

PYTHONS = ("3.11.9", "3.12.4")


@pytest.fixture(scope="module")
def project(house):
    return tomllib.loads((house / "pyproject.toml").read_text("utf-8"))["project"]


@pytest.fixture(scope="module")
def lock(house) -> str:
    return (house / "requirements.lock").read_text("utf-8")


@pytest.fixture(scope="module")
def pins(lock) -> list[Requirement]:
    lines = [line for line in lock.splitlines() if line and line[0] not in " #"]
    return [Requirement(line.removesuffix("\\").strip()) for line in lines]


def _version(pin: Requirement) -> str:
    (exact,) = pin.specifier
    assert exact.operator == "==", pin
    return exact.version


def test_every_direct_dependency_is_pinned_within_its_range(project, pins):
    wanted = [Requirement(text) for text in (*project["dependencies"], *project["optional-dependencies"]["test"])]
    pinned = {canonicalize_name(pin.name): pin for pin in pins}
    for want in wanted:
        pin = pinned[canonicalize_name(want.name)]
        assert want.specifier.contains(_version(pin)), f"{want} against {pin}"


def test_what_is_optional_is_pinned_and_tried_too(project):
    """The lock is of the extra for tests, so that one has to hold all others."""
    extras = project["optional-dependencies"]
    assert set(extras) == {"cluster", "test"}
    assert set(extras["cluster"]) <= set(extras["test"])


def test_every_pin_has_hashes_and_nothing_else(lock):
    for entry in re.split(r"\n(?=\S)", lock.strip()):
        head, *rest = entry.splitlines()
        assert head.endswith("\\"), f"no hash: {head}"
        assert rest, head
        for line in rest:
            assert re.fullmatch(r"    --hash=sha256:[0-9a-f]{64}( \\)?", line), line


def test_the_lock_names_no_host(lock):
    assert not re.search(r"://|--(extra-)?index-url|--find-links|--trusted-host|@ ", lock)


@pytest.mark.parametrize("python", PYTHONS)
def test_both_pythons_get_each_package_once(pins, python):
    """The same versions for both, or the same report would not be the same bytes."""
    here = {"python_full_version": python, "python_version": python[:4], "sys_platform": "linux", "os_name": "posix"}
    names = [
        canonicalize_name(pin.name) for pin in pins if pin.marker is None or Marker(str(pin.marker)).evaluate(here)
    ]
    assert len(names) == len(set(names))


def test_no_package_has_two_versions(pins):
    names = [canonicalize_name(pin.name) for pin in pins]
    assert sorted(names) == sorted(set(names))


def test_the_conda_file_holds_the_lock_pin_for_pin(house, lock):
    document = yaml.safe_load((house / "environment.yml").read_text("utf-8"))
    (pip,) = (part["pip"] for part in document["dependencies"] if isinstance(part, dict))
    assert pip == [line.removesuffix("\\").strip() for line in lock.splitlines() if line and line[0] not in " #"]


def test_the_conda_file_takes_the_pythons_that_the_project_takes(house, project):
    document = yaml.safe_load((house / "environment.yml").read_text("utf-8"))
    assert f"python {project['requires-python']}" in document["dependencies"]


def test_making_the_conda_file_again_changes_nothing(house):
    code = (
        "import sys; sys.path.insert(0, 'tools'); from pathlib import Path; from environment import environment;"
        "sys.stdout.write(environment(Path('requirements.lock').read_text('utf-8')))"
    )
    made = subprocess.run([sys.executable, "-c", code], cwd=house, capture_output=True, text=True, check=True).stdout
    assert made == (house / "environment.yml").read_text("utf-8")
