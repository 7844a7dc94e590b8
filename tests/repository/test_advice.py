"""Every key that a message tells someone to type exists in the config that the message is about."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hydra import compose, initialize_config_dir
from omegaconf import OmegaConf

import gan_lightning.study.catalog  # noqa: F401  registers the resolver sized
from gan_lightning.config.path_keys import OF_HYDRA
from gan_lightning.config.validate import CONFIG_DIR
from tests.repository.test_layers import MODULES, PACKAGE, imports, module_of

COMMANDS = ("train", "sample", "translate", "evaluate", "study")
KEY = re.compile(r"(?<![\w.@/+~}])([a-z_]+(?:\.[a-z_]+)+)(?==)")
CHOICE = re.compile(r"(?<![\w.@/+~])([a-z_]+)=([a-z_0-9]+)\b(?![.\w])")
ONLY = {
    "class_folders.py": ("image_folder",),
    "image_files.py": ("image_folder",),
    "image_folder.py": ("image_folder",),  # data=unpaired_folders puts its own keys in their place
    "split_folders.py": ("image_folder",),
    "value_range.py": ("image_folder", "huggingface"),
    "deep_colour.py": ("image_folder", "huggingface"),  # others read 8 bits
    "convolutional_pair.py": ("array",),
    "base_cached_images.py": ("image_folder", "huggingface"),
    "image_labels.py": ("image_folder",),
    "tar_files.py": ("image_folder",),
    "computed_labels.py": ("computed_labels",),
    "paired_folder.py": ("paired_folder",),
    "npy.py": ("array",),
    "placement.py": tuple(  # endless points have no data.device
        sorted({path.stem for path in (CONFIG_DIR / "data").glob("*.yaml")} - {"ring8", "grid25", "swiss_roll"})
    ),
}  # the data set that its message is raised for
NO_SUCH_KEY = "data=array has no such key"


def _options(group: str) -> list[str]:
    return sorted(path.stem for path in (CONFIG_DIR / group).glob("*.yaml"))


@cache
def _composed(command: str, *overrides: str) -> dict[str, Any]:
    with initialize_config_dir(str(CONFIG_DIR), version_base="1.3"):
        config = compose(command, list(overrides))
    found: dict[str, Any] = OmegaConf.to_container(config)  # type: ignore[assignment]
    return found


def _reached(module: str, seen: set[str]) -> set[str]:
    """The module and all that it imports of the data's folder."""
    if module not in seen and module.startswith("gan_lightning.data"):
        seen.add(module)
        for other in imports(MODULES[module]):
            _reached(other, seen)
    return seen


def _with_data(file: Path, text: str) -> list[dict[str, Any]]:
    """The configs that a message of this file is about: of the data sets that it names or that use it, or all."""
    every = {name: _composed("train", f"data={name}") for name in _options("data")}
    if "data=image_folder" in text:
        return [every["image_folder"]]
    if NO_SUCH_KEY in text:
        return [config for name, config in every.items() if name != "array" and "size" in config["data"]]
    homes = {name: config["data"]["_target_"].rpartition(".")[0] for name, config in every.items()}
    users = [every[name] for name, home in homes.items() if module_of(file) in _reached(home, set())]
    return [every[name] for name in ONLY.get(file.name, ())] or users or list(every.values())


def _somewhere() -> Iterator[dict[str, Any]]:
    yield from (_composed(command) for command in COMMANDS)
    yield _composed("train", "data=computed_labels", "model=unet")
    for group in ("objective", "metric", "logger"):
        yield from (_composed("train", f"{group}={name}") for name in _options(group))
    yield from (_composed("sample", f"output={name}") for name in _options("output"))
    yield from (_composed("study", f"study={name}") for name in _options("study"))
    for group, place in (("penalty", "penalty"), ("schedule", "schedule"), ("loss", "loss")):
        yield from (_composed("train", "objective=gan", f"{group}@objective.{place}={n}") for n in _options(group))


def _messages(file: Path) -> list[str]:
    """The texts of a file's errors, with `{}` for what is filled in."""
    texts = []
    for call in ast.walk(ast.parse(file.read_text())):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "UsageError":
            texts.append("".join(_text(argument) for argument in call.args))
    return texts


def _text(node: ast.AST) -> str:
    if isinstance(node, ast.JoinedStr):
        return "".join(_text(value) for value in node.values)
    if isinstance(node, ast.Constant):
        return str(node.value)
    return "{}" if isinstance(node, ast.FormattedValue) else " ".join(map(_text, ast.iter_child_nodes(node)))


def _has(config: dict[str, Any], key: str) -> bool:
    node: Any = config
    for part in key.split("."):
        node = node.get(part, ...) if isinstance(node, dict) else ...
    return node is not ... or key in OF_HYDRA


@pytest.mark.training
def test_every_key_of_an_advice_exists() -> None:
    wrong = []
    for file in sorted(PACKAGE.rglob("*.py")):
        for text in _messages(file):
            mentions = [
                found[1] for found in KEY.finditer(text.removeprefix("{}: ")) if found.start()
            ]  # first: what was typed
            for key in mentions:
                if key.startswith("data."):
                    there = all(_has(config, key) for config in _with_data(file, text))
                else:
                    there = any(_has(config, key) for config in _somewhere())
                if not there:
                    wrong.append(f"{file.relative_to(PACKAGE)}: {key} in {text[:120]!r}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.training
def test_every_option_of_an_advice_exists() -> None:
    wrong = []
    for file in sorted(PACKAGE.rglob("*.py")):
        for text in _messages(file):
            for group, option in CHOICE.findall(text):
                if (CONFIG_DIR / group).is_dir() and option not in (*_options(group), "null"):
                    wrong.append(f"{file.relative_to(PACKAGE)}: {group}={option} in {text[:120]!r}")
    assert not wrong, "\n".join(wrong)
