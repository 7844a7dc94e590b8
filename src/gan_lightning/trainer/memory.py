"""An estimate of the memory that training needs for its networks, before they are built."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from gan_lightning.core.errors import UsageError

_LIMITS = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")  # of containers


def check_memory(
    networks: Mapping[str, Callable[[], nn.Module]],
    optimizers: Mapping[str, Callable[[Iterable[nn.Parameter]], Optimizer]],
    *,
    double: bool,
    gpu: bool,
) -> None:
    """Checks that the networks and what training keeps of them fit into memory.

    That is a gradient and the optimizer's state for each parameter, and the averaged generator. Activations come on
    top, and are not counted. Parameters are counted on torch's meta device, which allocates nothing; networks that
    can't be built there are not counted.

    Args:
        networks: builds each of them, by name; `generator` is averaged.
        optimizers: the factory of each network's optimizer, where it is known.
        double: True if parameters have 8 bytes in place of 4.
        gpu: True if training is on the first GPU.

    Raises:
        UsageError: they need more than the device has.
    """
    counts = {name: count for name, build in networks.items() if (count := num_parameters(build)) is not None}
    copies = {name: 2 + _state_size(optimizers.get(name)) + (name == "generator") for name in counts}
    needed = sum(counts[name] * copies[name] for name in counts) * (8 if double else 4)
    there = torch.cuda.get_device_properties(0).total_memory if gpu else machine_memory()
    if there is not None and needed > there:
        sizes = ", ".join(f"the {name} has {count:,} parameters" for name, count in counts.items())
        raise UsageError(
            f"{sizes}: with gradients, optimizers and the averaged generator they need {needed / 1e9:,.1f} GB or more, "
            f"and this {'GPU' if gpu else 'machine'} has {there / 1e9:,.1f} GB: make them smaller (model.generator, "
            "model.critic), or choose another model=NAME"
        )


def num_parameters(build: Callable[[], nn.Module]) -> int | None:
    """Number of parameters of a network, without building it; None if it can't be built on the meta device."""
    try:
        with torch.random.fork_rng(devices=[]), torch.device("meta"):
            return sum(parameter.numel() for parameter in build().parameters())
    except UsageError:
        raise
    except Exception:  # a network of the person's own may do anything
        return None


def machine_memory() -> int | None:
    """Bytes of memory that this process may have; None where the system does not say."""
    try:
        found = [os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")]
    except (AttributeError, ValueError, OSError):
        return None
    for limit in map(Path, _LIMITS):
        if limit.is_file() and (text := limit.read_text().strip()).isdecimal():
            found.append(int(text))
    return min(found)


def _state_size(factory: Callable[[Iterable[nn.Parameter]], Optimizer] | None) -> int:
    """Numbers that an optimizer keeps for each parameter, found by a step of its own."""
    if factory is None:
        return 0
    stand_in = nn.Parameter(torch.zeros(2))
    stand_in.grad = torch.zeros(2)
    optimizer = factory([stand_in])
    optimizer.step()
    state: dict[str, Any] = dict(optimizer.state[stand_in])
    return sum(isinstance(value, Tensor) and value.shape == stand_in.shape for value in state.values())
