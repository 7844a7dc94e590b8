"""Folders are layers: imports go one way, between folders as between files."""

from __future__ import annotations

import ast
import re
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "src" / "gan_lightning"
FILES = sorted(PACKAGE.rglob("*.py"))
# What a docstring of one line does not begin with: it names the thing instead.
INDIRECT = re.compile(r"(What|How|Who|Whether|See the files)\b")


def module_of(file: Path) -> str:
    parts = file.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_of(file): file for file in FILES}


@cache
def imports(file: Path) -> frozenset[str]:
    """The package's modules that a file imports, those for type checkers and those inside functions included."""
    found = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            assert not node.level, f"{file}: write imports in full"
            inner = {f"{node.module}.{name.name}" for name in node.names}
            found |= {module if module in MODULES else node.module for module in inner}
    return frozenset(found & MODULES.keys() - {module_of(file)})


def folder_of(module: str) -> str:
    """The folder that a module lies in; the commands and the version at the top are one each."""
    file = MODULES[module]
    folder = file.parent.relative_to(PACKAGE).as_posix()
    return folder if folder != "." else "version" if file.stem == "version" else "commands"


def assert_acyclic(graph: dict[str, set[str]]) -> None:
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(" imports ".join(reversed(error.args[1])))


@pytest.mark.training
def test_no_file_imports_itself_by_way_of_others() -> None:
    # `gan_lightning.X` loads what the package's own file imports lazily, by name: that file imports nothing for real.
    assert_acyclic({module: set(imports(file)) for module, file in MODULES.items() if module != "gan_lightning"})


def test_folders_are_layers() -> None:
    graph: dict[str, set[str]] = {}
    for module, file in MODULES.items():
        if module != "gan_lightning":
            folder = folder_of(module)
            graph.setdefault(folder, set()).update({folder_of(other) for other in imports(file)} - {folder})
    assert_acyclic(graph)


def test_nothing_imports_the_package_itself() -> None:
    assert not [module for module, file in MODULES.items() if "gan_lightning" in imports(file)]


def test_core_imports_nothing_of_the_package() -> None:
    for module, file in MODULES.items():
        if folder_of(module) == "core":
            assert {folder_of(other) for other in imports(file)} <= {"core"}, module


def test_the_step_alone_is_in_its_file() -> None:
    assert len((PACKAGE / "objective" / "base.py").read_text().splitlines()) < 200


def test_docstrings_name_the_thing() -> None:
    wrong = []
    for file in FILES:
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
                text = ast.get_docstring(node) or ""
                wrong += [f"{module_of(file)}: {text.splitlines()[0]}"] if INDIRECT.match(text) else []
    assert not wrong
