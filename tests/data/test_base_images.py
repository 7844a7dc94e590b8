"""Bringing uint8 images to one shape."""

from __future__ import annotations

import pytest
import torch

from gan_lightning.core.errors import UsageError
from gan_lightning.data.base_images import fit_to_shape
from gan_lightning.data.mnist5k import Mnist5k


def noise(*shape: int) -> torch.Tensor:
    return torch.randint(0, 256, shape, dtype=torch.uint8)


def test_images_of_the_right_shape_are_left_alone() -> None:
    images = noise(5, 3, 8, 8)
    assert torch.equal(fit_to_shape(images, (3, 8, 8)), images)


def test_grey_becomes_thrice_the_same() -> None:
    images = noise(5, 1, 8, 8)
    assert torch.equal(fit_to_shape(images, (3, 8, 8)), torch.cat([images] * 3, 1))


def test_color_becomes_grey_by_its_luma() -> None:
    colors = torch.tensor([[255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 255, 255], [10, 20, 30]], dtype=torch.uint8)
    # 255 · (.299, .587, .114) = 76.2, 149.7, 29.1 and .299·10 + .587·20 + .114·30 = 18.15
    assert fit_to_shape(colors[:, :, None, None], (1, 1, 1)).flatten().tolist() == [76, 150, 29, 255, 18]


@pytest.mark.parametrize("size", [7, 13, 28, 32, 64])
def test_a_flat_image_stays_flat_at_every_size(size: int) -> None:
    images = torch.tensor([0, 100, 255], dtype=torch.uint8).view(3, 1, 1, 1).expand(3, 1, 28, 28)
    assert torch.equal(fit_to_shape(images, (1, size, size)), images[:, :, :1, :1].expand(3, 1, size, size))


def test_shrinking_averages_instead_of_skipping() -> None:
    checkerboard = (torch.arange(64).view(8, 8).remainder(2) * 255).to(torch.uint8)[None, None]
    assert (fit_to_shape(checkerboard, (1, 2, 2)).float() - 127.5).abs().max() < 20


def test_the_middle_of_a_long_image_is_kept() -> None:
    wide = torch.arange(12, dtype=torch.uint8).repeat(1, 1, 4, 1)
    assert fit_to_shape(wide, (1, 4, 4))[0, 0, 0].tolist() == [4, 5, 6, 7]
    assert fit_to_shape(wide.mT.contiguous(), (1, 4, 4))[0, 0, :, 0].tolist() == [4, 5, 6, 7]


def test_a_shape_that_contradicts_the_size_is_refused() -> None:
    told = r"^data.shape=\[1, 32, 32\], but these data are \[1, 28, 28\]: it follows data.size and data.channels"
    with pytest.raises(UsageError, match=told):
        Mnist5k(shape=(1, 32, 32))
    assert Mnist5k(shape=(3, 32, 32), size=32, channels=3).shape == (3, 32, 32)


def test_channels_are_one_or_three() -> None:
    with pytest.raises(UsageError, match=r"Mnist5k: channels=2 must be 1 or 3"):
        Mnist5k(channels=2)  # type: ignore[arg-type]
