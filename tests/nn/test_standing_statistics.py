"""Standing statistics, by hand."""

from __future__ import annotations

import pytest
import torch
from torch import nn
from torch.nn.utils.parametrizations import spectral_norm

from gan_lightning.nn.standing_statistics import compute_standing_statistics, standing_statistics


def test_they_are_means_over_passes() -> None:
    generator = nn.Sequential(nn.BatchNorm1d(1, momentum=0.1)).eval()
    passes = [torch.tensor([[1.0], [3.0]]), torch.tensor([[10.0], [14.0]])]
    compute_standing_statistics(generator, [(latent, torch.zeros(2, dtype=torch.int64)) for latent in passes])
    norm = generator[0]
    assert norm.running_mean.item() == (2 + 12) / 2
    assert norm.running_var.item() == pytest.approx((2 + 8) / 2)  # unbiased: 2/1 and 8/1
    assert (norm.momentum, norm.training) == (0.1, False)
    compute_standing_statistics(generator, [(passes[0], torch.zeros(2, dtype=torch.int64))])
    assert norm.running_mean.item() == 2  # what was there before is forgotten


def test_later_layers_see_batches_normalized_and_nothing_else_moves() -> None:
    torch.manual_seed(0)
    generator = nn.Sequential(spectral_norm(nn.Linear(3, 4)), nn.BatchNorm1d(4), nn.Dropout(0.5), nn.BatchNorm1d(4))
    generator.eval()
    before = {name: value.clone() for name, value in generator.state_dict().items() if "running" not in name}
    latent = 5 + torch.randn(1000, 3)
    compute_standing_statistics(generator, [(latent, torch.zeros(1000, dtype=torch.int64))])
    after = generator.state_dict()
    assert all(torch.equal(after[name], value) for name, value in before.items() if "tracked" not in name)
    assert after["3.running_mean"].abs().max() < 1e-5  # the first norm has taken the batch's mean away
    assert after["3.running_var"].tolist() == pytest.approx([1.0] * 4, abs=1e-3)
    assert generator(latent).mean(0).abs().max() < 1e-5


def test_they_can_hold_for_a_while() -> None:
    generator = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3)).train()
    generator(torch.randn(9, 2))
    before = {name: value.clone() for name, value in generator.eval().state_dict().items()}
    latent = 4 + torch.randn(50, 2)
    with standing_statistics(generator, [(latent, torch.zeros(50, dtype=torch.int64))]):
        assert generator(latent).mean(0).abs().max() < 1e-4
    assert all(torch.equal(value, before[name]) for name, value in generator.state_dict().items())
