from __future__ import annotations

import copy

import pytest
import torch
from torch import nn

from gan_lightning.ensemble.stacked_optimizer import StackedOptimizer, stack, unstack


def networks(number: int = 3) -> list[nn.Sequential]:
    return [nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3), nn.Linear(3, 1)) for _ in range(number)]


def test_tensors_become_views_and_own_their_memory_again() -> None:
    tensors = [torch.randn(2, 3, requires_grad=True) for _ in range(3)]
    before = [tensor.detach().clone() for tensor in tensors]
    whole = stack(tensors)
    assert whole.is_leaf
    assert whole.requires_grad
    torch.testing.assert_close(whole.detach(), torch.stack(before), rtol=0, atol=0)
    with torch.no_grad():
        whole[1] = 7.0
    assert tensors[1].tolist() == [[7.0] * 3] * 2
    unstack(tensors)
    assert tensors[1].untyped_storage().nbytes() == 6 * 4
    assert tensors[1].tolist() == [[7.0] * 3] * 2
    assert not stack([torch.tensor(1), torch.tensor(2)]).requires_grad


OPTIMIZERS = {
    "adam": lambda p, lr: torch.optim.Adam(p, lr, fused=True),
    "rmsprop": lambda p, lr: torch.optim.RMSprop(p, lr, momentum=lr),
    "sgd": lambda p, lr: torch.optim.SGD(p, lr, momentum=0.9),
}


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_steps_are_those_of_optimizers_alone_before_and_after_a_pause(name: str) -> None:
    rates = [0.1, 0.1, 0.01]
    members = networks()
    alone = copy.deepcopy(members)
    ours = [OPTIMIZERS[name](network.parameters(), lr) for network, lr in zip(members, rates, strict=True)]
    theirs = [OPTIMIZERS[name](network.parameters(), lr) for network, lr in zip(alone, rates, strict=True)]
    for _ in range(2):
        stacks = [stack(parameters) for parameters in zip(*(m.parameters() for m in members), strict=True)]
        steps = [StackedOptimizer(ours[:2], stacks, slice(0, 2)), StackedOptimizer(ours[2:], stacks, slice(2, 3))]
        for _ in range(3):
            for n, (network, other, optimizer) in enumerate(zip(members, alone, theirs, strict=True)):
                for p, q, whole in zip(network.parameters(), other.parameters(), stacks, strict=True):
                    if n == 0:
                        whole.grad = torch.randn_like(whole)
                    assert whole.grad is not None
                    p.grad, q.grad = whole.grad[n], whole.grad[n].clone()
                optimizer.step()
            for one in steps:
                one.step()
        unstack(parameter for network in members for parameter in network.parameters())
        for one in steps:
            one.release()
        for network, other, a, b in zip(members, alone, ours, theirs, strict=True):
            torch.testing.assert_close(dict(network.state_dict()), dict(other.state_dict()))
            torch.testing.assert_close(a.state_dict()["state"], b.state_dict()["state"])
