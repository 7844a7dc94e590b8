"""Observations written by hand."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from gan_lightning.diagnostic.base import Observation, OptimizerRate, Probe
from gan_lightning.objective.base import AdversarialModule
from gan_lightning.objective.gan import GAN


def tiny_gan(family: Any = GAN, **options: Any) -> AdversarialModule:
    """Linear networks on points; the critic has three weights, the generator six."""
    module: AdversarialModule = family(nn.Linear(2, 2), nn.Linear(2, 1), latent_dim=2, **options)
    return module


def probe(
    real: Any = ((0.0, 0.0), (0.0, 2.0)),
    fake: Any = ((3.0, 4.0), (3.0, 6.0)),
    slope: float = 1.0,
    held: Any = (1.0, 1.0),
    trained: Any = None,
    scored: Any = (0.0, 0.0),
) -> Probe:
    """Of a few points; `held`, `trained` and `scored` (of the fakes) are scores."""
    return Probe(
        torch.tensor(real),
        torch.tensor(fake),
        torch.tensor(held),
        torch.tensor(scored),
        None if trained is None else torch.tensor(trained),
        torch.full((len(real),), slope),
    )


def observe(
    module: AdversarialModule | None = None,
    real: Any = (0.0, 0.0),
    fake: Any = (0.0, 0.0),
    lr: tuple[float, float] = (1e-3, 1e-3),
    **seen: Any,
) -> Observation:
    """With scores of a batch; learning rates of the critic and the generator; metrics are empty unless given."""
    return Observation(
        step=seen.pop("step", 1),
        module=module or tiny_gan(),
        metrics=seen.pop("metrics", {}),
        real_score=torch.as_tensor(real),
        fake_score=torch.as_tensor(fake),
        rates={"critic": OptimizerRate(lr[0], 1e-8), "generator": OptimizerRate(lr[1], 1e-8)},
        **seen,
    )


def scores(*values: float) -> Tensor:
    """As a tensor."""
    return torch.tensor(values)
