"""Multirun, whole: each job its own process, whatever launches it."""

from __future__ import annotations

import json
import signal
from importlib.util import find_spec
from pathlib import Path

import pytest
import torch
from omegaconf import OmegaConf

from gan_lightning.run.claim import claim
from gan_lightning.sweep import report as conductor
from gan_lightning.sweep.names import slug, swept_overrides
from tests.helper.command import run, start, wait_for, wait_for_end

SMALL = (
    *("data=ring8", "model=mlp_small", "objective=wgan_clip", "data.batch_size=8", "trainer.accelerator=cpu"),
    *("logger=none", "callback=none", "+callback@callback.checkpoint=checkpoint", "hydra.sweep.dir=sweep"),
)
LAUNCHERS = {
    "basic": (),
    "joblib": ("hydra/launcher=joblib", "hydra.launcher.n_jobs=2"),
    "submitit_local": ("hydra/launcher=submitit_local", "hydra.launcher.timeout_min=5"),
}


def jobs(sweep: Path) -> dict[str, dict[str, str]]:
    return {p.parent.name: json.loads(p.read_text()) for p in sorted(sweep.glob("*/job.json"))}


def clip_of(directory: Path) -> float:
    weights = torch.load(directory / "checkpoints" / "last.ckpt", weights_only=True)["state_dict"]
    return max(w.abs().max().item() for name, w in weights.items() if name.startswith("critic."))


@pytest.mark.process
@pytest.mark.parametrize(("launcher", "devices"), [("basic", 2), ("joblib", 1), ("submitit_local", 1)])
def test_jobs_have_their_own_values_and_a_failing_one_is_reported(launcher: str, devices: int, tmp_path: Path) -> None:
    options = (*SMALL, *LAUNCHERS[launcher], f"trainer.devices={devices}", "trainer.max_steps=3")
    done = run("-m", *options, "objective.clip=0.01,-1,0.1", cwd=tmp_path)
    sweep = tmp_path / "sweep"
    assert done.returncode == 1, done.stderr
    assert {name: job["status"] for name, job in jobs(sweep).items()} == {
        "0_objective.clip=0.01": "finished",
        "1_objective.clip=-1": "failed",
        "2_objective.clip=0.1": "finished",
    }
    assert done.stderr.strip().splitlines()[-3:] == [
        "sweep: 2 finished, 1 failed",
        "  #1 objective.clip=-1: failed (objective.clip=-1 must be greater than 0)",
        "the same command again skips what is finished and goes on with the rest",
    ]
    for name, clip in (("0_objective.clip=0.01", 0.01), ("2_objective.clip=0.1", 0.1)):
        assert clip_of(sweep / name) == pytest.approx(clip)
        assert OmegaConf.load(sweep / name / "config.yaml").objective.clip == clip
    assert {p.name for p in tmp_path.iterdir()} == {"sweep"}


