"""A sweep of a command whose jobs write where the person says leaves no record of Hydra's."""

from __future__ import annotations

from pathlib import Path

import pytest

from gan_lightning.config.validate import CONFIG_DIR
from tests.helper.forked import call


@pytest.mark.training
@pytest.mark.parametrize("before", [None, "mine: true\n"])
def test_what_lies_there_stays(before: str | None, tmp_path: Path) -> None:
    if before is not None:
        (tmp_path / "runs").mkdir()
        (tmp_path / "runs" / "multirun.yaml").write_text(before)
    arguments = ["-m", "study=noise_bound", "size=quick", "study.distances=[0.03],[0.1]"]
    done = call(*arguments, cwd=tmp_path, module="gan_lightning.study.__main__")
    assert done.returncode == 0, done.stderr
    assert len(list(tmp_path.glob("runs/*/noise_bound.csv"))) == 2
    kept = {file.name: file.read_text() for file in (tmp_path / "runs").iterdir() if file.is_file()}
    assert kept == ({} if before is None else {"multirun.yaml": before})


def test_a_refused_job_leaves_nothing(tmp_path: Path) -> None:
    wrong = {"study.__main__": "study=noise_bound seed=", "sample.__main__": "seed=", "evaluate": "seed="}
    for module, overrides in {**wrong, "export.__main__": "standing="}.items():
        done = call("-m", *f"{overrides}-1,-2".split(), cwd=tmp_path, module=f"gan_lightning.{module}")
        assert done.returncode == 1
        assert done.stderr.startswith("error: ")
        assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_every_command_but_train_has_it() -> None:
    for file in CONFIG_DIR.glob("*.yaml"):
        assert ("gan_lightning.config.sweep_file.NoSweepFile" in file.read_text()) == (file.stem != "train"), file
