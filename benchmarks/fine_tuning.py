"""Digits 5 to 9 from 50 images: training from scratch against starting from a run on digits 0 to 4, over seeds.

    python -m benchmarks.fine_tuning                              seeds 0 to 2: five minutes of one core
    python -m benchmarks.fine_tuning --seeds 0 --folder kept      and keep the runs
    python -m benchmarks.fine_tuning model=dcgan                  with other settings

For each seed 500 steps on the digits 0 to 4, then 300 steps on the same 50 digits three times: from scratch, with
`start=`, and with the block of the critic next to the image kept as it is (FreezeD, Mo et al. 2020, arXiv:2002.10964).
Scores are frechet/digits of 500 samples against the 2,450 digits 5 to 9 that are held out, along the run.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path
from statistics import mean, stdev
from tempfile import TemporaryDirectory

import numpy as np
import torch

from benchmarks.default_run import QUIET, SCORE
from benchmarks.timing import Line, parser, show, write
from gan_lightning.config.compose import compose_config
from gan_lightning.config.path_keys import quote
from gan_lightning.config.train_config import TrainConfig
from gan_lightning.config.validate import resolve_and_validate
from gan_lightning.core import console
from gan_lightning.data.mnist5k import read_digits
from gan_lightning.logger.csv import read
from gan_lightning.train import train

BEFORE, STEPS, EVERY = 500, 300, 100
IMAGES = 0.02  # share of the digits 5 to 9 that is trained on: 50 of 2,500
ARMS = {"from scratch": [], "start": ["start={old}"], "start, frozen": ["start={old}", "objective.frozen_critic=1"]}


def scores(run: Path, typed: Sequence[str]) -> dict[int, float]:
    """Trains a run; its score by step."""
    settings = ["logger=none", "metric=digits", f"run_dir={quote(run)}", *typed]
    train(TrainConfig(**resolve_and_validate(compose_config("train", settings), TrainConfig)), exclude=QUIET)
    rows = read(run / "metrics.csv")
    return {int(row["step"]): row[SCORE] for row in rows if SCORE in row}


def line_of(arm: str, seed: int | str, found: dict[int, float]) -> Line:
    """A line of the table."""
    return {"run": arm, "seed": str(seed), **{f"step {step}": value for step, value in found.items()}}


def means(arm: str, lines: Sequence[Line]) -> Line:
    """The mean over the seeds, and its standard error."""
    columns = [name for name in lines[0] if name.startswith("step")]
    values = {name: [line[name] for line in lines] for name in columns}
    errors = {name: stdev(of) / len(of) ** 0.5 if len(of) > 1 else 0.0 for name, of in values.items()}
    return {"run": arm, "seed": "mean", **{name: f"{mean(of):.1f} ± {errors[name]:.1f}" for name, of in values.items()}}


def main() -> None:
    """Prints the table."""
    options = parser(__doc__)
    options.add_argument("overrides", nargs="*", help="settings of gan_lightning.train, of all runs")
    options.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2])
    options.add_argument("--folder", type=Path, help="where to keep the runs")
    given = options.parse_args()
    torch.set_num_threads(1)
    warnings.filterwarnings("ignore")
    console.silence_libraries()
    before, steps, every = (4, 4, 2) if given.quick else (BEFORE, STEPS, EVERY)
    fewer = ["metric.n_fake_training=100"] if given.quick else []
    images, labels = read_digits()
    lines: list[Line] = []
    with TemporaryDirectory() as temporary:
        folder = given.folder or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        for name, chosen in (("old", labels < 5), ("new", labels >= 5)):
            np.save(folder / f"{name}.npy", images[chosen].numpy())
        for seed in given.seeds:
            common, old = [f"seed={seed}", *fewer, *given.overrides], folder / f"old_{seed}"
            data = f"data.path={quote(folder / 'old.npy')}"
            scores(old, ["data=array", data, f"trainer.max_steps={before}", f"callback.score.every={before}", *common])
            data = f"data.path={quote(folder / 'new.npy')}"
            few = ["data=array", data, f"data.held_out={1 - IMAGES}", f"trainer.max_steps={steps}"]
            for arm, extra in ARMS.items():
                typed = [one.format(old=quote(old)) for one in extra]
                run = folder / f"{arm.replace(', ', '_').replace(' ', '_')}_{seed}"
                found = scores(run, [*few, f"callback.score.every={every}", *common, *typed])
                lines.append(line_of(arm, seed, found))
                show(lines[-1:])
    show([means(arm, [line for line in lines if line["run"] == arm]) for arm in ARMS], "all")
    write(given.json, lines)


if __name__ == "__main__":
    main()
