"""pyproject.toml declares what the package imports, and nothing else; optional packages are imported where needed."""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path

import pytest

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
MODULES = {"hydra-core": "hydra", "pot": "ot", "pillow": "PIL", "wandb-workspaces": "wandb_workspaces"}
MODULES |= {"fonttools": "fontTools", "torch-fidelity": "torch_fidelity"}
# Imported by name, as package data or by Lightning; torchmetrics is also what Lightning computes metrics with.
INDIRECT = {"mlxtend", "torchmetrics"}
# They come with a declared package, whose API they are a part of.
BROUGHT = {"annotated_types": "pydantic", "markupsafe": "jinja2", "yaml": "omegaconf", "packaging": "lightning"}
OPTIONAL = ("tensorboard", "emoji", "fid", "imagenet", "dashboard", "export", "hub", "video")


def modules(requirements: list[str]) -> set[str]:
    names = [re.split(r"[\[<>=! ]", requirement)[0] for requirement in requirements]
    return {MODULES.get(name.lower(), name) for name in names}


def imported(at_start: bool) -> dict[str, Path]:
    """Third-party modules that files import, with a file of each; only those of module level, or all."""
    found = {}
    for file in (ROOT / "src").rglob("*.py"):
        if "template" in file.parts:  # a project of its own
            continue
        tree = ast.parse(file.read_text())
        for node in tree.body if at_start else ast.walk(tree):
            names = [name.name for name in node.names] if isinstance(node, ast.Import) else []
            names += [node.module] if isinstance(node, ast.ImportFrom) and node.module else []
            found |= {name.split(".")[0]: file for name in names}
    ours = {"gan_lightning", "hydra_plugins"}
    return {name: file for name, file in found.items() if name not in sys.stdlib_module_names | ours}


@pytest.mark.training
def test_every_dependency_is_imported() -> None:
    assert modules(PROJECT["dependencies"]) - INDIRECT <= imported(at_start=False).keys()


@pytest.mark.training
def test_every_import_is_declared() -> None:
    declared = modules(PROJECT["dependencies"])
    optional = {m for extra in OPTIONAL for m in modules(PROJECT["optional-dependencies"][extra])}
    for name, file in imported(at_start=False).items():
        assert BROUGHT.get(name, name) in declared | optional, f"{file} imports {name}"


def test_optional_packages_are_imported_where_they_are_used() -> None:
    declared = modules(PROJECT["dependencies"])
    for name, file in imported(at_start=True).items():
        assert BROUGHT.get(name, name) in declared, f"{file} imports {name} before it is needed"


def test_every_requirement_has_a_lower_bound() -> None:
    for requirement in PROJECT["dependencies"]:
        assert ">=" in requirement, requirement


def test_console_scripts_exist() -> None:
    for target in PROJECT["scripts"].values():
        module, function = target.split(":")
        file = (ROOT / "src" / Path(*module.split("."))).with_suffix(".py")
        assert re.search(rf"^(def {function}\b|{function} = )", file.read_text(), re.MULTILINE), target
