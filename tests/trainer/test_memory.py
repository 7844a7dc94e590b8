"""Networks larger than the memory are refused before they are built."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
import torch
from torch import nn

from gan_lightning.core.errors import UsageError
from gan_lightning.model.mlp import Critic, Generator
from gan_lightning.optimizer.adam import Adam
from gan_lightning.optimizer.rmsprop import RMSProp
from gan_lightning.trainer import memory

SMALL = {"generator": partial(Generator, shape=(2,), width=8), "critic": partial(Critic, shape=(2,), width=8)}


def check(networks: Any = SMALL, **options: Any) -> None:
    given = {"optimizers": {"generator": Adam(lr=1e-3), "critic": RMSProp(lr=1e-3)}, "double": False, "gpu": False}
    memory.check_memory(networks, **(given | options))


def test_the_bytes_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    generator, critic = (sum(p.numel() for p in build().parameters()) for build in SMALL.values())
    # weight, gradient, Adam's two moments, average; and weight, gradient, RMSProp's mean of squares
    needed = 4 * (5 * generator + 3 * critic)
    monkeypatch.setattr(memory, "machine_memory", lambda: needed)
    check()
    with pytest.raises(UsageError, match=rf"the generator has {generator} parameters, the critic has {critic}"):
        check(double=True)
    monkeypatch.setattr(memory, "machine_memory", lambda: needed - 1)
    with pytest.raises(UsageError, match="make them smaller"):
        check()
    monkeypatch.setattr(memory, "machine_memory", lambda: None)
    check(double=True)


def test_nothing_is_allocated_and_no_random_number_drawn() -> None:
    state = torch.get_rng_state()
    assert memory.num_parameters(partial(Generator, shape=(2,), width=300_000)) == 180_002_100_002
    torch.testing.assert_close(torch.get_rng_state(), state, rtol=0, atol=0)


def test_a_network_that_needs_values_is_not_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    class Reads(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.scale = torch.ones(1).item()

    monkeypatch.setattr(memory, "machine_memory", lambda: 1)
    assert memory.num_parameters(Reads) is None
    check({"generator": Reads})


def test_a_refusal_of_the_network_itself_stays_one() -> None:
    with pytest.raises(UsageError, match="width"):
        memory.num_parameters(partial(Generator, shape=(2,), width=0))


def test_this_machine_says_how_much_it_has() -> None:
    there = memory.machine_memory()
    assert there is None or there > 2**28
