"""Bytes and floats, channels and sizes."""

from __future__ import annotations

import io

import numpy as np
import pytest
import torch
from PIL import Image

from gan_lightning.core.errors import UsageError
from gan_lightning.data.pixels import check_images, convert_channels, fit_to_shape, quantize, resize, to_float, to_uint8


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_stored_images_survive(dtype: torch.dtype) -> None:
    levels = torch.arange(256, dtype=torch.uint8).view(1, 1, 16, 16)
    assert torch.equal(quantize(to_float(levels).to(dtype)), levels)


def test_by_hand() -> None:
    given = torch.tensor([-1.0, -1.7, 1.0, 3.0, 0.2 / 127.5 - 1, 0.6 / 127.5 - 1, 0.0]).view(1, 1, 1, 7)
    assert quantize(given).flatten().tolist() == [0, 0, 255, 255, 0, 1, 128]


def test_half_precision_is_rounded_once() -> None:
    given = torch.linspace(-1, 1, 1000).view(1, 1, 10, 100).bfloat16()
    assert torch.equal(quantize(given), quantize(given.double()))


def test_is_what_pictures_and_their_files_hold() -> None:
    images = torch.randn(1, 1, 8, 8)
    file = io.BytesIO()
    Image.fromarray(to_uint8(images)[0, 0].numpy()).save(file, "PNG")
    assert np.array_equal(quantize(images)[0, 0].numpy(), np.asarray(Image.open(file)))


def test_refuses_what_is_no_number() -> None:
    images = torch.zeros(3, 1, 2, 2)
    images[0, 0, 0, 0], images[2, 0, 1, 1] = float("nan"), float("inf")
    with pytest.raises(UsageError, match="2 of 3 fake images hold NaN or infinity"):
        quantize(images)


def test_luma_by_hand() -> None:
    pixel = torch.tensor([100.0, 200.0, 50.0]).view(1, 3, 1, 1)
    assert convert_channels(pixel, 1).item() == pytest.approx(0.299 * 100 + 0.587 * 200 + 0.114 * 50)
    grey = torch.full((1, 1, 2, 2), 7.0)
    assert torch.equal(convert_channels(convert_channels(grey, 3), 1), grey)


def test_flat_images_stay_flat_and_levels_in_range() -> None:
    assert resize(torch.full((1, 1, 7, 9), 200.0), 28, 28).sub(200).abs().max() < 1e-3
    edge = torch.zeros(1, 1, 8, 8)
    edge[..., 4:] = 255
    larger = resize(edge, 31, 31)  # bicubic overshoots at an edge
    assert larger.min() == 0
    assert larger.max() == 255


def test_shrinking_averages_instead_of_picking() -> None:
    board = (torch.arange(32)[:, None] + torch.arange(32)).remainder(2).mul(255.0).view(1, 1, 32, 32)
    assert resize(board, 8, 8)[..., 2:-2, 2:-2].sub(127.5).abs().max() < 2


def test_refuses_other_images() -> None:
    with pytest.raises(UsageError, match=r"images of shape \[2, 4, 8, 8\]: give \[N, 1, H, W\]"):
        check_images(torch.zeros(2, 4, 8, 8, dtype=torch.uint8))
    with pytest.raises(UsageError, match=r"torch.float32: give uint8 as stored, fakes through quantize"):
        check_images(torch.zeros(2, 1, 8, 8))


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


def test_shrinking_stored_images_averages() -> None:
    checkerboard = (torch.arange(64).view(8, 8).remainder(2) * 255).to(torch.uint8)[None, None]
    assert (fit_to_shape(checkerboard, (1, 2, 2)).float() - 127.5).abs().max() < 20


def test_the_middle_of_a_long_image_is_kept() -> None:
    wide = torch.arange(12, dtype=torch.uint8).repeat(1, 1, 4, 1)
    assert fit_to_shape(wide, (1, 4, 4))[0, 0, 0].tolist() == [4, 5, 6, 7]
    assert fit_to_shape(wide.mT.contiguous(), (1, 4, 4))[0, 0, :, 0].tolist() == [4, 5, 6, 7]


def test_bytes_of_the_ends_the_middle_and_what_lies_outside() -> None:
    values = torch.tensor([-1.0, 1.0, 0.0, -7.0, 7.0, float("nan"), float("inf"), -float("inf")])
    assert to_uint8(values).tolist() == [0, 255, 128, 0, 255, 0, 255, 0]


def test_every_byte_comes_back_from_the_networks_range() -> None:
    byte = torch.arange(256)
    assert torch.equal(to_uint8(byte / 127.5 - 1), byte.to(torch.uint8))
