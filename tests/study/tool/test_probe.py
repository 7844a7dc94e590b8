from __future__ import annotations

import pytest
import torch

from gan_lightning.study.tool.probe import probe_accuracy


def test_what_a_line_divides_is_read_and_noise_is_not() -> None:
    rng = torch.Generator().manual_seed(0)
    x = torch.randn(2000, 5, generator=rng) * torch.tensor([1.0, 100.0, 0.01, 1.0, 1.0]) + 7
    labels = (x[:, 2] > 7).long()  # by the smallest of the numbers
    assert probe_accuracy(x[:1500], labels[:1500], x[1500:], labels[1500:], 2) > 98
    noise = torch.randint(2, (2000,), generator=rng)
    assert probe_accuracy(x[:1500], noise[:1500], x[1500:], noise[1500:], 2) == pytest.approx(50, abs=8)


def test_a_constant_feature_and_a_class_without_samples_do_no_harm() -> None:
    x = torch.tensor([[0.0, 3.0], [1.0, 3.0], [0.1, 3.0], [0.9, 3.0]])
    labels = torch.tensor([0, 2, 0, 2])
    assert probe_accuracy(x, labels, x, labels, 3) == 100
