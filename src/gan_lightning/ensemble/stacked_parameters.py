"""Networks of equal shapes, as one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor, nn


class StackedParameters:
    """The weights and buffers of K networks, each a tensor [K, ...]; each network's own become views of its share.

    Args:
        networks: of one architecture.
    """

    def __init__(self, networks: Sequence[nn.Module]) -> None:
        self.networks = list(networks)
        first = networks[0]
        self.parameters = {name: self._stacked(name).requires_grad_(p.requires_grad) for name, p in _own(first)}
        self.buffers = {name: self._stacked(name) for name, _ in first.named_buffers()}
        self.trained = [p for p in self.parameters.values() if p.requires_grad]

    @torch.no_grad()
    def _stacked(self, name: str) -> Tensor:
        own = [dict((*_own(network), *network.named_buffers()))[name] for network in self.networks]
        whole = torch.stack([tensor.detach() for tensor in own])
        for tensor, share in zip(own, whole, strict=True):
            tensor.data = share
        return whole

    def weights(self, prefix: str, trained: bool) -> dict[str, Tensor]:
        """All tensors by name; those of a network that only watches carry no gradients to it."""
        weights = self.parameters if trained else {name: p.detach() for name, p in self.parameters.items()}
        return {prefix + name: tensor for name, tensor in (*weights.items(), *self.buffers.items())}

    def part(self, run: slice) -> nn.Module:
        """The stacks of neighbours, as the parameters and buffers of a module."""
        part = nn.Module()
        for index, tensor in enumerate(self.parameters.values()):
            part.register_parameter(f"p{index}", nn.Parameter(tensor.detach()[run], requires_grad=False))
        for index, tensor in enumerate(self.buffers.values()):
            part.register_buffer(f"b{index}", tensor[run])
        return part

    def gradient_norms(self) -> Tensor:
        """Of each network's gradients together, [K]."""
        gradients = [p.grad for p in self.trained if p.grad is not None]
        return torch.stack([g.flatten(1).square().sum(1) for g in gradients]).sum(0).sqrt()

    def forget_gradients(self) -> None:
        """Sets them to None."""
        for parameter in self.trained:
            parameter.grad = None

    def release(self) -> None:
        """Gives every network tensors of its own again."""
        for network in self.networks:
            for _, tensor in (*_own(network), *network.named_buffers()):
                tensor.data = tensor.data.clone()


def _own(network: nn.Module) -> Iterator[tuple[str, nn.Parameter]]:
    return network.named_parameters()
