"""Kills runs at random moments and holds what they end with against a run that nobody touched.

    python -m benchmarks.kill --kills 20
    python -m benchmarks.kill --kills 5 --devices 2

Each kill is a `kill -9` somewhere between the first step and the last. The same command, typed again, must end with
the same bits: weights, averaged weights, optimizers, figures and pictures.
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from gan_lightning.logger.csv import read

COMMON = (
    "logger=none",
    "trainer.accelerator=cpu",
    "trainer.log_every_n_steps=5",
    "trainer.val_check_interval=6",
    "callback.checkpoint.every=4",
    "callback.samples.every=20",
    "callback.summary=null",
    "resume=auto",
)
ARRAY = ("data=array", "data.path=images.npy", "data.flip=true")
IMAGES = (*ARRAY, "data.batch_size=16", "model=dcgan_small")
POINTS = ("data=ring8", "data.batch_size=32", "model=mlp_small")
SMALL = tuple(f"model.{player}.{key}" for player in ("generator", "critic") for key in ("base_width=32", "max_width=8"))
PARTS = tuple(f"objective.schedule.{part}_images=160" for part in ("stable", "fade"))


@dataclass(frozen=True)
class Scenario:
    """A run to kill: a few seconds long."""

    name: str
    overrides: tuple[str, ...]


# 90 training images: an epoch ends in every second step or so, in the middle of a turn.
SCENARIOS = (
    Scenario(
        "GAN, batch norm, flips, 2 workers", ("objective=gan", *IMAGES, "data.num_workers=2", "trainer.max_steps=150")
    ),
    Scenario("WGAN, clipped weights, 5 critic turns", ("objective=wgan_clip", *POINTS, "trainer.max_steps=300")),
    Scenario("WGAN-GP, flips, rate decays, 2 pieces", (*IMAGES, "objective.accumulate=2", "trainer.max_steps=90")),
    Scenario(
        "GAN, relativistic, lazy R1 and R2, points",
        ("objective=relativistic_r1r2", *POINTS, "objective.penalty.interval=3", "trainer.max_steps=400"),
    ),
    Scenario(
        "WGAN-GP as published, 2 workers", ("objective=wgan_gp", *IMAGES, "data.num_workers=2", "trainer.max_steps=40")
    ),
    # 4, 8 and 16 px: 20 steps of each part, killed within a fade or near the end of a level.
    Scenario("ProGAN, flips", ("objective=progan", "model=progressive", *ARRAY, "data.batch_size=8", *SMALL, *PARTS)),
)


def make_images(directory: Path, count: int = 100, size: int = 16) -> None:
    """Grey images of discs."""
    chance = np.random.default_rng(0)
    y, x = np.mgrid[:size, :size]
    centers, radii = chance.uniform(5, size - 5, (count, 2)), chance.uniform(2, 5, count)
    apart = np.hypot(y - centers[:, 0, None, None], x - centers[:, 1, None, None])
    np.save(directory / "images.npy", (255 / (1 + np.exp(2 * (apart - radii[:, None, None])))).astype(np.uint8))


def start(scenario: Scenario, name: str, directory: Path, devices: int) -> subprocess.Popen[bytes]:
    """The command, as the leader of its own group of processes."""
    overrides = (*scenario.overrides, *COMMON, f"trainer.devices={devices}", f"hydra.run.dir={name}")
    return subprocess.Popen(
        [sys.executable, "-m", "gan_lightning.train", *overrides],
        cwd=directory,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )


def finish(scenario: Scenario, name: str, directory: Path, devices: int) -> float:
    """Runs to the end; the seconds from the first step on.

    Raises:
        RuntimeError: the command failed; with its last words.
    """
    process = start(scenario, name, directory, devices)
    began = wait_for(directory / name / "metrics.csv", process)
    _, wrong = process.communicate(timeout=300)
    if process.returncode:
        raise RuntimeError(f"{scenario.name}: exit code {process.returncode}\n{wrong.decode()}")
    return time.monotonic() - began


def wait_for(file: Path, process: subprocess.Popen[bytes]) -> float:
    """When the file was there, or the process gone."""
    while not file.exists() and process.poll() is None:
        time.sleep(0.01)
    return time.monotonic()


def kill(scenario: Scenario, name: str, directory: Path, devices: int, after: float) -> bool:
    """Starts a run and kills its first process so many seconds after the first step; whether it was still there."""
    process = start(scenario, name, directory, devices)
    wait_for(directory / name / "metrics.csv", process)
    time.sleep(after)
    alive = process.poll() is None
    process.kill()
    process.communicate()
    deadline = time.monotonic() + 60
    while _group_lives(process.pid):
        if time.monotonic() > deadline:
            raise RuntimeError(f"{scenario.name}: processes outlive their first by a minute")
        time.sleep(0.05)
    return alive


def _group_lives(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def differences(one: Path, two: Path) -> list[str]:
    """What differs between the ends of two runs, bit for bit; nothing, if all is well."""
    ends = [torch.load(run / "checkpoints" / "last.ckpt", weights_only=True) for run in (one, two)]
    found = [part for part in ("global_step", "state_dict", "optimizer_states") if not _same(*(e[part] for e in ends))]
    rows = [
        [{k: v for k, v in r.items() if k != "images_per_second"} for r in read(d / "metrics.csv")] for d in (one, two)
    ]
    pictures = [{p.name: p.read_bytes() for p in (d / "samples").glob("*.png")} for d in (one, two)]
    return found + ["metrics.csv"] * (rows[0] != rows[1]) + ["samples"] * (pictures[0] != pictures[1])


def _same(a: object, b: object) -> bool:
    if isinstance(a, torch.Tensor) and isinstance(b, torch.Tensor):
        return a.dtype == b.dtype and torch.equal(a, b)
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(_same(a[k], b[k]) for k in a)
    if isinstance(a, list | tuple) and isinstance(b, list | tuple):
        return len(a) == len(b) and all(map(_same, a, b))
    return a == b


def largest_difference(one: Path, two: Path) -> float:
    """Of any weight, averaged ones included."""
    ends = [torch.load(run / "checkpoints" / "last.ckpt", weights_only=True)["state_dict"] for run in (one, two)]
    return max(float((ends[0][k].double() - ends[1][k].double()).abs().max()) for k in ends[0])


def main(kills: int, devices: int, seed: int, directory: Path) -> int:
    """So many kills over all scenarios in turn; 0 if every run ended as if nothing had happened."""
    chance = random.Random(seed)
    make_images(directory)
    seconds: dict[str, float] = {}
    identical = 0
    print(f"{'#':>3}  {'run':42}  {'killed after':>12}  {'last checkpoint':>15}  {'weights differ by':>17}  identical")
    for number in range(1, kills + 1):
        scenario = SCENARIOS[(number - 1) % len(SCENARIOS)]
        whole, broken = f"whole{SCENARIOS.index(scenario)}", f"broken{number}"
        if whole not in seconds:
            seconds[whole] = finish(scenario, whole, directory, devices)
        after = chance.uniform(0, seconds[whole])
        while not kill(scenario, broken, directory, devices, after):
            after /= 2  # it was done before: earlier, in another directory
            broken += "x"
        last = directory / broken / "checkpoints" / "last.ckpt"
        saved = torch.load(last, weights_only=True)["global_step"] if last.exists() else 0
        finish(scenario, broken, directory, devices)
        found = differences(directory / whole, directory / broken)
        identical += not found
        weights = largest_difference(directory / whole, directory / broken)
        verdict = "yes" if not found else f"NO: {', '.join(found)}"
        print(
            f"{number:>3}  {scenario.name:42}  {after:10.2f} s  {f'step {saved}':>15}  {weights:17.1e}  {verdict}",
            flush=True,
        )
    print(f"{kills} kills on {devices} process(es): {identical} runs ended bit for bit as the uninterrupted ones")
    return int(identical != kills)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--devices", type=int, default=1, help="processes of one run")
    parser.add_argument("--seed", type=int, default=0, help="of the moments")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        sys.exit(main(given.kills, given.devices, given.seed, Path(place)))
