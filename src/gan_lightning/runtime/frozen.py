"""A network that watches while the other plays."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm
from torch.nn.utils.parametrizations import _SpectralNorm


class Freezer:
    """Freezes a network for as long as its opponent moves, then restores it.

    A frozen network still carries gradients through to its inputs, but takes none itself and keeps no trace of what it
    saw: batch norm normalises by the batch as usual without touching its running statistics, spectral norm keeps its
    singular vectors. The layers are looked up once: a network must not change shape afterwards.
    """

    def __init__(self, network: nn.Module) -> None:
        self.parameters = [p for p in network.parameters() if p.requires_grad]
        self.norms = [m for m in network.modules() if isinstance(m, _BatchNorm) and m.track_running_stats]
        self.spectral = [m for m in network.modules() if isinstance(m, _SpectralNorm)]

    @contextmanager
    def __call__(self) -> Iterator[None]:
        """Frozen inside the `with`."""
        training = [m.training for m in self.spectral]
        try:
            self._set(requires_grad=False, track=False)
            for m in self.spectral:
                m.training = False
            yield
        finally:
            self._set(requires_grad=True, track=True)
            for m, was in zip(self.spectral, training, strict=True):
                m.training = was

    def _set(self, requires_grad: bool, track: bool) -> None:
        for parameter in self.parameters:
            parameter.requires_grad_(requires_grad)
        for norm in self.norms:
            # In eval mode the running statistics must stay in use.
            norm.track_running_stats = track or not norm.training


@contextmanager
def mode(network: nn.Module, training: bool) -> Iterator[None]:
    """`network` in train or eval mode inside the `with`; each of its layers is in its own mode again afterwards."""
    modes = [(m, m.training) for m in network.modules()]
    try:
        network.train(training)
        yield
    finally:
        for m, was in modes:
            m.training = was


@contextmanager
def watched(*networks: nn.Module) -> Iterator[None]:
    """Networks behave as in training inside the `with`, but keep no trace of it."""
    with ExitStack() as stack:
        for network in networks:
            stack.enter_context(mode(network, training=True))
            stack.enter_context(Freezer(network)())
        yield
