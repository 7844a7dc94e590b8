"""Standing statistics: batch norm's statistics recomputed for sampling."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from gan_lightning.nn.labels import bind_labels


def batch_norms(generator: nn.Module) -> list[_BatchNorm]:
    """Batch norms with running statistics."""
    return [m for m in generator.modules() if isinstance(m, _BatchNorm) and m.running_mean is not None]


@torch.no_grad()
def compute_standing_statistics(generator: nn.Module, batches: Iterable[tuple[Tensor, Tensor]]) -> None:
    """Standing statistics (Brock et al. 2019, arXiv:1809.11096, section 2): means over batches of fresh latents.

    They replace the running statistics, in place. Those of an averaged generator are copied from the generator in
    training, which has other weights, and lag behind it. These are its own. Unlike in
    `torch.optim.swa_utils.update_bn`, other layers stay in eval mode: spectral norm's vectors are constant.

    Args:
        generator: in eval mode.
        batches: latents [batch, latent_dim] and classes [batch], one forward pass each.
    """
    norms = batch_norms(generator)
    momenta = [norm.momentum for norm in norms]
    try:
        for norm in norms:
            norm.reset_running_stats()
            norm.training, norm.momentum = True, None  # the plain mean over passes
        for latent, label in batches:
            bind_labels(generator, label)(latent)
    finally:
        for norm, momentum in zip(norms, momenta, strict=True):
            norm.training, norm.momentum = False, momentum


@contextmanager
def standing_statistics(generator: nn.Module, batches: Iterable[tuple[Tensor, Tensor]]) -> Iterator[None]:
    """Inside the `with`, batch norm has standing statistics; after it those from before, bit for bit.

    Args:
        generator: see `compute_standing_statistics`.
        batches: see `compute_standing_statistics`.
    """
    buffers = [buffer for norm in batch_norms(generator) for buffer in norm.buffers()]
    before = [buffer.clone() for buffer in buffers]
    try:
        compute_standing_statistics(generator, batches)
        yield
    finally:
        for buffer, value in zip(buffers, before, strict=True):
            buffer.copy_(value)
