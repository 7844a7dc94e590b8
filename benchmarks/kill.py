"""Kills runs at random moments and holds what they end with against a run that nobody touched.

    python -m benchmarks.kill --kills 20
    python -m benchmarks.kill --kills 5 --devices 2

Each kill is a `kill -9` of all processes at once: of a run or a sweep somewhere between the first step and the last, or
while the last files are written; of `sample` and `evaluate` anywhere. The same command, typed again, must end with the
same bits: weights, averaged weights, optimizers, metrics, pictures; and no half-written file may stay.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass, replace
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
# The generator has batch norm.
MICRO_BATCHES = ("objective.accumulate=2", "objective.micro_batch_statistics=true")
RING = ("data=ring8", "data.batch_size=32")
POINTS = (*RING, "model=mlp_small")
SMALL = tuple(f"model.{player}.{key}" for player in ("generator", "critic") for key in ("base_width=32", "max_width=8"))
DIGITS = ("data.batch_size=16", "callback.score=null")  # the bundled ones, with classes
PARTS = tuple(f"objective.schedule.{part}_images=160" for part in ("stable", "fade"))


TRAIN, SAMPLE, EVALUATE = "gan_lightning.train", "gan_lightning.sample", "gan_lightning.evaluate"


@dataclass(frozen=True)
class Scenario:
    """A command to kill: it takes a few seconds.

    Attributes:
        name: for the table.
        overrides: what is typed.
        module: of the command.
        directory: the key that names the directory of all results.
        started: a file in it, as a glob pattern, from which on the command may be killed; "": from its beginning on.
        moments: fractions of the time from then to the end, between which it is killed.
        needs: the name of the scenario of which it takes the finished run.
        tolerance: largest difference of a weight; with more than 0, only weights are compared.
    """

    name: str
    overrides: tuple[str, ...]
    module: str = TRAIN
    directory: str = "hydra.run.dir"
    started: str = "metrics.csv"
    moments: tuple[float, float] = (0.0, 1.0)
    needs: str = ""
    tolerance: float = 0.0

    def command(self, directory: str, devices: int = 1) -> list[str]:
        """The command line, with results in `directory`."""
        common = (*COMMON, f"trainer.devices={devices}") if self.module == TRAIN else ()
        return [sys.executable, "-m", self.module, *self.overrides, *common, f"{self.directory}={directory}"]


SWEEP = ("hydra.sweep.dir", "*/metrics.csv")
BIGGAN = "BigGAN, classes, standing statistics"

# 90 training images: an epoch ends in every second step or so, in the middle of a step.
SCENARIOS = (
    Scenario(
        "GAN, batch norm, flips, 2 workers", ("objective=gan", *IMAGES, "data.num_workers=2", "trainer.max_steps=150")
    ),
    Scenario("WGAN, clipped weights, 5 critic updates", ("objective=wgan_clip", *POINTS, "trainer.max_steps=300")),
    Scenario("WGAN-GP, flips, rate decays, accumulate=2", (*IMAGES, *MICRO_BATCHES, "trainer.max_steps=90")),
    Scenario(
        "GAN, relativistic, lazy R1 and R2, points",
        ("objective=relativistic_r1r2", *POINTS, "objective.penalty.interval=3", "trainer.max_steps=400"),
    ),
    Scenario(
        "WGAN-GP as published, 2 workers", ("objective=wgan_gp", *IMAGES, "data.num_workers=2", "trainer.max_steps=40")
    ),
    # 4, 8 and 16 px: 20 steps of each part, killed within a fade or near the end of a level.
    Scenario("ProGAN, flips", ("objective=progan", "model=progressive", *ARRAY, "data.batch_size=8", *SMALL, *PARTS)),
    Scenario("GAN, classes by projection", ("objective=gan", "condition=projection", *DIGITS, "trainer.max_steps=60")),
    Scenario("EBGAN", ("objective=ebgan", "model=mlp_autoencoder", *RING, "trainer.max_steps=300")),
    Scenario("BEGAN, its balance", ("objective=began", "model=mlp_autoencoder", *RING, "trainer.max_steps=300")),
    Scenario("MAGAN, its margin", ("objective=magan", "model=mlp_autoencoder", *RING, "trainer.max_steps=300")),
    Scenario("replay of earlier fakes", ("objective=gan", "objective.pool_size=500", *POINTS, "trainer.max_steps=300")),
    Scenario("ALI", ("objective=ali", "model=mlp_pairs", *RING, "trainer.max_steps=300")),
    Scenario("AAE", ("objective=aae", "model=mlp_latents", *RING, "trainer.max_steps=300")),
    Scenario("VAE-GAN", ("objective=vae_gan", "model=mlp_encoder", *RING, "trainer.max_steps=300")),
    Scenario("EGAN", ("objective=egan", "model=mlp_encoder", *RING, "trainer.max_steps=300")),
    Scenario("SteinGAN", ("objective=steingan", *POINTS, "trainer.max_steps=300")),
    Scenario("Stacked GAN", ("objective=sgan", "model=sgan", *DIGITS, "trainer.max_steps=60")),
    Scenario("InfoGAN", ("objective=infogan", "model=mlp_codes", *RING, "trainer.max_steps=300")),
    Scenario(BIGGAN, ("experiment=biggan_digits", *DIGITS, "trainer.max_steps=12")),
    Scenario("the last files: GIF, curves, summary", (*POINTS, "trainer.max_steps=200"), moments=(0.6, 1.1)),
    Scenario("a sweep of two", ("-m", "seed=0,1", *POINTS, "trainer.max_steps=60"), TRAIN, *SWEEP),
    # Members whose checkpoints are of different steps go on alone for a while: the same mathematics, other roundings.
    Scenario(
        "an ensemble of three, double precision",
        ("-m", "seed=0,1,2", "hydra/launcher=ensemble", *POINTS, "trainer.max_steps=100", "trainer.precision=64-true"),
        TRAIN,
        *SWEEP,
        tolerance=1e-9,
    ),
    Scenario("sample", ("output=[grid,interpolation,images]",), SAMPLE, "out", "", needs=BIGGAN),
    Scenario("evaluate", ("n_fake=500", "standing=4"), EVALUATE, "out", "", needs=BIGGAN),
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
    return subprocess.Popen(
        scenario.command(name, devices),
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
    began = wait_for(scenario, directory / name, process)
    _, wrong = process.communicate(timeout=600)
    if process.returncode:
        raise RuntimeError(f"{scenario.name}: exit code {process.returncode}\n{wrong.decode()}")
    return time.monotonic() - began


def wait_for(scenario: Scenario, results: Path, process: subprocess.Popen[bytes]) -> float:
    """When the command had started to work, or had ended."""
    while scenario.started and not any(results.glob(scenario.started)) and process.poll() is None:
        time.sleep(0.01)
    return time.monotonic()


def kill(scenario: Scenario, name: str, directory: Path, devices: int, after: float) -> bool:
    """Starts a command and kills all its processes so many seconds after its start; whether it still ran.

    Raises:
        RuntimeError: a process of it is left.
    """
    process = start(scenario, name, directory, devices)
    wait_for(scenario, directory / name, process)
    time.sleep(after)
    alive = process.poll() is None
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
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


def differences(one: Path, two: Path, tolerance: float = 0.0) -> list[str]:
    """What differs between the results of two commands, bit for bit; nothing, if all is well.

    Args:
        one: results of a command.
        two: of another.
        tolerance: largest difference of a weight; with more than 0, only weights are compared.
    """
    files = [{file.relative_to(place) for file in place.rglob("*") if file.is_file()} for place in (one, two)]
    unequal = files[0] ^ files[1]  # also what is half-written
    found = [str(file) for file in sorted(unequal) if file.name not in ("previous.ckpt", "output.txt")]
    for file in sorted(files[0] & files[1]):
        if tolerance and file.name == "last.ckpt":
            apart = largest_difference(one / file, two / file)
            found += [f"{file} by {apart:.1e}"] * (apart > tolerance)
        elif not tolerance and not _same_file(one / file, two / file):
            found.append(str(file))
    return found


def largest_difference(one: Path, two: Path) -> float:
    """Of any weight in two checkpoints, averaged ones included."""
    ends = [torch.load(file, weights_only=True)["state_dict"] for file in (one, two)]
    return max(float((ends[0][k].double() - ends[1][k].double()).abs().max()) for k in ends[0])


def _same_file(one: Path, two: Path) -> bool:
    if one.suffix == ".ckpt":
        ends = [torch.load(file, weights_only=True) for file in (one, two)]
        return all(_same(*(e[part] for e in ends)) for part in ("global_step", "state_dict", "optimizer_states"))
    if one.name == "metrics.csv":
        rows = [[{k: v for k, v in row.items() if k != "images_per_second"} for row in read(f)] for f in (one, two)]
        return rows[0] == rows[1]
    timed = (
        "result.json",
        "scores.json",
        "samples.json",
        "config.yaml",
        "job.json",
        "multirun.yaml",
    )  # hold times, or paths
    return one.name in (*timed, "curves.png", "previous.ckpt", "best.ckpt", "output.txt") or (
        one.read_bytes() == two.read_bytes()
    )


def _same(a: object, b: object) -> bool:
    if isinstance(a, torch.Tensor) and isinstance(b, torch.Tensor):
        return a.dtype == b.dtype and torch.equal(a, b)
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(_same(a[k], b[k]) for k in a)
    if isinstance(a, list | tuple) and isinstance(b, list | tuple):
        return len(a) == len(b) and all(map(_same, a, b))
    return a == b


def last_step(results: Path) -> str:
    """The steps of the last checkpoints under a directory, for the table."""
    files = sorted(results.rglob("last.ckpt"))
    return ", ".join(str(torch.load(file, weights_only=True)["global_step"]) for file in files) or "none"


def main(kills: int, devices: int, seed: int, directory: Path) -> int:
    """So many kills over all scenarios in turn; 0 if every command ended as if nothing had happened."""
    rng = random.Random(seed)
    make_images(directory)
    seconds: dict[str, float] = {}
    identical = 0
    print(f"{'#':>3}  {'command':42}  {'killed after':>12}  {'last checkpoint':>15}  identical")

    def whole(scenario: Scenario) -> str:
        """The directory of the scenario's results when nothing kills it."""
        name = f"whole{SCENARIOS.index(scenario)}"
        if name not in seconds:
            seconds[name] = finish(with_run(scenario), name, directory, devices)
        return name

    def with_run(scenario: Scenario) -> Scenario:
        """The scenario, with the run that it needs."""
        needed = [whole(one) for one in SCENARIOS if one.name == scenario.needs]
        return replace(scenario, overrides=(*scenario.overrides, *(f"run={name}" for name in needed)))

    for number in range(1, kills + 1):
        scenario, broken = with_run(SCENARIOS[(number - 1) % len(SCENARIOS)]), f"broken{number}"
        untouched = whole(SCENARIOS[(number - 1) % len(SCENARIOS)])
        after = rng.uniform(*scenario.moments) * seconds[untouched]
        while not kill(scenario, broken, directory, devices, after):
            after *= 0.8  # it was done before: earlier, in another directory
            broken += "x"
        saved = last_step(directory / broken)
        finish(scenario, broken, directory, devices)
        found = differences(directory / untouched, directory / broken, scenario.tolerance)
        identical += not found
        outcome = "yes" if not found else f"NO: {', '.join(found)}"
        print(f"{number:>3}  {scenario.name:42}  {after:10.2f} s  {saved:>15}  {outcome}", flush=True)
    print(f"{kills} kills on {devices} process(es): {identical} commands ended bit for bit as the uninterrupted ones")
    return int(identical != kills)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--devices", type=int, default=1, help="processes of one run")
    parser.add_argument("--seed", type=int, default=0, help="of the moments")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        sys.exit(main(given.kills, given.devices, given.seed, Path(place)))
