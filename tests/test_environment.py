"""environment.yml, pyproject.toml and constraints.txt say the same."""

import re
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
PYTHONS = ["3.11", "3.12", "3.13"]
# What conda brings beside the packages: the interpreter, the installer and the compiler.
ONLY_IN_CONDA = {"python", "pip", "cxx-compiler", "make"}


def requirements(lines):
    """Requirements by canonical name."""
    parsed = [Requirement(line) for line in lines]
    return {canonicalize_name(requirement.name): requirement for requirement in parsed}


def wanted():
    """What pyproject.toml asks for, the extra `dev` included."""
    return requirements(PROJECT["dependencies"] + PROJECT["optional-dependencies"]["dev"])


def everything():
    """With the extras that pip installs: `torch`, `kernels` on Linux, and `docs` when the site is built."""
    extras = PROJECT["optional-dependencies"]
    return wanted() | requirements(extras["torch"] + extras["kernels"] + extras["docs"])


def conda():
    """The entries of environment.yml's `dependencies`, and those of the `pip` list within it."""
    text = (ROOT / "environment.yml").read_text(encoding="utf-8")
    block = re.search(r"^dependencies:\n((?:[ #].*\n|\n)*)", text, re.MULTILINE)
    assert block, "environment.yml has no `dependencies`"
    outer, inner = [], []
    for line in block.group(1).splitlines():
        item = re.match(r"^( +)- (.+?)(?: +#.*)?$", line)
        if item and item.group(2) != "pip:":
            (outer if len(item.group(1)) == 2 else inner).append(item.group(2))
    return requirements(outer), inner


def pins(python):
    """The version that constraints.txt chooses for each package under one Python."""
    chosen = {}
    for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        pin = Requirement(line)
        environment = {"python_version": python, "python_full_version": f"{python}.0"}
        if pin.marker is None or pin.marker.evaluate(environment):
            name = canonicalize_name(pin.name)
            assert name not in chosen, f"constraints.txt pins {name} twice for Python {python}"
            (specifier,) = pin.specifier
            assert specifier.operator == "==", f"constraints.txt does not pin {name}: {line}"
            chosen[name] = specifier.version
    return chosen


def test_conda_lists_what_pyproject_lists():
    listed, _ = conda()
    assert set(listed) - ONLY_IN_CONDA == set(wanted())


def test_conda_has_the_same_bounds():
    listed, _ = conda()
    for name, requirement in wanted().items():
        assert listed[name].specifier == requirement.specifier, name
    assert listed["python"].specifier == Requirement(f"python{PROJECT['requires-python']}").specifier


def test_conda_installs_this_project_and_a_compiler():
    listed, by_pip = conda()
    assert by_pip == ["-e .[torch]"]
    assert set(listed) >= ONLY_IN_CONDA


def test_requirements_hold_on_every_python():
    """A marker in pyproject.toml would have no counterpart in environment.yml."""
    assert all(requirement.marker is None for requirement in everything().values())


@pytest.mark.parametrize("python", PYTHONS)
def test_pins_satisfy_bounds(python):
    chosen = pins(python)
    for name, requirement in everything().items():
        assert name in chosen, f"constraints.txt does not pin {name} for Python {python}"
        assert requirement.specifier.contains(chosen[name]), f"{name} {chosen[name]}"


def test_every_python_is_allowed():
    allowed = Requirement(f"python{PROJECT['requires-python']}").specifier
    assert [allowed.contains(f"{python}.0") for python in ["3.10", *PYTHONS, "3.14"]] == [0, 1, 1, 1, 0]


@pytest.mark.parametrize("python", PYTHONS)
def test_what_the_dependencies_bring_is_pinned_too(python):
    """Walks the installed packages that stand at their pinned version; others may ask for other things."""
    chosen = pins(python)
    to_see, seen = set(everything()), set()
    while to_see:
        name = to_see.pop()
        seen.add(name)
        assert name in chosen, f"constraints.txt does not pin {name} for Python {python}"
        try:
            installed = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            continue
        if installed.version != chosen[name]:
            continue
        brought = [Requirement(line) for line in installed.requires or []]
        environment = {"python_version": python, "python_full_version": f"{python}.0", "extra": ""}
        needed = [r for r in brought if r.marker is None or r.marker.evaluate(environment)]
        to_see |= {canonicalize_name(r.name) for r in needed} - seen
        for requirement in needed:
            pinned = chosen.get(canonicalize_name(requirement.name))
            assert pinned is None or requirement.specifier.contains(pinned), f"{name} asks for {requirement}"