@pytest.mark.process
def test_sigterm_ends_a_sweep_and_the_same_command_finishes_it(tmp_path: Path) -> None:
    command = ("-m", *SMALL, "callback.checkpoint.every=50", "trainer.max_steps=400", "seed=0,1,2")
    sweep = tmp_path / "sweep"
    program = start(*command, cwd=tmp_path)
    wait_for(sweep / "1_seed=1" / "checkpoints" / "last.ckpt", program)
    program.send_signal(signal.SIGTERM)
    said = wait_for_end(program)
    assert program.returncode == 75, said
    assert [job["status"] for job in jobs(sweep).values()] == ["finished", "stopped", "stopped"]
    assert "sweep: 1 finished, 2 stopped" in said
    finished = (sweep / "0_seed=0" / "checkpoints" / "last.ckpt").stat().st_mtime
    stopped = torch.load(sweep / "1_seed=1" / "checkpoints" / "last.ckpt", weights_only=True)["global_step"]

    (sweep / "0_seed=0" / "job.yaml").touch()  # of a sweep that was killed when its job had ended
    done = run(*command, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert not list(sweep.glob("*/job.yaml"))
    assert "0_seed=0 has its 400 steps already" in done.stderr
    assert "sweep: 3 finished" in done.stderr
    assert (sweep / "0_seed=0" / "checkpoints" / "last.ckpt").stat().st_mtime == finished
    ends = [torch.load(sweep / f"{n}_seed={n}" / "checkpoints" / "last.ckpt", weights_only=True) for n in range(3)]
    assert stopped < 400
    assert [end["global_step"] for end in ends] == [400] * 3
    assert not (sweep / "stop").exists()


@pytest.mark.process
@pytest.mark.skipif(find_spec("hydra_plugins.hydra_optuna_sweeper") is None, reason="an optional extra")
def test_optuna_gets_the_figure_that_it_optimizes(tmp_path: Path) -> None:
    options = (
        *SMALL,
        "+callback@callback.log_metrics=log_metrics",
        "trainer.max_steps=2",
        "objective.clip=interval(0.01,0.1)",
    )
    search = (
        "hydra/sweeper=optuna",
        "hydra.sweeper.n_trials=2",
        "hydra.sweeper.n_jobs=1",
        "optimized_metric=wasserstein",
    )
    done = run("-m", *options, *search, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    best = OmegaConf.load(tmp_path / "sweep" / "optimization_results.yaml")
    values = [json.loads(p.read_text())["optimized_metric"] for p in tmp_path.glob("sweep/*/result.json")]
    assert len(values) == 2
    assert best.best_value == min(values)
    refused = run("-m", *options, *search[:-1], cwd=tmp_path)
    assert refused.returncode == 1
    assert "error: Optuna needs a metric to optimize: give optimized_metric=" in refused.stderr


@pytest.mark.parametrize(
    ("states", "signalled", "code"),
    [
        (("finished", "finished"), None, 0),
        (("finished", "failed", "stopped"), None, 1),
        (("finished", "running"), None, 1),
        (("stopped", "stopped"), None, 75),
        (("finished", "stopped"), "SIGTERM", 75),
        (("failed", "stopped"), "SIGTERM", 75),
        (("finished", "stopped"), "SIGINT", 0),
    ],
)
def test_the_exit_code_says_what_is_left(
    states: tuple[str, ...], signalled: str | None, code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number, status in enumerate(states):
        (tmp_path / str(number)).mkdir()
        job = {"status": status, "number": number, "overrides": [f"seed={number}"], "message": ""}
        (tmp_path / str(number) / "job.json").write_text(json.dumps(job))
    if signalled:
        (tmp_path / "stop").write_text(signalled)
    monkeypatch.setattr(conductor, "_running", [tmp_path])
    assert conductor._report() == code


def test_names_are_short_and_different() -> None:
    assert slug("objective.clip=0.01,0.1") == "objective.clip=0.01,0.1"
    assert slug("data.root=/a/b") != slug("data.root=/a_b")
    assert "/" not in slug("data.root=/a/b")
    long = [slug("x" * 300 + str(n)) for n in range(2)]
    assert long[0] != long[1]
    assert max(map(len, long)) < 100


def test_jobs_are_told_apart_by_what_varies(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GAN_LIGHTNING_COMMON", json.dumps(["data=ring8", "seed=0,1", "objective.clip=0.01"]))
    assert swept_overrides(["data=ring8", "seed=1", "objective.clip=0.01"]) == ["seed=1"]
    assert swept_overrides(["data=ring8", "objective.clip=0.01"]) == ["data=ring8", "objective.clip=0.01"]


def test_a_job_whose_file_is_damaged_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "0_a=1").mkdir()
    (tmp_path / "0_a=1" / "job.json").write_text('{"status": "fin')
    monkeypatch.setattr(conductor, "_running", [tmp_path])
    assert conductor._report() == 1
    assert "0_a=1: failed (its job.json is damaged)" in capsys.readouterr().err


def test_a_sweep_whose_jobs_are_all_refused_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for kept in ((), ("checkpoints",)):
        sweep = tmp_path / "sweep"
        for number in range(2):
            (sweep / str(number)).mkdir(parents=True)
            job = {"status": "failed", "number": number, "overrides": [], "message": "no such key"}
            (sweep / str(number) / "job.json").write_text(json.dumps(job))
        (sweep / "multirun.yaml").touch()
        for name in kept:
            (sweep / "1" / name).mkdir()
        monkeypatch.setattr(conductor, "_running", [sweep])
        assert conductor._report() == 1
        assert sweep.exists() == bool(kept)  # with what one has trained, the records of all are kept
    assert len(list(sweep.glob("*/job.json"))) == 2


def test_one_command_runs_a_sweep_at_a_time(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The second would remove what the first has written of its jobs."""
    (tmp_path / "0_a=1").mkdir()
    (tmp_path / "0_a=1" / "job.json").write_text("")
    config = OmegaConf.create({"optimized_metric": None, "hydra": {"sweeper": {"_target_": "basic"}}})
    config.hydra.sweep = {"dir": str(tmp_path)}
    with claim(tmp_path, "is running the sweep", "hydra.sweep.dir"), pytest.raises(SystemExit) as refused:
        conductor.SweepCallback().on_multirun_start(config)
    assert refused.value.code == 1
    assert "another process is running the sweep in" in capsys.readouterr().err
    assert (tmp_path / "0_a=1" / "job.json").exists()
