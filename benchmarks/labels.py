"""How well the samples of a run of data=computed_labels have the number that they are asked for.

    python -m benchmarks.labels runs/NAME
    python -m benchmarks.labels runs/NAME runs/OTHER --json labels.json

Numbers are those of the held-out images, 500 at the most. Of each sample of the averaged generator the same number is
computed: Spearman's rank correlation with the one asked for, and the mean absolute difference, beside that of asking
for nothing (the numbers in another order).
"""

from __future__ import annotations

from pathlib import Path

from benchmarks.timing import Line, measure_runs
from gan_lightning.core.errors import UsageError
from gan_lightning.data.computed_labels import ComputedLabels
from gan_lightning.data.label_functions import FUNCTIONS
from gan_lightning.data.pixels import to_uint8
from gan_lightning.metric.rank_correlation import spearman
from gan_lightning.sample.sampler import Sampler
from gan_lightning.trained.checkpoint import load_generator

SAMPLES = 500


def line_of(run: Path, samples: int) -> Line:
    """The line of a run."""
    trained = load_generator(str(run))
    sampler = Sampler(trained)
    data = sampler.data
    if not isinstance(data, ComputedLabels) or len(sampler.label_shape) != 1:
        raise UsageError(f"{run} has no labels of numbers by data=computed_labels")
    indices = range(min(samples, len(data.held_out)))
    asked = sampler.labels(indices)[:, 0]
    found = FUNCTIONS[data.label](to_uint8(sampler(sampler.latents(indices), asked[:, None])))[:, 0]
    return {
        "run": run.name,
        "label": data.label,
        "from": asked.min().item(),
        "to": asked.max().item(),
        "ρ": spearman(asked.tolist(), found.tolist()),
        "difference": (asked - found).abs().mean().item(),
        "not asked": (asked.roll(1) - found).abs().mean().item(),
    }


def main() -> None:
    """Prints the table."""
    measure_runs(__doc__, "data=computed_labels", line_of, (SAMPLES,), (50,))


if __name__ == "__main__":
    main()
