from __future__ import annotations

import math

import pytest
import torch

from gan_lightning.core.errors import UsageError
from gan_lightning.metric.functional import nearest_real, repeat_rate
from gan_lightning.metric.functional.neighbours import nearest


def test_by_hand() -> None:
    real = torch.tensor([[0.0, 0.0], [3.0, 4.0], [10.0, 0.0]])
    fake = torch.tensor([[0.0, 1.0], [9.0, 0.0]])
    distances, indices = nearest_real(real, fake, k=2)
    assert indices.tolist() == [[0, 1], [2, 1]]
    torch.testing.assert_close(distances, torch.tensor([[1, 18**0.5], [1, 52**0.5]], dtype=torch.double))


def test_tiles_find_what_one_matrix_finds() -> None:
    real, fake = torch.randn(2500, 5), torch.randn(1100, 5)
    expected = torch.cdist(fake.double(), real.double()).sort(1)
    found = nearest_real(real, fake, k=4)
    assert torch.equal(found.indices, expected.indices[:, :4])
    torch.testing.assert_close(found.distances, expected.values[:, :4])


def test_images_as_they_are_and_copies_at_zero_exactly() -> None:
    real = 1000 + torch.rand(40, 3, 8, 8)  # inner products alone would leave 1e-4 between copies
    fake = real[[7, 31]]
    found = nearest_real(real, fake)
    assert found.indices.tolist() == [[7], [31]]
    assert found.distances.tolist() == [[0], [0]]


def test_8_bit_images() -> None:
    real = torch.randint(0, 256, (40, 1, 8, 8), dtype=torch.uint8)
    assert nearest_real(real, real).distances.max() == 0


def test_rows_themselves_can_be_left_out() -> None:
    x = torch.tensor([[0.0], [1.0], [3.0]])
    assert nearest(x, x, 1, pairs=torch.ne).distances.flatten().tolist() == [1, 1, 2]
    assert nearest(x, x, 1, pairs=torch.gt).distances.flatten().tolist() == [math.inf, 1, 2]


def test_repeat_rate_counts_distinct_samples() -> None:
    distinct = torch.rand(100, 12)
    assert repeat_rate(distinct) == 0
    repeated = distinct.repeat(13, 1)[torch.randperm(1300)]  # more than a tile
    assert repeat_rate(repeated) == pytest.approx(12 / 13)
    assert repeat_rate(distinct[:1].expand(50, -1)) == pytest.approx(49 / 50)


def test_repeat_rate_within_a_tolerance() -> None:
    x = torch.tensor([[0.0], [0.1], [5.0], [5.05], [9.0]])
    assert repeat_rate(x) == 0
    assert repeat_rate(x, 0.06) == pytest.approx(1 / 5)
    assert repeat_rate(x, 0.2) == pytest.approx(2 / 5)


def test_refusals() -> None:
    with pytest.raises(UsageError, match="k=4 of 3 real samples: give 1 to 3"):
        nearest_real(torch.randn(3, 2), torch.randn(5, 2), k=4)
    with pytest.raises(UsageError, match="real has 2 values per sample and fake 3"):
        nearest_real(torch.randn(3, 2), torch.randn(5, 3))
    with pytest.raises(UsageError, match="samples has 0 samples"):
        repeat_rate(torch.empty(0, 3))
