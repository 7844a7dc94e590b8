"""`seed=null` draws a seed, which the run records and keeps."""

from __future__ import annotations

from pathlib import Path

import pytest
from omegaconf import DictConfig, OmegaConf

from gan_lightning.config import drawn_seed
from gan_lightning.core.errors import UsageError
from gan_lightning.run.signature import sign


def drawn(directory: Path, seed: int | None = None) -> int:
    config = OmegaConf.create({"seed": seed, "run_dir": str(directory), "objective": {"seed": "${seed}"}})
    assert isinstance(config, DictConfig)
    drawn_seed.draw_missing_seed(config)
    assert config.objective.seed == config.seed
    return int(config.seed)


@pytest.fixture(autouse=True)
def _restored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(drawn_seed._DRAWN, "")  # undone after the test


def test_each_run_has_its_own(tmp_path: Path) -> None:
    assert drawn(tmp_path, 7) == 7
    several = {drawn(tmp_path) for _ in range(5)}
    assert len(several) == 5
    assert all(0 <= seed < 2**32 for seed in several)


def test_a_run_that_goes_on_keeps_its_seed(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text(sign("seed: 1234\n"))
    assert drawn(tmp_path) == 1234


def test_other_ranks_have_the_seed_of_the_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = drawn(tmp_path)
    monkeypatch.setenv("LOCAL_RANK", "1")
    assert drawn(tmp_path) == first


def test_processes_from_outside_must_be_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TORCHELASTIC_RUN_ID", "1")
    monkeypatch.setenv("WORLD_SIZE", "2")
    with pytest.raises(UsageError, match="would draw different ones: type it"):
        drawn(tmp_path)
