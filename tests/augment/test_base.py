"""Each augmentation by hand."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
import torch
from torch import Tensor

from gan_lightning.augment import DiffAugment, InstanceNoise
from gan_lightning.core.errors import UsageError
from gan_lightning.core.rng import StepRNG, new_rng


class Given(StepRNG):
    """Hands out the same row of numbers for every sample."""

    def __init__(self, *rows: Iterable[float]) -> None:
        super().__init__()
        self.rows = iter(rows)

    def uniform(self, rows: int, *shape: int, device: torch.device | str = "cpu") -> Tensor:
        return torch.tensor(list(next(self.rows))).view(1, *shape).expand(rows, *shape)


def image(*rows: list[float]) -> Tensor:
    return torch.tensor(rows)[None, None]


def test_noise_falls_linearly_to_nothing() -> None:
    noise = InstanceNoise(std=0.4, steps=10)
    assert [noise.std_after(k) for k in (0, 5, 10, 99)] == pytest.approx([0.4, 0.2, 0, 0])
    rested = InstanceNoise(std=0.4, steps=10, noise_free_fraction=0.5)
    assert [rested.std_after(k) for k in (0, 3, 5, 10)] == pytest.approx([0.4, 0.16, 0, 0])
    assert InstanceNoise(std=0.4).std_after(10**6) == 0.4
    samples = torch.zeros(20_000, 3)
    assert noise(samples, StepRNG(new_rng(0)), 5).std().item() == pytest.approx(0.2, rel=0.02)
    assert noise(samples, StepRNG(new_rng(0)), 10) is samples


def test_noise_of_two_processes_is_that_of_one() -> None:
    samples, noise = torch.arange(12.0).view(6, 2), InstanceNoise()
    whole = noise(samples, StepRNG(new_rng(0)), 0)
    for rank in range(2):
        share = noise(samples[rank::2], StepRNG(new_rng(0), shard=rank, num_shards=2), 0)
        assert torch.equal(share, whole[rank::2])


def test_color_by_hand() -> None:
    pixels = torch.tensor([[0.0, 0.3, 0.6], [0.2, 0.2, 0.2]]).T.reshape(1, 3, 1, 2)
    color = DiffAugment(translation=False, cutout=False)
    assert color(pixels, Given([0.5, 0.5, 0.5]), 0).flatten().tolist() == pytest.approx(pixels.flatten().tolist())
    brighter = color(pixels, Given([0.9, 0.5, 0.5]), 0)
    torch.testing.assert_close(brighter, pixels + 0.4)
    grey = color(pixels, Given([0.5, 0.0, 0.5]), 0)
    torch.testing.assert_close(grey[0, :, 0, 0], torch.full((3,), 0.3))
    vivid = color(pixels, Given([0.5, 0.75, 0.5]), 0)
    torch.testing.assert_close(vivid[0, :, 0, 0], torch.tensor([-0.15, 0.3, 0.75]))  # 1.5 times as far from grey
    flat = color(pixels, Given([0.5, 0.5, 0.0]), 0)
    torch.testing.assert_close(flat, 0.25 + (pixels - 0.25) / 2)  # the mean of all six numbers is 0.25


def test_translation_by_hand() -> None:
    columns = torch.arange(1.0, 9.0).expand(1, 1, 8, 8)  # most: an eighth of 8 is 1
    shift = DiffAugment(color=False, cutout=False)
    right = shift(columns, Given([0.5, 0.99]), 0)
    assert right[0, 0, 0].tolist() == [0, 1, 2, 3, 4, 5, 6, 7]
    left = shift(columns, Given([0.5, 0.0]), 0)
    assert left[0, 0, 3].tolist() == [2, 3, 4, 5, 6, 7, 8, 0]
    down = shift(columns.mT, Given([0.99, 0.5]), 0)
    assert down[0, 0, :, 0].tolist() == [0, 1, 2, 3, 4, 5, 6, 7]
    assert torch.equal(shift(columns, Given([0.5, 0.5]), 0), columns)


def test_cutout_by_hand() -> None:
    ones, cut = torch.ones(1, 2, 4, 4), DiffAugment(color=False, translation=False)
    middle = cut(ones, Given([0.4, 0.4]), 0)  # floor(0.4 · 5) = 2, so 1 and 2 go
    assert torch.equal(middle[0, 1], image([1, 1, 1, 1], [1, 0, 0, 1], [1, 0, 0, 1], [1, 1, 1, 1])[0, 0])
    corner = cut(ones, Given([0.0, 0.99]), 0)  # -1 and 0 above; 3 and 4 right
    assert torch.equal(corner[0, 0], image([1, 1, 1, 0], [1, 1, 1, 1], [1, 1, 1, 1], [1, 1, 1, 1])[0, 0])


def test_each_image_has_its_own_and_gradients_pass() -> None:
    images = torch.rand(64, 3, 16, 16).requires_grad_()
    seen = DiffAugment()(images, StepRNG(new_rng(0)), 0)
    assert seen.shape == images.shape
    holes = (seen == 0).all(1).flatten(1).sum(1)
    assert len(holes.unique()) > 10
    (slope,) = torch.autograd.grad(seen.sum(), images)
    assert slope.isfinite().all()
    assert (slope.flatten(1).abs().sum(1) > 0).all()


def test_refusals() -> None:
    with pytest.raises(UsageError, match="does nothing"):
        DiffAugment(color=False, translation=False, cutout=False)
    with pytest.raises(UsageError, match="is for images"):
        DiffAugment()(torch.ones(4, 2), StepRNG(), 0)
    with pytest.raises(UsageError, match="std"):
        InstanceNoise(std=-1.0)
