"""The launcher against the same jobs alone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from omegaconf import OmegaConf

from gan_lightning.config.train_config import TrainConfig
from gan_lightning.logger.csv import read
from gan_lightning.train import train
from tests.helper.command import checked, run, start, wait_for, wait_for_end

pytestmark = pytest.mark.process

SMALL = ("data=ring8", "model=mlp_small", "model.generator.width=8", "model.critic.width=8", "data.batch_size=8")
SMALL += ("trainer.accelerator=cpu", "trainer.precision=64-true", "logger=none")
SWEEP = ("-m", *SMALL, "hydra/launcher=ensemble", "hydra.sweep.dir=sweep")


def test_each_run_leaves_what_it_leaves_alone(tmp_path: Path) -> None:
    options = ("trainer.max_steps=12", "trainer.log_every_n_steps=5", "callback.curves=null", "objective=wgan_gp")
    done = run(*SWEEP, *options, "objective.gp_weight=0.1,1", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stderr.splitlines() == [
        "2 runs, side by side; the metrics are those of 0_objective.gp_weight=0.1",
        "",
        "sweep: 2 finished",
    ]
    assert done.stdout.count("step 12/12") == 1
    ours, alone = tmp_path / "sweep" / "1_objective.gp_weight=1", tmp_path / "alone"
    train(TrainConfig(**checked(*SMALL, *options, "objective.gp_weight=1", f"run_dir={alone}", "resume=auto")))
    assert {p.relative_to(ours) for p in ours.rglob("*")} - {p.relative_to(alone) for p in alone.rglob("*")} == {
        Path("job.json")
    }
    configs = [OmegaConf.load(place / "config.yaml") for place in (ours, alone)]
    assert [Path(config.pop("run_dir")) for config in configs] == [ours, alone]
    assert configs[0] == configs[1]
    last = [torch.load(place / "checkpoints" / "last.ckpt", weights_only=True) for place in (ours, alone)]
    for part in ("state_dict", "optimizer_states"):
        torch.testing.assert_close(last[0][part], last[1][part], rtol=0, atol=1e-9)
    rows = [read(place / "metrics.csv") for place in (ours, alone)]
    for row in (row for table in rows for row in table):
        row.pop("images_per_second")
    torch.testing.assert_close(rows[0], rows[1], rtol=0, atol=1e-9)


def test_a_stopped_sweep_goes_on_and_refused_jobs_leave_the_others(tmp_path: Path) -> None:
    command = (*SWEEP, "callback=none", "+callback@callback.checkpoint=checkpoint", "callback.checkpoint.every=10")
    command += ("trainer.max_steps=300", "objective=wgan_clip", "trainer.devices=1,2", "seed=0,1")
    program = start(*command, cwd=tmp_path)
    sweep = tmp_path / "sweep"
    wait_for(sweep / "1_trainer.devices=1_seed=1" / "checkpoints" / "last.ckpt", program)
    program.terminate()
    said = wait_for_end(program)
    assert program.returncode == 75, said
    assert status(sweep) == ["stopped", "stopped", "failed", "failed"]
    done = run(*command, cwd=tmp_path)
    assert done.returncode == 1
    assert status(sweep) == ["finished", "finished", "failed", "failed"]
    assert "#2 trainer.devices=2 seed=0: failed (trainer.devices=2: an ensemble trains on one device" in done.stderr


def status(sweep: Path) -> list[str]:
    jobs = [json.loads(path.read_text()) for path in sweep.glob("*/job.json")]
    return [job["status"] for job in sorted(jobs, key=lambda job: job["number"])]
