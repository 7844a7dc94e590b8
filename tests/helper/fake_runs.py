"""Run directories as training, sweeps and evaluation leave them, without any of these."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
from omegaconf import OmegaConf
from PIL import Image

from gan_lightning.logger.csv import CSV
from gan_lightning.run import directory as run_directory
from tests.helper.command import checked

PROVENANCE: dict[str, Any] = {
    "data": "mnist5k",
    "split": "held out",
    "extractor": "digits",
    "weights": "ab12",
    "resize": "none",
    "quantized": True,
    "n_real": 500,
    "n_fake": 5000,
    "ema": True,
    "normalization": "running",
    "seed": 0,
}
_composed: dict[tuple[str, ...], dict[str, Any]] = {}


def make(
    directory: Path,
    *overrides: str,
    seed: int = 0,
    scores: dict[str, float] | None = None,
    evaluated: dict[str, float] | None = None,
    provenance: dict[str, Any] = PROVENANCE,
    real_vs_real: float | None = None,
    steps: int = 200,
    every: int = 10,
    done: bool = True,
    job: dict[str, Any] | None = None,
    estimate: str = "wasserstein",
) -> Path:
    """A run's directory.

    Args:
        directory: made.
        overrides: of its config.
        seed: of its config, and of the noise on its figures.
        scores: last values of columns of metrics.csv, reached from nearly ten times as much.
        evaluated: scores.json, all with `provenance` and `real_vs_real`.
        steps: that it was to have; without `done` it has half of them and no result.
        job: job.json.
    """
    if overrides not in _composed:
        _composed[overrides] = checked("logger=none", *overrides)
    config = json.loads(json.dumps(_composed[overrides])) | {"seed": seed, "run_dir": str(directory)}
    config["objective"]["seed"] = seed
    config["trainer"]["max_steps"] = steps
    directory.mkdir(parents=True)
    OmegaConf.save(OmegaConf.create(config), directory / run_directory.CONFIG)
    noise = np.random.default_rng(seed)
    figures: dict[str, float] = {}
    log = CSV(str(directory))
    for step in range(every, (steps if done else steps // 2) + 1, every):
        left = math.exp(-4 * step / steps)
        figures = {"critic_loss": -left, "critic_grad_norm": 1 + left, estimate: left * float(noise.uniform(0.8, 1.2))}
        above = (left - math.exp(-4)) / (1 - math.exp(-4))
        figures |= {name: last * (1 + 9 * above) for name, last in (scores or {}).items() if step % (2 * every) == 0}
        log.log_metrics(figures, step)
    (directory / "samples").mkdir()
    for step in (0, steps):
        picture = Image.fromarray(noise.integers(0, 255, (120, 120, 3), dtype=np.uint8))
        picture.save(directory / "samples" / f"step_{step:06d}.png")
    if done:
        run_directory.finish_run(str(directory), steps, figures, None)
    if evaluated is not None:
        entries = [
            {"name": k, "value": v, "real_vs_real": real_vs_real, "provenance": provenance}
            for k, v in evaluated.items()
        ]
        (directory / "scores.json").write_text(json.dumps(entries))
    if job is not None:
        (directory / "job.json").write_text(json.dumps({"number": 0, "message": "", "overrides": []} | job))
    return directory


def sweep(place: Path, key: str, values: tuple[Any, ...], *common: str, seeds: int = 2, **more: Any) -> Path:
    """A multirun over a number: w1 is best at the second value, one more or less for each seed."""
    for at, value in enumerate(values):
        for seed in range(seeds):
            number = at * seeds + seed
            overrides = [f"{key}={value}", f"seed={seed}"]
            make(
                place / f"{number}_{overrides[0]}_{overrides[1]}",
                *common,
                overrides[0],
                seed=seed,
                scores={"w1": 10.0 * abs(at - 1) + 5.0 + seed},
                job={"status": "finished", "number": number, "overrides": overrides},
                **more,
            )
    return place
