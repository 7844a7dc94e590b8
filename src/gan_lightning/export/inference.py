"""A generator as other programs call it: plain layers, truncation as an input."""

from __future__ import annotations

import copy

import torch
from torch import Tensor, nn
from torch.nn.utils.parametrize import is_parametrized

from gan_lightning.nn.labels import num_classes_of
from gan_lightning.nn.sign_latents import SignLatents
from gan_lightning.sample.latent.truncation import truncate_by_folding

BATCH = 3  # samples of an example input; torch.export treats 0 and 1 as constants


class Inference(nn.Module):
    """(latent [B, latent_dim], truncation []) → samples [B, *shape], in single precision.

    Entries of latents beyond `truncation` are folded (see `truncate_by_folding`); infinity is no truncation.

    Args:
        network: see `plain_network`.
    """

    inputs = ("latent", "truncation")

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, latent: Tensor, truncation: Tensor) -> Tensor:
        """Samples of these latents."""
        samples: Tensor = self.network(truncate_by_folding(latent, truncation))
        return samples


class ConditionalInference(nn.Module):
    """(latent [B, latent_dim], label int64 [B], truncation []) → samples [B, *shape]; see `Inference`."""

    inputs = ("latent", "label", "truncation")

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, latent: Tensor, label: Tensor, truncation: Tensor) -> Tensor:
        """Samples of these latents and classes."""
        samples: Tensor = self.network(truncate_by_folding(latent, truncation), label=label)
        return samples


def plain_network(generator: nn.Module) -> nn.Module:
    """A copy of the generator on the CPU in single precision, of layers that every exporter knows.

    Spectral norms are computed once and for all.
    """
    network = copy.deepcopy(generator).cpu().float().eval().requires_grad_(False)
    for layer in list(network.modules()):
        for name, child in layer.named_children():
            if isinstance(child, SignLatents):
                setattr(layer, name, _Signs(child.count))
        if is_parametrized(layer):
            _fix_parametrizations(layer)
    return network.to(memory_format=torch.contiguous_format)


class _Signs(nn.Module):
    """`SignLatents` without `copysign`."""

    def __init__(self, count: int) -> None:
        super().__init__()
        self.count = count

    def forward(self, latent: Tensor) -> Tensor:
        first, others = latent[:, : self.count], latent[:, self.count :]
        return torch.cat([(first >= 0).to(first.dtype) * 2 - 1, others], 1)


def _fix_parametrizations(layer: nn.Module) -> None:
    # As torch's `remove_parametrizations`, which changes the class that a copy shares with its original.
    values = {name: getattr(layer, name).detach() for name in layer.parametrizations}  # type: ignore[union-attr]
    del layer.parametrizations
    layer.__class__ = type(layer).__bases__[0]
    for name, value in values.items():
        layer.register_parameter(name, nn.Parameter(value, requires_grad=False))


def inference_module(generator: nn.Module) -> Inference | ConditionalInference:
    """The generator behind the inputs of exported programs."""
    network = plain_network(generator)
    return ConditionalInference(network) if num_classes_of(generator) else Inference(network)


def example_inputs(
    generator: nn.Module, latent_dim: int, batch: int = BATCH, truncation: float = torch.inf, seed: int = 0
) -> dict[str, Tensor]:
    """Inputs by name for an exported generator."""
    rng = torch.Generator().manual_seed(seed)
    inputs = {"latent": torch.randn(batch, latent_dim, generator=rng), "truncation": torch.tensor(truncation)}
    if classes := num_classes_of(generator):
        inputs["label"] = torch.arange(batch) % classes
        return {name: inputs[name] for name in ConditionalInference.inputs}
    return inputs


def free_batch(inputs: dict[str, Tensor]) -> dict[str, dict[int, torch.export.Dim] | None]:
    """The dynamic shapes of these inputs: any number of rows."""
    batch = torch.export.Dim("batch")
    return {name: {0: batch} if value.dim() else None for name, value in inputs.items()}
