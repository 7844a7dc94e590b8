from __future__ import annotations

import io

import numpy as np
import pytest
import torch
from PIL import Image

from gan_lightning.core.errors import UsageError
from gan_lightning.data.pixels import quantize, to_float
from gan_lightning.plot.images import to_uint8


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
