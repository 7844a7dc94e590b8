"""Checks that an update does not depend on how its batch is cut among devices and micro-batches."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import SyncBatchNorm, _BatchNorm
from torch.nn.modules.instancenorm import _InstanceNorm

from gan_lightning.core.errors import UsageError
from gan_lightning.distributed.batch_norm import CrossReplicaBatchNorm
from gan_lightning.nn.freeze import train_mode
from gan_lightning.nn.minibatch_groups import MinibatchGroups

ALLOWED = "objective.micro_batch_statistics=true for those of each micro-batch, which changes the run"


def check_micro_batches(accumulate: int, networks: Mapping[str, nn.Module], *parts: object) -> None:
    """Checks that no layer and no part of a loss takes statistics of the whole batch, which micro-batches don't have.

    Args:
        accumulate: micro-batches of an update.
        networks: by name.
        *parts: loss, penalty and regularizers.

    Raises:
        UsageError: names the part and what to use instead.
    """
    if accumulate == 1:
        return
    for part in parts:
        if getattr(part, "batch_statistics", False):
            raise UsageError(
                f"{type(part).__name__} takes statistics of the whole batch, which objective.accumulate={accumulate} "
                f"cuts in micro-batches: use objective.accumulate=1, with more devices or a smaller data.batch_size, "
                f"or {ALLOWED}"
            )
    for player, network in networks.items():
        for name, layer in network.named_modules():
            if isinstance(layer, _BatchNorm) or _has_running_statistics(layer):
                raise UsageError(
                    f"{player} layer {name!r} ({type(layer).__name__}) takes statistics of the whole batch, which "
                    f"objective.accumulate={accumulate} cuts in micro-batches: use layer norm "
                    f"(model.generator.norm=layer, critic_norm=layer) or objective.accumulate=1, or {ALLOWED}"
                )


def check_norms_of_devices(networks: Mapping[str, nn.Module]) -> None:
    """Checks that norms use the batch of all devices, for training on several.

    Raises:
        UsageError: names the layer and what to use instead.
    """
    for player, network in networks.items():
        for name, layer in network.named_modules():
            alone = isinstance(layer, _BatchNorm) and not isinstance(layer, (CrossReplicaBatchNorm, SyncBatchNorm))
            if alone or _has_running_statistics(layer):
                raise UsageError(
                    f"{player} layer {name!r} ({type(layer).__name__}) takes statistics of each device's own samples: "
                    "use torch.nn.BatchNorm1d, 2d or 3d with Trainer(strategy=gan_lightning.FlatDDP()), or layer norm"
                )


def _has_running_statistics(layer: nn.Module) -> bool:
    """True for an instance norm that averages statistics over samples."""
    return isinstance(layer, _InstanceNorm) and layer.track_running_stats


def check_samples_apart(name: str, network: nn.Module, bound: Callable[[Tensor], Tensor], inputs: Tensor) -> None:
    """Checks that the network computes each sample by itself in eval mode, or in groups that are never cut.

    Args:
        name: critic or generator.
        network: the network.
        bound: the network as a function of its inputs.
        inputs: two or more, [batch, ...].

    Raises:
        UsageError: the outputs for the first input depend on the others.
    """
    if len(inputs) < 2 or any(isinstance(layer, MinibatchGroups) for layer in network.modules()):
        return
    with torch.no_grad(), train_mode(network, training=False):
        whole, alone = bound(inputs), bound(inputs[:1])
    if (whole[:1] - alone).abs().max() > 1e-2 * whole.abs().max():
        raise UsageError(
            f"the {name} mixes the samples of a batch, which devices and micro-batches cut: derive the layer that does "
            "from gan_lightning.nn.minibatch_groups.MinibatchGroups, or use one device and objective.accumulate=1, or "
            f"{ALLOWED}"
        )


@contextmanager
def check_no_own_state(device: torch.device, networks: Mapping[str, nn.Module]) -> Iterator[None]:
    """Checks that networks that run inside the `with` draw from no rng of their own and change no buffers.

    Raises:
        UsageError: names the network or its buffer, and what to use instead.
    """
    buffers = {
        (name, key): (buffer, buffer.clone())
        for name, network in networks.items()
        for key, buffer in network.named_buffers()
    }
    drawn = _rng_states(device)
    yield
    cut = "devices and micro-batches would disagree on"
    if any(not torch.equal(*pair) for pair in zip(drawn, _rng_states(device), strict=True)):
        raise UsageError(
            f"a network draws from torch's global rng, and {cut} its random numbers: use torch.nn.Dropout (1d, 2d, 3d) "
            "or gan_lightning.nn.gaussian_noise.GaussianNoise, or one device and objective.accumulate=1"
        )
    for (name, key), (buffer, before) in buffers.items():
        if not torch.equal(buffer, before):
            raise UsageError(
                f"the {name} changes its buffer {key!r} in each forward pass, and {cut} it: use one device and "
                "objective.accumulate=1"
            )


def _rng_states(device: torch.device) -> list[Tensor]:
    on_device = [torch.cuda.get_rng_state(device)] if device.type == "cuda" else []
    return [torch.get_rng_state(), *on_device]
