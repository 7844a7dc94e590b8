"""Samples of an exported generator against torch's."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy

import torch
from torch import Tensor

from gan_lightning.core.errors import UsageError
from gan_lightning.export.inference import example_inputs, inference_module
from gan_lightning.trained.generator import TrainedGenerator

TOLERANCE = 1e-5  # largest difference of samples, where these lie in [-1, 1]
CHECKS = ((1, torch.inf), (2, 0.5), (5, 1.0))  # batch and truncation


def largest_difference(exported: Callable[[dict[str, Tensor]], Tensor], trained: TrainedGenerator) -> float:
    """Largest difference between the samples of an exported generator and torch's, over batches and truncations.

    Of samples that leave [-1, 1], as points and linear outputs do, it is a fraction of the largest.

    Args:
        exported: inputs by name to samples.
        trained: the generator.
    """
    module, worst = inference_module(trained.generator), 0.0
    for seed, (batch, truncation) in enumerate(CHECKS):
        inputs = example_inputs(trained.generator, trained.latent_dim, batch, truncation, seed)
        expected: Tensor = module(*inputs.values())
        difference = (exported(inputs) - expected).abs().max() / expected.abs().max().clamp(min=1)
        worst = max(worst, float(difference))
    return worst


def rounding_error(trained: TrainedGenerator) -> float:
    """The same of torch's samples in double precision: what single precision costs torch itself."""
    exact = deepcopy(inference_module(trained.generator)).double()

    def in_double(inputs: dict[str, Tensor]) -> Tensor:
        samples: Tensor = exact(*(one.double() if one.is_floating_point() else one for one in inputs.values()))
        return samples.float()

    return largest_difference(in_double, trained)


def check_agreement(error: float, file: str, name: str, trained: TrainedGenerator) -> None:
    """Refuses a file whose samples are not torch's.

    Args:
        error: the largest difference.
        file: its name.
        name: of the format.
        trained: the generator.

    Raises:
        UsageError: they differ by more than 1e-5 and by more than torch's differ from those in double precision, or are
            not numbers.
    """
    if not error <= TOLERANCE and not error <= rounding_error(trained):
        raise UsageError(
            f"{file} would differ from torch by {error:.1e}, more than {TOLERANCE:g}: leave format={name} out"
        )
