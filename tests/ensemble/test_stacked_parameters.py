from __future__ import annotations

import copy
import io

import pytest
import torch
from torch import nn

from gan_lightning.core.errors import UsageError
from gan_lightning.ensemble.stacked_optimizer import StackedOptimizer, hyper_parameters
from gan_lightning.ensemble.stacked_parameters import StackedParameters


def networks(number: int = 3) -> list[nn.Sequential]:
    return [nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3), nn.Linear(3, 1)) for _ in range(number)]


def test_networks_become_views_and_own_their_weights_again() -> None:
    members = networks()
    before = [copy.deepcopy(network.state_dict()) for network in members]
    stack = StackedParameters(members)
    for n, network in enumerate(members):
        torch.testing.assert_close(dict(network.state_dict()), dict(before[n]), rtol=0, atol=0)
        assert network[0].weight.data_ptr() == stack.parameters["0.weight"][n].data_ptr()
    with torch.no_grad():
        stack.parameters["2.bias"][1] = 7.0
        stack.buffers["1.running_mean"][2] = 5.0
    assert members[1][2].bias.item() == 7.0
    assert members[2][1].running_mean.tolist() == [5.0] * 3
    stack.release()
    file = io.BytesIO()
    torch.save(members[1][0].weight, file)
    assert members[1][0].weight.untyped_storage().nbytes() == 6 * 4
    assert members[1][2].bias.item() == 7.0


def test_gradient_norms_are_those_of_each_network() -> None:
    members = networks()
    stack = StackedParameters(members)
    for parameter in stack.trained:
        parameter.grad = torch.randn_like(parameter)
    norms = stack.gradient_norms()
    for n in range(3):
        own = torch.cat([p.grad[n].flatten() for p in stack.trained if p.grad is not None])
        torch.testing.assert_close(norms[n], own.norm())


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
        stack = StackedParameters(members)
        steps = StackedOptimizer(stack, ours, [hyper_parameters(optimizer) for optimizer in ours])
        assert len(steps.runs) == 2
        for _ in range(3):
            for parameter in stack.trained:
                parameter.grad = torch.randn_like(parameter)
            for n, optimizer in enumerate(theirs):
                for parameter, whole in zip(alone[n].parameters(), stack.trained, strict=True):
                    assert whole.grad is not None
                    parameter.grad = whole.grad[n].clone()
                optimizer.step()
            steps()
        stack.release()
        steps.release()
        for one, other, a, b in zip(members, alone, ours, theirs, strict=True):
            torch.testing.assert_close(dict(one.state_dict()), dict(other.state_dict()))
            torch.testing.assert_close(a.state_dict()["state"], b.state_dict()["state"])


def test_steps_that_look_at_whole_matrices_are_refused() -> None:
    with pytest.raises(UsageError, match="LBFGS is none of them"):
        hyper_parameters(torch.optim.LBFGS(networks(1)[0].parameters()))
