from __future__ import annotations

import numpy as np
import pytest
import torch
from PIL import ImageColor

from gan_lightning.data.pixels import to_uint8
from gan_lightning.plot.mosaic import MARGIN, WIDEST, mosaic
from gan_lightning.plot.style import SEAM


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize(("height", "width", "zoom"), [(28, 28, 3), (8, 4, 11), (100, 64, 1)])
def test_each_pixel_is_a_square(channels: int, height: int, width: int, zoom: int) -> None:
    samples = torch.rand(2, 3, channels, height, width) * 2 - 1
    page = np.asarray(mosaic(samples))
    down, right = height * zoom + MARGIN, width * zoom + MARGIN
    assert page.shape == (2 * down + MARGIN, 3 * right + MARGIN, 3)
    for row in range(2):
        for column in range(3):
            tile = page[row * down + MARGIN : (row + 1) * down, column * right + MARGIN : (column + 1) * right]
            pixels = to_uint8(samples[row, column]).expand(3, -1, -1).permute(1, 2, 0).numpy()
            np.testing.assert_array_equal(tile, pixels.repeat(zoom, 0).repeat(zoom, 1))
    seam = ImageColor.getrgb(SEAM)
    assert (page[::down][:3, :] == seam).all()
    assert (page[:, ::right] == seam).all()


@pytest.mark.training
def test_large_grids_are_reduced_alike() -> None:
    samples = torch.zeros(1, 2, 3, 600, 600)
    alone, part = mosaic(samples), mosaic(samples[:, :1], room=(1, 6))
    assert alone.size == (1206, 604)
    assert part.size == (302, 302)
    assert max(mosaic(samples[:, :1].expand(-1, 20, -1, -1, -1)).size) <= WIDEST
