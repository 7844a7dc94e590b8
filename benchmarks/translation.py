"""How near a run's translations of the held-out inputs come to their targets, and the inputs themselves.

    python -m benchmarks.translation runs/NAME
    python -m benchmarks.translation runs/NAME runs/OTHER --json translation.json

The first score of the run's metric, of the inputs as they are and of the averaged generator's outputs, and the mean
absolute difference of pixels, of 255.
"""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor

from benchmarks.timing import Line, measure_runs
from gan_lightning.config.validate import instantiate
from gan_lightning.core.errors import UsageError
from gan_lightning.data.pixels import convert_channels, to_uint8
from gan_lightning.distributed.collectives import ProcessGroup
from gan_lightning.metric.base import Metric
from gan_lightning.metric.score import Score
from gan_lightning.sample.sampler import Sampler
from gan_lightning.trained.checkpoint import load_generator

SAMPLES = 500


def line_of(run: Path, samples: int) -> Line:
    """The line of a run."""
    trained = load_generator(str(run))
    sampler = Sampler(trained)
    node = trained.part("metric")
    if len(sampler.label_shape) != 3 or not node:
        raise UsageError(f"{run} translates no images, or has no metric")
    metric: Metric = instantiate(node)
    indices = range(min(samples, len(sampler.real)))
    targets = sampler.real.rows[torch.tensor(indices)]
    inputs = convert_channels(sampler.labels(indices), targets.shape[1])
    outputs = to_uint8(sampler(sampler.latents(indices), sampler.labels(indices)))

    def score(images: Tensor) -> Score:
        found = [metric.gather([metric.extract(one)], ProcessGroup.current()) for one in (targets, images)]
        return metric.scores(*found, seed=0, full=False)[0]

    def difference(images: Tensor) -> float:
        return (images.float() - targets.float()).abs().mean().item()

    return {
        "run": run.name,
        "score": score(inputs).name,
        "of inputs": score(inputs).value,
        "of outputs": score(outputs).value,
        "difference of inputs": difference(inputs),
        "of outputs, of 255": difference(outputs),
    }


def main() -> None:
    """Prints the table."""
    measure_runs(__doc__, "objective=pix2pix", line_of, (SAMPLES,), (100,))


if __name__ == "__main__":
    main()
