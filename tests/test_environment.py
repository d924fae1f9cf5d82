"""The lists of packages agree: pyproject.toml, constraints.txt, environment.yml (for conda)."""

import re
import sys
import tomllib
from importlib.metadata import version
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
CONDA_NAMES = {"pytorch": "torch", "matplotlib-base": "matplotlib"}  # other names
CONDA_LINE = re.compile(r"(?P<name>[A-Za-z0-9._-]+)\s*(?P<versions>[<>=!~].*)?")


def requirements(lines):
    """Requirement lines by canonical name."""
    return {canonicalize_name(r.name): r for r in map(Requirement, lines)}


def conda_versions(text):
    """A conda version range as pip would write it: one '=' means 'begins with'."""
    if re.match(r"=[^=]", text or ""):
        return SpecifierSet(f"=={text[1:].strip().removesuffix('.*')}.*")
    return SpecifierSet(text or "")


def conda_packages(environment):
    """Ranges by pip name, with python among them, and the lines that conda hands to pip."""
    packages, pip_lines = {}, []
    for line in environment["dependencies"]:
        if isinstance(line, dict):
            pip_lines += line["pip"]
            continue
        found = CONDA_LINE.fullmatch(line)
        assert found, f"environment.yml: cannot read {line!r}"
        name = canonicalize_name(CONDA_NAMES.get(found["name"], found["name"]))
        packages[name] = conda_versions(found["versions"])
    return packages, pip_lines


@pytest.fixture(scope="module")
def constraints():
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    return requirements(line for line in lines if line and not line.startswith("#"))


@pytest.fixture(scope="module")
def conda():
    return yaml.safe_load((ROOT / "environment.yml").read_text())


def wanted(extras=("test", "authoring")):
    """Every requirement of the project, with the given extras."""
    groups = [
        PROJECT["dependencies"],
        *(PROJECT["optional-dependencies"][extra] for extra in extras),
    ]
    return requirements(line for group in groups for line in group)


def test_constraints_are_exact_versions_alone(constraints):
    assert len(constraints) > 50
    for requirement in constraints.values():
        assert re.fullmatch(r"==[A-Za-z0-9.]+", str(requirement.specifier)), requirement
        assert not requirement.url and not requirement.extras, requirement


def test_constraints_fit_the_ranges(constraints):
    for name, requirement in wanted(("test", "authoring", "browser", "slides")).items():
        tested = str(constraints[name].specifier).removeprefix("==")
        assert tested in requirement.specifier, f"{requirement} does not allow the tested {tested}"


def test_tests_run_with_the_tested_versions(constraints):
    for name in wanted():
        tested = str(constraints[name].specifier).removeprefix("==")
        assert Version(version(name)).public == Version(tested).public, name


def test_torch_is_one_exact_version():
    assert str(wanted()["torch"].specifier) == "==2.13.0"


def test_this_python_is_one_the_project_supports():
    assert ".".join(map(str, sys.version_info[:3])) in SpecifierSet(PROJECT["requires-python"])


def test_what_a_learner_installs_holds_no_authors_tools():
    assert not set(wanted(extras=())) & {"nbgrader", "jupytext", "nbval", "pytest", "ruff"}
    extra = {"playwright", "sphinx-revealjs", "sphinx-mathjax-offline"}
    assert not extra & set(wanted())  # `make test` does without, and says so


def test_conda_takes_from_one_channel_and_installs_the_course(conda):
    assert conda["channels"] == ["conda-forge"]
    assert conda_packages(conda)[1] == ["-e ."]


def test_conda_and_pip_ask_for_the_same(conda, constraints):
    packages, _ = conda_packages(conda)
    python = packages.pop("python")
    packages.pop("pip")
    assert set(packages) == set(wanted(extras=()))
    for name, versions in packages.items():
        tested = str(constraints[name].specifier).removeprefix("==")
        assert tested in versions, (
            f"environment.yml: {name} {versions} does not allow the tested {tested}"
        )
        if name != "torch":  # conda writes its exact version with one '='
            assert versions == wanted()[name].specifier, name
    assert python == SpecifierSet(PROJECT["requires-python"])


@pytest.mark.parametrize(
    "text, inside, outside",
    [("=2.13.0", "2.13.0", "2.13.1"), ("=3.11", "3.11.7", "3.12.0"), (">=2,<3", "2.4", "3.0")],
)
def test_conda_ranges_are_read_as_conda_means_them(text, inside, outside):
    assert inside in conda_versions(text)
    assert outside not in conda_versions(text)
    assert outside in conda_versions(None)
