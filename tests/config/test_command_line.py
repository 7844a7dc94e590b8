from __future__ import annotations

import os
from pathlib import Path

import pytest

from gan_lightning.config.command_line import preprocess_argv
from gan_lightning.config.path_keys import quote
from gan_lightning.core.errors import UsageError
from gan_lightning.trainer.default import build


@pytest.fixture
def run(tmp_path: Path) -> Path:
    directory = tmp_path / "it's mine, a=b"
    directory.mkdir()
    (directory / "config.yaml").write_text("seed: 3\n")
    return directory


def test_a_run_becomes_its_own_config_in_its_own_directory(run: Path) -> None:
    arguments = preprocess_argv([f"run={run}", "trainer.max_steps=7"])
    assert not any(argument == f"--config-path={run}" for argument in arguments), "Hydra reads no file of a run"
    assert f"hydra.run.dir={quote(run)}" in arguments
    assert arguments[-2:] == ["resume=auto", "trainer.max_steps=7"]


def test_paths_survive_hydras_grammar(run: Path) -> None:
    from hydra.core.override_parser.overrides_parser import OverridesParser

    parsed = OverridesParser.create().parse_override(f"run_dir={quote(run)}")
    assert parsed.value() == str(run)


def test_a_directory_without_a_run_is_refused(run: Path) -> None:
    with pytest.raises(UsageError, match=f"holds no run: the newest beside it is {run}"):
        preprocess_argv([f"run={run.parent / 'other'}"])


@pytest.mark.parametrize("choice", ["objective=gan", "logger=none", "loss@objective.loss=hinge", "experiment=ring8"])
def test_parts_of_a_run_stay(run: Path, choice: str) -> None:
    with pytest.raises(UsageError, match=f"own parts, {choice} can't be chosen"):
        preprocess_argv([f"run={run}", choice])


def test_ranks_started_from_outside_need_one_directory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORLD_SIZE", "2")
    assert preprocess_argv(["seed=1"]) == ["seed=1"], "ranks that we started have their directory"
    monkeypatch.setenv("TORCHELASTIC_RUN_ID", "none")
    with pytest.raises(UsageError, match=r"name one directory for all of them \(hydra.run.dir=runs/NAME\)"):
        preprocess_argv(["seed=1"])
    assert preprocess_argv(["seed=1", "hydra.run.dir=runs/x"]) == ["seed=1", "hydra.run.dir=runs/x"]


def test_srun_must_start_as_many_as_train(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLURM_STEP_NUM_TASKS", "4")
    for arguments in ({}, {"devices": 2}, {"devices": [0, 1], "num_nodes": 4}):
        with pytest.raises(UsageError, match="4 processes were started from outside"):
            build(accelerator="cpu", **arguments)  # type: ignore[arg-type]


def test_a_job_without_srun_starts_its_ranks_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLURM_NTASKS", "2")
    preprocess_argv(["trainer.devices=2"])
    assert "SLURM_NTASKS" not in os.environ
    monkeypatch.setenv("SLURM_NTASKS", "2")
    monkeypatch.setenv("SLURM_STEP_ID", "0")
    preprocess_argv(["trainer.devices=2"])
    assert os.environ["SLURM_NTASKS"] == "2"


STORED = "trainer: {max_steps: 3000}\nobjective: {schedule: {end_step: 3000}, penalty_schedule: {end_step: 500}}\n"


@pytest.mark.parametrize(
    ("typed", "added"),
    [
        (["trainer.max_steps=6000"], ["objective.schedule.end_step=6000"]),
        (["trainer.max_steps=6000", "objective.schedule.end_step=4000"], []),
        (["trainer.max_steps=2000"], ["objective.schedule.end_step=2000"]),
        (["trainer.max_steps=3000"], []),
        (["trainer.devices=2"], []),
    ],
)
def test_a_schedule_that_ended_with_the_run_follows_its_new_length(
    run: Path, typed: list[str], added: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    (run / "config.yaml").write_text(STORED)
    assert preprocess_argv([f"run={run}", *typed])[-len(added + typed) :] == [*added, *typed]
    assert capsys.readouterr().err.count("follows trainer.max_steps") == len(added)


def test_a_run_in_the_users_folder_is_found(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(run.parent))
    assert preprocess_argv([f"run=~/{run.name}"]) == preprocess_argv([f"run={run}"])
