from __future__ import annotations

import torch
from torch import nn

from gan_lightning.nn.freeze import Freezer, as_in_training, restored_buffers, train_mode


def network() -> nn.Sequential:
    net = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.ReLU(), nn.Linear(4, 1))
    nn.utils.parametrizations.spectral_norm(net[3])
    return net


def buffers(net: nn.Module) -> list[torch.Tensor]:
    return [b.clone() for b in net.buffers()]


def test_frozen_normalizes_by_the_batch_and_keeps_no_trace() -> None:
    net, x = network(), torch.randn(8, 3)
    before = buffers(net)
    with Freezer(net)():
        frozen = net[:2](x)
        net(x)
    assert all(torch.equal(a, b) for a, b in zip(before, buffers(net), strict=True))
    assert torch.equal(frozen, net[:2](x))  # as in training
    assert not torch.equal(before[0], buffers(net)[0])  # which does leave one


def test_frozen_lets_gradients_through_and_takes_none() -> None:
    net, x = network(), torch.randn(8, 3, requires_grad=True)
    with Freezer(net)():
        net(x).sum().backward()
    assert x.grad is not None
    assert all(p.grad is None for p in net.parameters())
    assert all(p.requires_grad for p in net.parameters())


def test_frozen_keeps_a_users_own_freezing() -> None:
    net = network()
    net[0].weight.requires_grad_(False)
    with Freezer(net)():
        pass
    assert not net[0].weight.requires_grad
    assert net[0].bias.requires_grad


def test_frozen_in_eval_mode_uses_running_statistics() -> None:
    net, x = network().eval(), torch.randn(8, 3)
    with Freezer(net)():
        frozen = net(x)
    assert torch.equal(frozen, net(x))


def test_thaws_after_an_error() -> None:
    net = network()
    try:
        with Freezer(net)():
            raise KeyError
    except KeyError:
        pass
    assert all(p.requires_grad for p in net.parameters())
    assert net[1].track_running_stats


def test_mode_returns_each_layer_to_its_own() -> None:
    net = network()
    net[1].eval()
    with train_mode(net, training=False):
        assert not any(m.training for m in net.modules())
    assert net[0].training
    assert not net[1].training


def test_watched_plays_as_in_training() -> None:
    net, x = network().eval(), torch.randn(8, 3)
    before = buffers(net)
    with as_in_training(net):
        seen = net[:2](x)
    assert all(torch.equal(a, b) for a, b in zip(before, buffers(net), strict=True))
    assert torch.equal(seen, net.train()[:2](x))


def test_buffers_are_restored_where_they_lie() -> None:
    net = network()
    before, places = buffers(net), [b.data_ptr() for b in net.buffers()]
    with restored_buffers(net):
        net(torch.randn(8, 3))
        assert not torch.equal(before[0], buffers(net)[0])
    assert all(torch.equal(a, b) for a, b in zip(before, buffers(net), strict=True))
    assert [b.data_ptr() for b in net.buffers()] == places
