"""What a penalty is, and the gradient that most of them need."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, ClassVar, Protocol

import torch
from annotated_types import Gt, Le
from torch import Tensor, nn

from gan_lightning.core.errors import UsageError
from gan_lightning.core.rng import StepRNG

Critic = Callable[[Tensor], Tensor]
BatchFraction = Annotated[float, Gt(0), Le(1)]


class Penalty(Protocol):
    """What holds a critic smooth: a term that joins its loss, a projection after its step, or both.

    Attributes:
        per_sample: whether the term takes the gradient of one sample's score, which batch norm makes meaningless.
    """

    per_sample: ClassVar[bool]

    def __call__(self, critic: Critic, real: Tensor, fake: Tensor, rng: StepRNG = ...) -> Tensor | None:
        """The term, a scalar; None on turns at which there is none."""
        ...

    def project(self, critic: nn.Module) -> None:
        """Brings the critic's parameters back, after each of its steps."""
        ...


def input_gradients(critic: Critic, inputs: Tensor) -> Tensor:
    """∇D at each input, flattened to [batch, numbers per sample], differentiable in the critic's parameters.

    In single precision at least, whatever autocast says: squared norms of many small numbers don't survive bf16.
    """
    with torch.autocast(inputs.device.type, enabled=False):
        inputs = inputs.detach().to(torch.promote_types(inputs.dtype, torch.float32))
        # Scores of different samples don't mix, so the gradient of their sum holds each sample's own.
        if torch._C._functorch.is_batchedtensor(inputs):  # of an ensemble's members: autograd can't look into vmap
            own: Tensor = torch.func.grad(lambda x: critic(x).sum())(inputs)
            return own.flatten(1)
        inputs.requires_grad_()
        (gradients,) = torch.autograd.grad(critic(inputs).sum(), inputs, create_graph=True)
    return gradients.flatten(1)


def first_fraction(samples: Tensor, fraction: float) -> Tensor:
    """The first `fraction` of the rows. Batches are in random order, so that a mean over these estimates the same.

    Every rank and piece gives as many rows, and together they are the first of the whole batch.

    Raises:
        UsageError: that is not a whole number of rows.
    """
    rows = round(len(samples) * fraction)
    if rows == 0 or abs(len(samples) * fraction - rows) > 1e-6:
        raise UsageError(
            f"the penalty's batch_fraction={fraction:g} of {len(samples)} samples is not a whole number: choose another, or "
            "another data.batch_size (ranks and accumulated pieces take the share of their own samples)"
        )
    return samples[:rows]
