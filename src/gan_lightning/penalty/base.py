"""Protocol of penalties, and the input gradients that most of them need."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, ClassVar, Protocol, runtime_checkable

import torch
from annotated_types import Gt, Le
from torch import Tensor, nn

from gan_lightning.core.errors import UsageError
from gan_lightning.core.rng import StepRNG

Critic = Callable[[Tensor], Tensor]
BatchFraction = Annotated[float, Gt(0), Le(1)]


class Penalty(Protocol):
    """A constraint on the critic: a term of its loss, a projection of its weights after each critic update, or both.

    Gradients with respect to samples come from `input_gradients`, which works under autocast and in an ensemble's vmap.
    Random numbers come from `rng`, by the same calls with the same shapes whenever the term is computed: compiled
    losses and ensembles record these calls once and draw their numbers beforehand.

    Attributes:
        per_sample: True if the term takes the gradient of one sample's score, which batch norm makes meaningless.
        interval: optional. A lazy penalty has a term in every `interval`-th critic update only, see `is_skipped`; one
            without this attribute is computed in every update.
        batch_statistics: optional, True for a penalty with statistics of the whole batch (`distributed.collectives`);
            it is refused with micro-batches.
    """

    per_sample: ClassVar[bool]

    def __call__(self, critic: Critic, real: Tensor, fake: Tensor, rng: StepRNG = ...) -> Tensor | None:
        """The term, a scalar; None in critic updates without one."""
        ...

    def project(self, critic: nn.Module) -> None:
        """Projects the critic's parameters, in place, after each critic update."""
        ...


@runtime_checkable
class AdjustablePenalty(Penalty, Protocol):
    """A penalty whose strength is an argument of its constructor; the doctor's advice is made of it."""

    def stronger(self, points: bool) -> dict[str, float]:
        """Constructor arguments of a stronger penalty; empty if no argument makes it stronger.

        Args:
            points: the data are points of the plane, not images.
        """
        ...


def is_skipped(penalty: Penalty, rng: StepRNG | None) -> bool:
    """True if a lazy penalty has no term in this critic update (lazy regularization, Karras et al. 2020)."""
    return rng is not None and rng.update % int(getattr(penalty, "interval", 1)) != 0


def input_gradients(critic: Critic, inputs: Tensor) -> Tensor:
    """∇D at each input, flattened to [batch, numbers per sample], differentiable in the critic's parameters.

    In single precision at least, under autocast as well: squared norms of many small numbers don't survive bf16.
    """
    with torch.autocast(inputs.device.type, enabled=False):
        inputs = inputs.detach().to(torch.promote_types(inputs.dtype, torch.float32))
        # Scores of different samples don't mix, so the gradient of their sum holds each sample's own.
        if torch._C._functorch.is_batchedtensor(inputs):  # of an ensemble's members: autograd does not work inside vmap
            own: Tensor = torch.func.grad(lambda x: critic(x).sum())(inputs)
            return own.flatten(1)
        inputs.requires_grad_()
        (gradients,) = torch.autograd.grad(critic(inputs).sum(), inputs, create_graph=True)
    return gradients.flatten(1)


def first_fraction(samples: Tensor, fraction: float) -> Tensor:
    """The first `fraction` of the rows. Batches are in random order, so the mean over these rows is unbiased.

    Every rank and micro-batch gives as many rows, and together they are the first rows of the whole batch.

    Raises:
        UsageError: `fraction` of the samples is not a whole number.
    """
    rows = round(len(samples) * fraction)
    if rows == 0 or abs(len(samples) * fraction - rows) > 1e-6:
        raise UsageError(
            f"the penalty's batch_fraction={fraction:g} of {len(samples)} samples is not a whole number: choose "
            "another fraction or data.batch_size (each rank and micro-batch takes the fraction of its own samples)"
        )
    return samples[:rows]
