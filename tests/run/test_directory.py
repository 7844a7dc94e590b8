from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from omegaconf import OmegaConf

from gan_lightning.core.errors import UsageError
from gan_lightning.run import directory as run_directory
from gan_lightning.run.checkpoint_io import AtomicCheckpointIO
from gan_lightning.sweep import job

CONFIG: dict[str, Any] = {
    "seed": 0,
    "run_dir": "here",
    "data": {"root": "photos", "size": 64, "shape": [3, 64, 64]},
    "objective": {"gp_weight": 10.0, "betas": [0.0, 0.9], "schedule": None, "on_nan": "stop"},
    "trainer": {"max_steps": 10},
}


def changed(**sections: dict[str, Any]) -> dict[str, Any]:
    return {key: value | sections.get(key, {}) if isinstance(value, dict) else value for key, value in CONFIG.items()}


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """The directory of a run with two checkpoints, of steps 10 and 5."""
    run_directory.start_run(str(tmp_path), CONFIG)
    (tmp_path / "metrics.csv").write_text("step\n10\n")
    for name, step in (("last", 10), ("previous", 5)):
        AtomicCheckpointIO().save_checkpoint(
            {"state_dict": {"w": torch.ones(100)}, "optimizer_states": [], "global_step": step},
            tmp_path / "checkpoints" / f"{name}.ckpt",
        )
    return tmp_path


def damage(file: Path, how: str) -> None:
    whole = file.read_bytes()
    middle = whole.index(torch.ones(100).numpy().tobytes()) + 7
    flipped = whole[:middle] + bytes([whole[middle] ^ 16]) + whole[middle + 1 :]
    other = Path(torch.__file__).read_bytes()
    file.write_bytes({"truncated": whole[:-9], "flipped": flipped, "empty": b"", "other": other}[how])


@pytest.mark.parametrize("how", ["truncated", "flipped", "empty", "other"])
def test_auto_falls_back_to_the_newest_valid_checkpoint(
    run: Path, how: str, capsys: pytest.CaptureFixture[str]
) -> None:
    longer = changed(trainer={"max_steps": 20})
    assert run_directory.start_run(str(run), longer, "auto") == (str(run / "checkpoints" / "last.ckpt"), 10)
    assert capsys.readouterr().err == ""
    damage(run / "checkpoints" / "last.ckpt", how)
    assert run_directory.start_run(str(run), longer, "auto") == (str(run / "checkpoints" / "previous.ckpt"), 5)
    said = capsys.readouterr().err
    assert said.startswith(f"warning: {run / 'checkpoints' / 'last.ckpt'} is damaged")
    assert said.endswith("going on from previous.ckpt, step 5\n")
    damage(run / "checkpoints" / "previous.ckpt", how)
    with pytest.raises(UsageError, match=r"last\.ckpt is damaged.*previous\.ckpt is damaged.*no checkpoint is left"):
        run_directory.start_run(str(run), longer, "auto")


def test_auto_starts_a_new_run_without_a_checkpoint(tmp_path: Path) -> None:
    assert run_directory.start_run(str(tmp_path), CONFIG, "auto") is None


@pytest.mark.parametrize(
    ("now", "says"),
    [
        (changed(objective={"gp_weight": 1.0}), "was begun with objective.gp_weight=10.0, not 1.0"),
        (changed(objective={"betas": [0.5, 0.9]}), r"objective.betas=\[0.0, 0.9\], not \[0.5, 0.9\]"),
        (changed(objective={"schedule": {"end_step": 3}}), "was begun with objective.schedule.end_step=None, not 3"),
        (changed(objective={"extra": 1}), "was begun with objective.extra=None, not 1"),
        ({**CONFIG, "seed": 1}, "was begun with seed=0, not 1"),
    ],
)
def test_another_run_does_not_go_on_in_its_place(run: Path, now: dict[str, Any], says: str) -> None:
    with pytest.raises(UsageError, match=says):
        run_directory.start_run(str(run), now, "auto")
    assert "seed: 0" in (run / "config.yaml").read_text()
    assert "gp_weight: 10.0" in (run / "config.yaml").read_text()


def test_keys_that_do_not_change_the_mathematics_may_differ(run: Path) -> None:
    now = changed(data={"root": "elsewhere"}, trainer={"max_steps": 20, "devices": 2}, objective={"on_nan": "skip"})
    assert run_directory.start_run(str(run), {**now, "run_dir": "moved", "logger": {"offline": False}}, "auto")


def test_the_result_is_of_a_finished_run(tmp_path: Path) -> None:
    config = {**CONFIG, "run_dir": str(tmp_path), "resume": "auto"}
    run_directory.start_run(str(tmp_path), config)
    assert not run_directory.is_finished(config)
    run_directory.finish_run(str(tmp_path), 10, {"wasserstein": 2.5, "penalty": 0.1}, "wasserstein")
    assert (run_directory.result(tmp_path) or {})["metrics"]["wasserstein"] == 2.5
    assert run_directory.is_finished(config)
    assert not run_directory.is_finished({**config, "resume": None})
    assert not run_directory.is_finished({**config, "trainer": {"max_steps": 11}})
    run_directory.start_run(str(tmp_path), config, "auto")
    assert run_directory.result(tmp_path) is None


def test_the_metric_to_optimize_must_be_a_column(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"optimized_metric=waserstein is not a column of .*did you mean wasserstein"):
        run_directory.finish_run(str(tmp_path), 10, {"wasserstein": 2.5}, "waserstein")


