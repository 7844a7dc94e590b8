"""Hyper-parameters that all objectives share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypedDict

from torch import nn

from gan_lightning.augment import Augment
from gan_lightning.core.errors import UsageError
from gan_lightning.core.validation import Count, Decay, Index, MediumCount, NonNegative, Positive, Seed, SmallCount
from gan_lightning.objective.nonfinite import PolicyName
from gan_lightning.regularizer import Regularizer


class CommonHyperparameters(TypedDict, total=False):
    """Hyper-parameters that every objective takes.

    Attributes:
        latent_dim: length of the latent vector; the generator's own `latent_dim` where it has one.
        generator_batch: latents of a generator update, as a multiple of the critic's batch.
        adversarial_weight: of the generator's loss beside its regularizers' terms; 0 leaves those alone.
        regularizers: terms of either player's loss beside loss and penalty, by the names that logs give them; those
            that are None are left out.
        augments: augmentations of real and fake samples before the critic scores them in training, in this order; those
            that are None are left out.
        accumulate: micro-batches an update's batch is cut into; same mathematics, less memory. Parts that take
            statistics of the whole batch (batch norm, relativistic average, feature matching, DRAGAN) are refused, …
        micro_batch_statistics: … unless this is true: then they take those of each micro-batch, and the run depends on
            how many there are.
        frozen_critic: blocks of the critic next to the image whose weights are not trained, see `nn.frozen_blocks`.
        pool_size: earlier fakes that are kept, and that the critic sees again in half of its inputs, see
            `objective.fake_pool`; 0: it sees the newest alone.
        critic_max_norm: the critic's gradients are scaled down to this norm; None leaves them.
        generator_max_norm: likewise the generator's.
        ema_decay: of the averaged generator, which sample grids and scores use.
        ema_after: steps before averaging begins.
        seed: everything random in the run follows from it.
        fast_layers: replace layers by drop-in twins with faster kernels, see `nn.fast.swap`.
        penalty_autocast: under bf16-mixed, the critic multiplies in bf16 for its penalty, too; gradients' norms stay in
            single precision.
        on_nan: what to do when a loss or a gradient is not finite: stop, skip the step, or go back to the weights of
            the last checkpoint (rollback).
    """

    latent_dim: Count | None
    generator_batch: SmallCount
    adversarial_weight: NonNegative
    regularizers: Mapping[str, Regularizer | None]
    augments: Mapping[str, Augment | None]
    accumulate: MediumCount
    micro_batch_statistics: bool
    frozen_critic: Index
    pool_size: Index
    critic_max_norm: Positive | None
    generator_max_norm: Positive | None
    ema_decay: Decay
    ema_after: Index
    seed: Seed
    fast_layers: bool
    penalty_autocast: bool
    on_nan: PolicyName


class Hyperparameters(CommonHyperparameters, total=False):
    """Hyper-parameters that objectives without growth take.

    Attributes:
        schedule: factor on both learning rates at step k; None keeps them.
        penalty_schedule: factor on the penalty at step k; None keeps it.
    """

    schedule: Callable[[int], float] | None
    penalty_schedule: Callable[[int], float] | None


def latent_dim_of(generator: nn.Module, given: int | None) -> int:
    """Length of the latents that a generator takes: its own `latent_dim`, or the one given.

    Raises:
        UsageError: neither is there, or they contradict.
    """
    own = getattr(generator, "latent_dim", None)
    if given is not None and own is not None and given != own:
        raise UsageError(f"latent_dim={given}, but the generator takes latents of {own} numbers: leave latent_dim out")
    found = given if given is not None else own
    if not isinstance(found, int):
        raise UsageError(
            f"{type(generator).__name__} has no latent_dim attribute: pass latent_dim=, the length of its input"
        )
    return found
