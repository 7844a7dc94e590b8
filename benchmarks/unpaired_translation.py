"""How far a run of CycleGAN on changed digits has recovered the pairs that it was not told.

    python -m benchmarks.unpaired_translation runs/NAME
    python -m benchmarks.unpaired_translation runs/NAME runs/OTHER --json unpaired.json

Of held-out digits and the averaged generators, in each direction, with the changes of domain B undone: the first score
of the run's metric; and the share of translations that the digit classifier reads as the class of the digit they were
made of ("kept"). Then the mean absolute difference, of 255, of a digit that went both ways. Beside them what the
classifier reads in the digits themselves, and how often another digit has the same class.
"""

from __future__ import annotations

from pathlib import Path
from typing import cast

import torch
from torch import Tensor

from benchmarks.timing import Line, measure_runs
from gan_lightning.config.validate import instantiate
from gan_lightning.core.errors import UsageError
from gan_lightning.core.translation_direction import TranslationDirection
from gan_lightning.data.computed_domain import ComputedDomain
from gan_lightning.data.domain_changes import change, undo
from gan_lightning.data.pixels import to_float, to_uint8
from gan_lightning.distributed.collectives import ProcessGroup
from gan_lightning.extractor.digits import Digits
from gan_lightning.metric.base import Metric
from gan_lightning.trained.checkpoint import load_generator
from gan_lightning.trained.direction import both_ways

SAMPLES = 500


def agreement(images: Tensor, label: Tensor) -> float:
    """Share of digits, uint8 [N, 1, H, W], that the digit classifier reads as these classes."""
    probabilities = Digits()(images).probabilities
    assert probabilities is not None
    return (probabilities.argmax(1) == label).double().mean().item()


def line_of(run: Path, samples: int) -> Line:
    """The line of a run."""
    trained = load_generator(str(run))
    translate, node = both_ways(trained), trained.part("metric")
    data = trained.data("the comparison")
    if translate is None or not node or not isinstance(data, ComputedDomain):
        raise UsageError(f"{run} does not translate between computed domains, or has no metric")
    metric: Metric = instantiate(node)
    table = data.of.held_out
    rows = torch.arange(min(samples, len(table)))
    a, label = table.rows[rows], cast(Tensor, table.labels)[rows]
    b = change(a, data.changes)

    def translated(images: Tensor, direction: TranslationDirection) -> Tensor:
        return to_uint8(torch.cat([translate(part, direction) for part in torch.split(to_float(images), 100)]))

    def score(fake: Tensor, real: Tensor) -> float:
        found = [metric.gather([metric.extract(one)], ProcessGroup.current()) for one in (real, fake)]
        return metric.scores(*found, seed=0, full=False)[0].value

    def difference(images: Tensor, others: Tensor) -> float:
        return (images.float() - others.float()).abs().mean().item()

    there, back = translated(a, "a_to_b"), translated(b, "b_to_a")
    return {
        "run": run.name,
        "A to B": score(undo(there, data.changes), a),
        "B to A": score(back, a),
        "kept, A to B": agreement(undo(there, data.changes), label),
        "kept, B to A": agreement(back, label),
        "cycle of A": difference(translated(there, "b_to_a"), a),
        "cycle of B": difference(translated(back, "a_to_b"), b),
        "digits themselves": agreement(a, label),
        "another digit": (label == label[torch.randperm(len(label), generator=torch.Generator().manual_seed(0))])
        .double()
        .mean()
        .item(),
    }


def main() -> None:
    """Prints the table."""
    measure_runs(__doc__, "objective=cyclegan data=computed_domain", line_of, (SAMPLES,), (100,))


if __name__ == "__main__":
    main()
