from __future__ import annotations

from pathlib import Path

import pytest
from hydra import compose, initialize_config_dir
from hydra.core.hydra_config import HydraConfig

from gan_lightning.config.validate import CONFIG_DIR
from gan_lightning.run.unique_name import UniqueRunDir, make_unique


def test_names_of_one_second_do_not_collide(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three commands that start in the same second, with the default name."""
    monkeypatch.chdir(tmp_path)
    before = HydraConfig.instance().cfg
    with initialize_config_dir(str(CONFIG_DIR), version_base="1.3"):
        config = compose("train", return_hydra_config=True)
    names = []
    for _ in range(3):
        one = config.copy()
        UniqueRunDir().on_run_start(one)
        names.append(Path(one.hydra.run.dir))
        assert names[-1].is_dir()
    HydraConfig.instance().cfg = before
    stamps = {name.name.partition("_wgan")[0] for name in names}
    assert len(set(names)) == 3
    assert len(stamps) > 1 or [n.name for n in names[1:]] == [f"{names[0].name}_2", f"{names[0].name}_3"]


def test_the_second_gets_the_next_number(tmp_path: Path) -> None:
    assert [make_unique(tmp_path / "runs" / "now").name for _ in range(3)] == ["now", "now_2", "now_3"]


def test_a_name_that_was_given_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with initialize_config_dir(str(CONFIG_DIR), version_base="1.3"):
        config = compose("train", ["hydra.run.dir=mine"], return_hydra_config=True)
    UniqueRunDir().on_run_start(config)
    assert config.hydra.run.dir == "mine"
    assert not list(tmp_path.iterdir())
