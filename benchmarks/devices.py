"""Trains the same config on one process and on two, and prints how far apart the weights end.

    python -m benchmarks.devices

In double precision the runs are the same to rounding. In single precision they are at first; later the kinks of ReLU
and Adam's division amplify the order in which a sum was taken, as they amplify any change of the last digit, and what
agrees is the quality of the samples.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import torch
from omegaconf import OmegaConf
from torch import Tensor

from benchmarks.kill import IMAGES, POINTS, largest_difference, make_images
from gan_lightning.config.validate import instantiate
from gan_lightning.core.rng import new_rng
from gan_lightning.data.ring8 import Ring8
from gan_lightning.logger.csv import last
from gan_lightning.metric.functional import exact_w1, mixture_modes

DOUBLE = ("trainer.precision=64-true", "trainer.max_steps=50")
SINGLE = ("trainer.max_steps=3",)
CRITIC = (
    "objective.n_critic=2",
    "objective.accumulate=2",
    "model.critic.spectral_norm=true",
    "objective.critic_max_norm=1",
)
OBJECTIVES = {
    "GAN, no norm, spectral norm, accumulated": ("objective=gan", "critic_norm=none", *IMAGES, *CRITIC),
    "GAN, hinge, lazy R1": ("objective=r1", "objective.penalty.interval=2", "loss@objective.loss=hinge", *POINTS),
    "WGAN, clipped weights, 5 critic updates": ("objective=wgan_clip", "critic_norm=layer", *IMAGES),
    "WGAN-GP, 2 critic updates": ("objective=wgan_gp", "objective.n_critic=2", *IMAGES),
    "relativistic, R1 and R2": ("objective=relativistic_r1r2", *POINTS),
    "relativistic average, noise in the critic": (
        "objective=relativistic_average",
        *POINTS,
        "model.critic.noise=0.3",
    ),
}
RING = Ring8().density
NO_BATCH_NORM = ("model.generator.norm=none",)


def train(directory: Path, name: str, devices: int, overrides: tuple[str, ...]) -> Path:
    """Runs the command; the run's directory."""
    silent = tuple(f"callback.{one}=null" for one in ("samples", "curves", "progress", "summary"))
    fixed = ("logger=none", "trainer.accelerator=cpu", f"trainer.devices={devices}", f"hydra.run.dir={name}")
    command = [sys.executable, "-m", "gan_lightning.train", *overrides, *fixed, *silent]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    subprocess.run(command, cwd=directory, env=environment, check=True, stdout=subprocess.DEVNULL)
    return directory / name


def apart(directory: Path, overrides: tuple[str, ...]) -> tuple[float, float]:
    """The largest difference of a weight, and of a metric, between one process and two."""
    name = f"run{len(list(directory.iterdir()))}"
    one, two = (train(directory, f"{name}_{devices}", devices, overrides) for devices in (1, 2))
    metrics = [last(run) for run in (one, two)]
    metric = max(abs(metrics[0][k] - metrics[1][k]) for k in metrics[0] if k != "images_per_second")
    return largest_difference(*(run / "checkpoints" / "last.ckpt" for run in (one, two))), metric


def samples(run: Path, count: int = 2500) -> Tensor:
    """Of the averaged generator, from latents that are the same in every run."""
    generator = instantiate(OmegaConf.to_container(OmegaConf.load(run / "config.yaml").model.generator))  # type: ignore[arg-type]
    weights = torch.load(run / "checkpoints" / "last.ckpt", weights_only=True)["state_dict"]
    prefix = "ema.generator."
    generator.load_state_dict({k.removeprefix(prefix): w for k, w in weights.items() if k.startswith(prefix)})
    with torch.no_grad():
        points: Tensor = generator(torch.randn(count, generator.latent_dim, generator=new_rng(0, "benchmark")))
    return points


def main() -> None:
    """All objectives in double and in single precision."""
    with tempfile.TemporaryDirectory() as place:
        directory = Path(place)
        make_images(directory)
        print(f"{'':44}{'64-true, 50 steps':^26}{'32-true, 3 steps':^26}")
        print(f"{'1 process against 2':44}{'weights':>13}{'metrics':>13}{'weights':>13}{'metrics':>13}")
        for name, objective in OBJECTIVES.items():
            without = NO_BATCH_NORM if "model=dcgan_small" in objective else ()
            double, single = (apart(directory, (*objective, *without, *length)) for length in (DOUBLE, SINGLE))
            print(f"{name:44}" + "".join(f"{value:13.1e}" for value in (*double, *single)), flush=True)
        weights, _ = apart(directory, ("objective=gan", *IMAGES, *DOUBLE))
        print(f"{'GAN with batch norm':44}{weights:13.1e}")
        print("\nexperiment=swiss_roll data=ring8, 3,000 steps in single precision, 2,500 samples; seeds 0 to 2")
        for devices in (1, 2):
            print(f"{devices} process(es): {quality(directory, devices)}", flush=True)


def quality(directory: Path, devices: int, seeds: int = 3) -> str:
    """Of the samples that the plain recipe of the toys ends with on ring8, over seeds."""
    real = RING.sample(2500, new_rng(0, "fresh"))
    shares, distances = [], []
    for seed in range(seeds):
        overrides = ("experiment=swiss_roll", "data=ring8", "trainer.max_steps=3000", f"seed={seed}")
        fake = samples(train(directory, f"ring8_{devices}_{seed}", devices, overrides))
        shares.append(mixture_modes(fake, RING.modes, RING.std).high_quality)
        distances.append(exact_w1(real, fake))
    listed = (
        ", ".join(f"{value:{form}}" for value in values) for values, form in ((shares, ".0%"), (distances, ".3f"))
    )
    return "within three sigma {}; exact W1 {}".format(*listed)


if __name__ == "__main__":
    main()
