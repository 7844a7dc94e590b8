"""Images of any number of channels as RGB."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from gan_lightning.core.errors import UsageError
from gan_lightning.data.pixels import to_uint8
from gan_lightning.plot.colours import DARK, LIGHT, to_rgb
from gan_lightning.plot.mosaic import mosaic
from gan_lightning.plot.sample_plot import sample_plot_for

IMAGES = torch.linspace(-1, 1, 2 * 7 * 8 * 12).view(2, 7, 8, 12)


@pytest.mark.parametrize(
    ("channels", "drawn"), [(1, [0, 0, 0]), (2, [0, 1, 1]), (3, [0, 1, 2]), (5, [0, 1, 2]), (7, [0, 1, 2])]
)
def test_which_channels_are_drawn(channels: int, drawn: list[int]) -> None:
    assert torch.equal(to_rgb(IMAGES[:, :channels]), to_uint8(IMAGES[:, drawn]))


@pytest.mark.parametrize("bands", [[6], [5, 3, 1]])
def test_bands_are_drawn_instead(bands: list[int]) -> None:
    expected = to_uint8(IMAGES[:, bands]).expand(-1, 3, -1, -1)
    assert torch.equal(to_rgb(IMAGES, bands), expected)
    plot = sample_plot_for((7, 8, 12), count=2, bands=bands)
    page = torch.from_numpy(np.array(plot.sheet(IMAGES, 0)))
    assert (page[2, 2] == expected[0, :, 0, 0]).all()
    assert list(mosaic(IMAGES[None], bands=bands).getpixel((2, 2))) == expected[0, :, 0, 0].tolist()


@pytest.mark.parametrize("bands", [[7], [0, 1], [0, 1, -1], []])
def test_other_bands_are_refused(bands: list[int]) -> None:
    with pytest.raises(UsageError, match=r"^data.bands=\[.*\]: name one channel, .* of the 7 in the data, from 0 on$"):
        sample_plot_for((7, 8, 12), bands=bands)


def test_what_is_transparent_shows_a_checkerboard() -> None:
    image = torch.ones(4, 16, 16)
    image[:3] = -1  # black
    assert (to_rgb(image) == 0).all()
    image[3] = -1
    assert (
        to_rgb(image)[:, :4, :4].tolist() == [[[LIGHT, LIGHT, DARK, DARK]] * 2 + [[DARK, DARK, LIGHT, LIGHT]] * 2] * 3
    )
    image[3] = 0  # 128 of 255
    assert set(to_rgb(image).flatten().tolist()) == {round(LIGHT * 127 / 255), round(DARK * 127 / 255)}