@pytest.mark.process
def test_two_processes_do_not_train_in_one_directory(tmp_path: Path) -> None:
    hold = "from gan_lightning.run import directory; import sys; h = directory.lock_run_dir(sys.argv[1]); h.__enter__()"
    with run_directory.lock_run_dir(str(tmp_path)):
        done = subprocess.run([sys.executable, "-c", hold, str(tmp_path)], capture_output=True, text=True, check=False)
        assert done.returncode == 1
        assert "another process is training in" in done.stderr
    for _ in range(2):
        done = subprocess.run([sys.executable, "-c", hold, str(tmp_path / "x")], capture_output=True, check=False)
        assert done.returncode == 0, "the lock of a process that is gone is gone"


def test_a_refused_run_changes_nothing(tmp_path: Path, run: Path) -> None:
    def refused(directory: Path) -> None:
        with run_directory.lock_run_dir(str(directory)):
            run_directory.start_run(str(directory), CONFIG, "auto")
            raise UsageError("in the first step")

    before = {p: p.read_bytes() for p in run.rglob("*") if p.is_file()}
    with pytest.raises(UsageError, match="first step"):
        refused(run / "new")
    assert not (run / "new").exists()
    with pytest.raises(UsageError, match="first step"):
        refused(run)
    assert {p: p.read_bytes() for p in run.rglob("*") if p.is_file()} == before


@pytest.mark.parametrize("given", ["checkpoints/last.ckpt", ".", "checkpoints"])
def test_resuming_at_the_last_step_is_refused_with_what_to_type(run: Path, given: str, tmp_path: Path) -> None:
    new = str(tmp_path / "new")
    with pytest.raises(UsageError, match=r"last\.ckpt is of step 10 already.*type trainer\.max_steps=20 for 10 steps"):
        run_directory.start_run(new, CONFIG, str(run / given))
    (tmp_path / "new").mkdir()
    longer = changed(trainer={"max_steps": 11})
    assert run_directory.start_run(new, longer, str(run / given)) == (str(run / "checkpoints" / "last.ckpt"), 10)


def test_a_run_at_its_end_says_so(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run_directory.start_run(str(run), CONFIG, "auto")
    assert "has its 10 steps already; more with trainer.max_steps=..." in capsys.readouterr().err


def test_what_cannot_be_gone_on_from_is_told(run: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(UsageError, match=r"resume=.*empty holds no checkpoint: give a run's directory, or a file"):
        run_directory.start_run(str(tmp_path / "new"), CONFIG, str(tmp_path / "empty"))
    weights = tmp_path / "weights.ckpt"
    AtomicCheckpointIO().save_checkpoint({"state_dict": {"w": torch.ones(1)}, "global_step": 1}, weights)
    with pytest.raises(UsageError, match=r"weights\.ckpt holds weights only"):
        run_directory.start_run(str(tmp_path / "new"), CONFIG, str(weights))


def test_a_result_does_not_outlive_its_cause(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Of a run whose config is gone, damaged, or asked for another metric."""
    config = {**CONFIG, "run_dir": str(tmp_path), "resume": "auto"}
    run_directory.start_run(str(tmp_path), config)
    run_directory.finish_run(str(tmp_path), 10, {"wasserstein": 2.5, "fid": 7.0}, "wasserstein")
    assert job.finish_job(tmp_path, finished(), "fid") == 7.0
    with pytest.raises(job.JobFailed, match="optimized_metric=fidd: did you mean fid"):
        job.finish_job(tmp_path, finished(), "fidd")
    (tmp_path / "config.yaml").rename(tmp_path / "other.yaml")
    assert not run_directory.is_finished(config)
    (tmp_path / "other.yaml").rename(tmp_path / "config.yaml")
    assert run_directory.is_finished(config)
    for damage in ('{"steps": 10, "metr', "[]", '{"steps": 10}', "null"):
        (tmp_path / "result.json").write_text(damage)
        capsys.readouterr()
        assert not run_directory.is_finished(config)
        assert "result.json is damaged: it is made anew when the run ends" in capsys.readouterr().err


def finished() -> job.JobResult:
    return job.JobResult(status="finished", number=0, overrides=[], message="")


def test_a_finished_run_without_metrics_is_not_written_over(tmp_path: Path) -> None:
    run_directory.start_run(str(tmp_path), CONFIG)
    run_directory.finish_run(str(tmp_path), 10, {}, None)
    with pytest.raises(UsageError, match="holds a run already"):
        run_directory.start_run(str(tmp_path), CONFIG)


def test_the_end_of_a_schedule_may_follow_a_longer_run(run: Path) -> None:
    scheduled = changed(objective={"schedule": {"end_step": 10, "final": 0.0}})
    (run / "config.yaml").unlink()
    run_directory.start_run(str(run), scheduled, "auto")
    longer = changed(objective={"schedule": {"end_step": 20, "final": 0.0}}, trainer={"max_steps": 20})
    assert run_directory.start_run(str(run), longer, "auto")
    other = changed(objective={"schedule": {"end_step": 20, "final": 0.5}}, trainer={"max_steps": 20})
    with pytest.raises(UsageError, match=r"was begun with objective\.schedule\.final=0\.0, not 0\.5"):
        run_directory.start_run(str(run), other, "auto")


def test_the_stored_config_finds_its_data_from_any_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "photos").mkdir()
    (tmp_path / "run").mkdir()
    run_directory.start_run("run", CONFIG)
    stored = OmegaConf.load(tmp_path / "run" / "config.yaml")
    assert stored.data.root == str(tmp_path / "photos")
    assert CONFIG["data"]["root"] == "photos"
