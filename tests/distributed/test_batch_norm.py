"""Batch norm over the whole batch, on one process; `tests/objective/test_devices.py` has two."""

from __future__ import annotations

import pytest
import torch
import torch.distributed as dist
from torch import nn

from gan_lightning.distributed import batch_norm, collectives
from gan_lightning.distributed.batch_norm import CrossReplicaBatchNorm, convert_batch_norm
from gan_lightning.distributed.collectives import is_synchronized, synchronized


def twins(norm: nn.Module) -> tuple[nn.Module, nn.Module]:
    """Torch's layer with some weights, and ours with the same."""
    for parameter in norm.parameters():
        nn.init.normal_(parameter)
    other = type(norm)(norm.num_features, momentum=norm.momentum, affine=norm.affine, dtype=torch.float64)
    other.load_state_dict(norm.state_dict())
    return norm, convert_batch_norm(nn.Sequential(other))[0]


@pytest.mark.parametrize(
    ("norm", "shape"),
    [
        (nn.BatchNorm2d(3, dtype=torch.float64), (4, 3, 5, 6)),
        (nn.BatchNorm2d(3, affine=False, dtype=torch.float64), (4, 3, 5, 6)),
        (nn.BatchNorm2d(3, momentum=None, dtype=torch.float64), (4, 3, 5, 6)),
        (nn.BatchNorm1d(3, dtype=torch.float64), (7, 3)),
    ],
)
def test_alone_it_is_torchs(norm: nn.Module, shape: tuple[int, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    """Values, gradients, running statistics, through its own arithmetic."""
    monkeypatch.setattr(batch_norm, "all_gather_rows", lambda row: row[None])  # there are no others
    monkeypatch.setattr(collectives, "_synchronized", True)
    torch.manual_seed(0)
    theirs, ours = twins(norm)
    assert isinstance(ours, CrossReplicaBatchNorm)
    assert isinstance(ours, type(theirs))
    for _ in range(2):
        x = torch.randn(shape, dtype=torch.float64) * 3 + 100
        g = torch.randn(shape, dtype=torch.float64)
        one, other = x.clone().requires_grad_(), x.clone().requires_grad_()
        y, z = theirs(one), ours(other)
        torch.testing.assert_close(z, y, rtol=0, atol=1e-11)
        y.backward(g)
        z.backward(g)
        torch.testing.assert_close(other.grad, one.grad, rtol=0, atol=1e-11)
    for mine, its in zip(ours.parameters(), theirs.parameters(), strict=True):
        torch.testing.assert_close(mine.grad, its.grad, rtol=0, atol=1e-10)
    for mine, its in zip(ours.buffers(), theirs.buffers(), strict=True):
        torch.testing.assert_close(mine, its, rtol=0, atol=1e-11)


def test_two_uneven_shares_are_one_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shares of 3 and 1 rows: the other's mean, variance and count are put in by hand."""
    monkeypatch.setattr(collectives, "_synchronized", True)
    whole = torch.tensor([[1.0], [2.0], [6.0], [11.0]], dtype=torch.float64)  # mean 5, variance 15.5
    other = torch.tensor([11.0, 0.0, 1.0], dtype=torch.float64)
    monkeypatch.setattr(batch_norm, "all_gather_rows", lambda row: torch.stack([row, other]))
    layer = convert_batch_norm(nn.Sequential(nn.BatchNorm1d(1, eps=1e-12, dtype=torch.float64)))[0]
    assert layer(whole[:3]).flatten().tolist() == pytest.approx([(x - 5) / 15.5**0.5 for x in (1, 2, 6)])
    assert layer.running_mean.item() == pytest.approx(0.5)
    assert layer.running_var.item() == pytest.approx(0.9 + 0.1 * 15.5 * 4 / 3)


def test_one_process_is_not_synchronized() -> None:
    with synchronized():
        assert not is_synchronized()
    assert not dist.is_initialized()


def test_subclasses_are_left_alone() -> None:
    network = nn.Sequential(nn.BatchNorm2d(2), nn.SyncBatchNorm(2), nn.LazyBatchNorm1d())
    kinds = [type(layer) for layer in convert_batch_norm(network)]
    assert kinds[1:] == [nn.SyncBatchNorm, nn.LazyBatchNorm1d]
    assert issubclass(kinds[0], nn.BatchNorm2d)
