"""Freezing a network while its opponent is updated."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import cast

import torch
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm
from torch.nn.utils.parametrizations import _SpectralNorm
from torch.nn.utils.parametrize import is_parametrized


class Freezer:
    """Freezes a network during the update of its opponent, then restores it.

    A frozen network still passes gradients through to its inputs, but its parameters get none and its buffers do not
    change: batch norm normalizes by the batch as usual without updating its running statistics, spectral norm keeps its
    singular vectors. The layers are collected once: the network must not gain or lose layers afterwards.
    """

    def __init__(self, network: nn.Module) -> None:
        self.parameters = [p for p in network.parameters() if p.requires_grad]
        self.norms = [m for m in network.modules() if isinstance(m, _BatchNorm) and m.track_running_stats]
        self.spectral = SpectralNormUpdates(network)

    @contextmanager
    def __call__(self) -> Iterator[None]:
        """The network is frozen inside the `with`."""
        try:
            self._set(requires_grad=False, track=False)
            with self.spectral.paused():
                yield
        finally:
            self._set(requires_grad=True, track=True)

    def _set(self, requires_grad: bool, track: bool) -> None:
        for parameter in self.parameters:
            parameter.requires_grad_(requires_grad)
        for norm in self.norms:
            # In eval mode the running statistics must stay in use.
            norm.track_running_stats = track or not norm.training


class SpectralNormUpdates:
    """One power iteration of spectral norm per update (Miyato et al. 2018, arXiv:1802.05957, algorithm 1).

    Torch's parametrization takes one per forward pass instead, so that reals, fakes and penalty of one critic update
    would each have a critic of slightly different weights, and micro-batches and devices would disagree.
    """

    def __init__(self, network: nn.Module) -> None:
        self.layers = [
            (layer, name, norm)
            for layer in network.modules()
            if is_parametrized(layer)
            for name, norms in cast("nn.ModuleDict", layer.parametrizations).items()
            for norm in cast("nn.ModuleList", norms)
            if isinstance(norm, _SpectralNorm)
        ]

    @contextmanager
    def paused(self) -> Iterator[None]:
        """The singular vectors are constant inside the `with`."""
        modes = [norm.training for _, _, norm in self.layers]
        try:
            for _, _, norm in self.layers:
                norm.training = False
            yield
        finally:
            for (_, _, norm), was in zip(self.layers, modes, strict=True):
                norm.training = was

    @torch.no_grad()
    def step(self) -> None:
        """One power iteration on every layer."""
        for layer, name, norm in self.layers:
            with train_mode(norm, training=True):
                getattr(layer, name)  # reading the weight computes it


@contextmanager
def train_mode(network: nn.Module, training: bool) -> Iterator[None]:
    """`network` is in train or eval mode inside the `with`; each layer gets its earlier mode back."""
    modes = [(m, m.training) for m in network.modules()]
    try:
        network.train(training)
        yield
    finally:
        for m, was in modes:
            m.training = was


@contextmanager
def as_in_training(*networks: nn.Module) -> Iterator[None]:
    """Networks are in train mode inside the `with`, frozen: buffers do not change."""
    with ExitStack() as stack:
        for network in networks:
            stack.enter_context(train_mode(network, training=True))
            stack.enter_context(Freezer(network)())
        yield


@contextmanager
def restored_buffers(module: nn.Module) -> Iterator[None]:
    """After the `with`, buffers have the values again that they had before, in the same memory."""
    saved = [(buffer, buffer.clone()) for buffer in module.buffers()]
    try:
        yield
    finally:
        for buffer, value in saved:
            buffer.copy_(value)
