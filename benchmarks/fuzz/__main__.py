"""Random wrong input for every command: command lines, images, checkpoints, run directories, kills.

    python -m benchmarks.fuzz --minutes 5
    python -m benchmarks.fuzz --command-lines 2000 --images 1000 --flips 10000 --changed 500 --damaged 500
    python -m benchmarks.fuzz --command-lines 2000 --seed 7

Prints each case that gave a traceback, a crash, a hang, several error lines or none, a file left behind, or a wrong
result; at the end how many were tried. Exits with 1 if there was any. `python -m benchmarks.kill` kills runs.
"""

from __future__ import annotations

import argparse
import itertools
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.fuzz.checkpoints import changed_checkpoints, flipped_bits
from benchmarks.fuzz.command_lines import TRAIN, TRAIN_IMAGES, random_command_lines
from benchmarks.fuzz.forked import run_or_fail
from benchmarks.fuzz.images import damaged_images
from benchmarks.fuzz.result import Result, report
from benchmarks.fuzz.run_directories import damaged_run_directories
from benchmarks.kill import make_images

# Parts of a budget in minutes: cases a minute on one core, measured, times their share of the time.
PER_MINUTE = {"command_lines": 60, "images": 500, "flips": 1000, "changed": 10, "damaged": 15}


def template(directory: Path) -> Path:
    """A working directory with images.npy and two finished runs, runs/points and runs/images."""
    made = directory / "template"
    made.mkdir()
    make_images(made, count=40, size=16)
    fast = ("callback.checkpoint.every=2", "callback.score=null", "callback.curves=null")
    thin = tuple(f"model.{player}.width=4" for player in ("generator", "critic"))
    run_or_fail("gan_lightning.train", (*TRAIN, *thin, *fast, "trainer.max_steps=4", "hydra.run.dir=runs/points"), made)
    run_or_fail("gan_lightning.train", (*TRAIN_IMAGES, *thin, *fast, "hydra.run.dir=runs/images"), made)
    return made


def results(counts: dict[str, int], seed: int, directory: Path) -> Iterator[Result]:
    """So many cases of each kind."""
    made = template(directory)
    checkpoint = made / "runs/points/checkpoints/last.ckpt"
    yield from damaged_images(seed, counts["images"], directory)
    yield from flipped_bits(seed, counts["flips"], checkpoint, directory)
    yield from itertools.islice(changed_checkpoints(seed, made), counts["changed"])
    yield from itertools.islice(damaged_run_directories(seed, made), counts["damaged"])
    yield from itertools.islice(random_command_lines(seed, made), counts["command_lines"])


def main(counts: dict[str, int], seed: int) -> int:
    """Tries so many cases of each kind; 1 if one of them went wrong."""
    os.environ |= {"OMP_NUM_THREADS": "1", "WANDB_MODE": "offline", "COLUMNS": "100"}
    import_everything()
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as home:
        os.environ["XDG_CACHE_HOME"] = str(Path(home, "cache"))
        failed = report(results(counts, seed, Path(home)))
    print(f"seed {seed}, {(time.monotonic() - began) / 60:.1f} minutes: {failed or 'none'} went wrong")
    return int(failed > 0)


def import_everything() -> None:
    """Imports what the commands import, once for all children."""
    import lightning.pytorch  # noqa: F401
    import torch

    import gan_lightning.callback.score
    import gan_lightning.compare.__main__
    import gan_lightning.evaluate
    import gan_lightning.sample.__main__
    import gan_lightning.study.__main__
    import gan_lightning.train  # noqa: F401

    torch.set_num_threads(1)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, help="about; in place of numbers of cases")
    for name in PER_MINUTE:
        parser.add_argument(f"--{name.replace('_', '-')}", type=int, help="number of cases")
    parser.add_argument("--seed", type=int, default=0)
    given = vars(parser.parse_args())
    if given["minutes"] is None and all(given[name] is None for name in PER_MINUTE):
        given["minutes"] = 5
    budget = {name: round((given["minutes"] or 0) * rate) for name, rate in PER_MINUTE.items()}
    numbers = {name: budget[name] if given[name] is None else given[name] for name in PER_MINUTE}
    sys.exit(main(numbers, given["seed"]))
