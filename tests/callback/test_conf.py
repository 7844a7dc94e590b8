"""Each callback's and each logger's file configures a class, and says what its signature says."""

from __future__ import annotations

import inspect
from pathlib import Path

import pytest
from hydra import compose, initialize_config_dir
from hydra.utils import get_object, instantiate
from omegaconf import OmegaConf

from gan_lightning.callback.doctor import defaults

CONF = Path(__file__).parents[2] / "conf"
FILES = [p for group in ("callback", "logger") for p in sorted((CONF / group).glob("*.yaml"))]
ADDED = {"prune"}  # of a sweep alone, and of an optional extra
BUILDING = [p for p in FILES if p.stem not in ("default", "none")]


@pytest.mark.parametrize("path", BUILDING, ids=lambda p: f"{p.parent.name}/{p.stem}")
def test_file_lists_every_argument_with_its_default(path: Path) -> None:
    node = OmegaConf.to_container(OmegaConf.load(path))
    assert isinstance(node, dict)
    target = node.pop("_target_")
    assert target.rpartition(".")[0] == f"gan_lightning.{path.parent.name}.{path.stem}"
    known = dict(inspect.signature(get_object(target)).parameters)
    if path.parent.name == "logger":
        assert node.pop("directory") == "${run_dir}"
        known.pop("directory")
    if path.stem == "doctor":
        diagnostics = [entry for entry in node.pop("defaults") if entry != "_self_"]
        assert {key: name for entry in diagnostics for key, name in entry.items()} == {
            f"/diagnostic@diagnostics.{name}": name for name in defaults()
        }
        known.pop("diagnostics")
    if path.stem == "score":
        assert node.pop("metric") == "${metric}"
        assert node.pop("defaults") == ["_self_", {"/metric@critic": None}]
        known.pop("metric")
    if path.stem == "prune":  # the one that has no default is a part of a library
        assert node.pop("pruner")["_target_"].startswith("optuna.pruners.")
        known.pop("pruner")
    assert node.keys() == known.keys()
    for name, value in node.items():
        assert value == (list(known[name].default) if isinstance(value, list) else known[name].default)


def test_default_has_every_callback_by_its_name() -> None:
    changes = ["callback.checkpoint.every=25", "callback.samples=null", "~callback.curves"]
    changes += ["callback.doctor.diagnostics.mode_dropping=null"]
    with initialize_config_dir(str(CONF), version_base="1.3"):
        config = compose("callback/default", overrides=changes).callback
    config.score.metric = None
    assert config.samples is None
    assert {path.stem for path in BUILDING if path.parent.name == "callback"} == config.keys() | {"curves"} | ADDED
    built = {name: instantiate(node, _convert_="all") for name, node in config.items() if node}
    assert built["checkpoint"].every == 25
    assert built["doctor"].diagnostics.keys() == defaults().keys() - {"mode_dropping"}
    assert built["summary"].next is None
