"""Paths on the command line: any characters, and one line for what can't be a path."""

from __future__ import annotations

import importlib
import os
import re
import types
import typing
from pathlib import Path

import pytest
from hydra.core.override_parser.overrides_parser import OverridesParser

from gan_lightning.config.path_keys import LAST_PARTS, is_path, quote_paths
from gan_lightning.config.train_config import TrainConfig
from gan_lightning.config.validate import CONFIG_DIR
from gan_lightning.core.errors import UsageError
from gan_lightning.core.validation import signature_types
from gan_lightning.evaluate import evaluate
from gan_lightning.sample.__main__ import sample
from tests.helper.forked import call

NAMES = (
    "a=b",
    "c,d",
    "p(q)",
    "hash#1",
    "br[1]",
    "фото",
    "größe",
    "a b",
    " a",
    "it's",
    "{a: 1}",
    "100%",
    "a:b",
    "x\\",
    "~",
)
# Keys that take text which is no path.
NO_PATHS = {
    *(
        "accelerator",
        "augments",
        "best",
        "column",
        "entity",
        "experiment",
        "group",
        "id",
        "key",
        "label",
        "label_key",
        "layer",
        "max_time",
    ),
    *(
        "monitor",
        "name",
        "next",
        "objectives",
        "project",
        "regularizers",
        "score",
        "split",
        "strategy",
        "tags",
        "tracking_uri",
    ),
    *("critic_norm", "default_root_dir", "device", "optimized_metric", "seed", "version", "workspace"),
}


def parsed(argument: str) -> object:
    return OverridesParser.create().parse_override(argument).value()


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "key", ["data.root", "hydra.run.dir", "resume", "metric.extractor.weights", "+data.cache", "data.name"]
)
def test_a_path_may_hold_any_characters(key: str, name: str) -> None:
    (argument,) = quote_paths([f"{key}={name}"])
    assert parsed(argument) == os.path.expanduser(name)


@pytest.mark.parametrize("value", ["null", "runs/x", "'quoted already'", "${oc.env:HOME}/x", "auto", "best"])
def test_what_needs_no_quotes_stays(value: str) -> None:
    assert quote_paths([f"data.root={value}"]) == [f"data.root={value}"]
    assert quote_paths(["seed=1,2", "--config-name=a=b", "out"]) == ["seed=1,2", "--config-name=a=b", "out"]


def test_a_name_of_the_hub_is_no_path_of_another_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    typed = ["data.name=owner/name", "hydra.job.chdir=true"]
    assert quote_paths(typed) == typed
    (tmp_path / "owner").mkdir()
    (tmp_path / "owner" / "name").mkdir()
    assert quote_paths(typed)[0] == f"data.name={tmp_path}/owner/name"


def test_a_sweep_stays_a_sweep_unless_there_is_such_a_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert quote_paths(["-m", "data.root=a,b"])[1] == "data.root=a,b"
    assert quote_paths(["data.root=a,b"]) == ["data.root='a,b'"]
    (tmp_path / "a,b").mkdir()
    assert quote_paths(["-m", "data.root=a,b"])[1] == "data.root='a,b'"


@pytest.mark.parametrize("key", sorted(LAST_PARTS))
@pytest.mark.parametrize(
    ("value", "says"),
    [
        ("x" * 300, "File name too long"),
        ("/dev/null/x", "Not a directory"),
        ("~nouser/x", "there is no user nouser"),
        ("", "is empty"),
        (" ", "is empty"),
        ("a\0b", "can't be a path"),
    ],
)
def test_what_can_not_be_a_path_is_named_by_its_key(key: str, value: str, says: str) -> None:
    with pytest.raises(UsageError, match=rf"^{key}\b.*{says}") as error:
        quote_paths([f"{key}={value}"])
    assert "\n" not in str(error.value)
    assert len(str(error.value)) < 200


def test_every_key_that_takes_text_is_known_to_be_a_path_or_none() -> None:
    """A new key of text is put on one of the two lists."""
    functions = [TrainConfig, sample, evaluate]
    for file in CONFIG_DIR.rglob("*.yaml"):
        for target in re.findall(r"_target_: (gan_lightning\.\S+)", file.read_text()):
            module, _, name = target.rpartition(".")
            functions.append(getattr(importlib.import_module(module), name))
    texts = {
        key
        for function in functions
        for key, hint in signature_types(function).items()
        if hint is str or (isinstance(hint, types.UnionType) and str in typing.get_args(hint))
    }
    assert {key for key in texts if is_path(key)} == LAST_PARTS
    assert not {key for key in texts if not is_path(key)} - NO_PATHS


@pytest.mark.training
def test_a_run_in_a_folder_of_any_name(tmp_path: Path) -> None:
    for name in ("a=b, (q)#1 [1] фото", "~"):
        done = call(*TINY, f"hydra.run.dir={tmp_path}/{name}", cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        assert (tmp_path / name / "config.yaml").exists()


TINY = (
    *("data=ring8", "model=mlp_small", "logger=none", "callback=none", "metric=none"),
    *("trainer.accelerator=cpu", "trainer.max_steps=1", "data.batch_size=16"),
)


def test_paths_stay_where_they_were_typed_when_the_command_moves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    here = ["data.root=photos", "hydra.run.dir=runs/one"]
    assert quote_paths([*here, "hydra.job.chdir=true"])[:2] == [
        f"data.root={tmp_path}/photos",
        "hydra.run.dir=runs/one",
    ]
    assert quote_paths([*here, "hydra.job.chdir=false"])[:2] == here
