"""Suggestions come from conf/ and from the person's own config directories."""

from __future__ import annotations

from pathlib import Path

import pytest
from hydra import compose, initialize_config_dir
from hydra.errors import HydraException

from gan_lightning.config.explain import explain_hydra_error
from gan_lightning.config.search_path import SearchPath
from gan_lightning.config.validate import CONFIG_DIR
from tests.helper.forked import call

FILES = {
    "myown.yaml": "defaults: [train, _self_]\n",
    "data/mine.yaml": "{_target_: gan_lightning.data.ring8.Ring8, batch_size: 16, shape: [2]}\n",
    "objective/mine.yaml": "# @package _global_\ndefaults: [gan, _self_]\nobjective: {noise: 1}\n",
    "style/plain.yaml": "# @package _global_\nseed: 3\n",
}


@pytest.fixture
def conf(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        file = tmp_path / "conf" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return tmp_path / "conf"


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("data=mien", "data=mien does not exist: did you mean mine?"),
        ("experimnt=ring8", "experimnt is not a key of the config: did you mean experiment?"),
        ("objective=mine objective.noize=1", "objective.noize is not a key of objective: did you mean noise?"),
        ("data=mine objective=mine max_steps=3", "type trainer.max_steps=3"),
        ("style=plain", "style is not among the config's defaults: type +style=plain"),
        ("stile=plain", "stile is not a key of the config: did you mean style?"),
        ("+style=plane", "style=plane does not exist: did you mean plain?"),
        ("loss=hinge objective=mine", "loss has no place of its own: type loss@objective.loss=hinge"),
        ("diagnostic=mode_dropping", "type +diagnostic@callback.doctor.diagnostics.NAME=mode_dropping"),
        ("metric=none metric._target_=mine.Metric", "metric has no part to replace: type +metric._target_=mine.Metric"),
        ("callback.mine._target_=mine.Callback", "type +callback.mine._target_=mine.Callback"),
        ("model.genrator._target_=mine.Net", "model.genrator is not a key of model: did you mean generator?"),
        ("logger._target_=mine.Logger", "logger holds parts by name: type +logger.NAME._target_=mine.Logger"),
        ("data=ring8 data._target_=mine.Data data.file=x", "that mine.Data replaces: type +data.file=x"),
        ("data=mine data.classes=3", "data.classes is not in the config of data, but its class takes it: type +data"),
        ("data=mine data.helds_out=3", "data.helds_out is not a key of data: did you mean held_out?"),
        ("output=grid", "output is not a key of the config: known: callback, condition"),
    ],
)
def test_suggestions(typed: str, says: str, conf: Path) -> None:
    overrides = typed.split()
    with initialize_config_dir(str(CONFIG_DIR), version_base="1.3"), pytest.raises(HydraException) as error:
        compose("train", [*overrides, f"hydra.searchpath=['file://{conf}']"])
    for options in (["--config-dir", str(conf)], ["-cd", str(conf)], [f"hydra.searchpath=['file://{conf}']"]):
        refusal = str(explain_hydra_error(error.value, overrides, SearchPath.of([*options, *overrides])))
        assert says in refusal
        assert "\n" not in refusal


@pytest.mark.training
@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("--config-name myowm", "--config-name=myowm does not exist: did you mean myown?"),
        ("--config-name myown data=mien", "did you mean mine?"),
        ("+stile=plain", "stile is not a key of the config: did you mean style?"),
        ("-m data=mien seed=1,2", "data=mien does not exist: did you mean mine?"),
        ("-m seed=1,2 data=mine data.batchsize=3", "data.batchsize is not a key of data: did you mean batch_size?"),
    ],
)
def test_suggestions_of_the_command(typed: str, says: str, conf: Path) -> None:
    done = call("--config-dir", "conf", *typed.split(), "logger=none", cwd=conf.parent)
    assert done.returncode == 1
    assert says in done.stderr, done
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("typed", "name", "places"),
    [
        ("-c job seed=1", "train", ["CONF"]),
        ("--config-dir mine -m", "train", ["mine", "CONF"]),
        ("-cd=mine --config-name own", "own", ["mine", "CONF"]),
        ("--config-dir", "train", ["CONF"]),
        ("-cp there hydra.searchpath=[file://more,pkg://other.conf]", "train", ["there", "more", "pkg://other.conf"]),
        ("hydra.searchpath=[broken", "train", ["CONF"]),
    ],
)
def test_the_places_of_a_command_line(typed: str, name: str, places: list[str]) -> None:
    found = SearchPath.of(typed.split())
    absolute = [
        one if "://" in one else f"file://{CONFIG_DIR if one == 'CONF' else Path(one).absolute()}" for one in places
    ]
    assert (found.name, list(found.places)) == (name, absolute)
