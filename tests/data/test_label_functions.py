"""Labels that are computed from images, by hand."""

from __future__ import annotations

import typing

import pytest
import torch

from gan_lightning.data.io.computed_label import ComputedLabel, computed_label_shape
from gan_lightning.data.label_functions import FUNCTIONS, edges, grey, slant, small, thickness, thin
from gan_lightning.data.mnist5k import read_digits


def bar(width: int, shear: float = 0.0) -> torch.Tensor:
    """An upright bar of this width, or one whose top lies `shear` px a row to the right."""
    image = torch.zeros(1, 1, 28, 28, dtype=torch.uint8)
    for row in range(4, 24):
        left = 12 + round((23 - row) * shear)
        image[0, 0, row, left : left + width] = 255
    return image


def test_thickness_of_bars() -> None:
    for width in (1, 2, 3, 4):  # their ends count as edges, and one of their corners as a diagonal
        edges_of = 2 * 20 + 2 * width - 2 + 2**0.5
        assert thickness(bar(width)).item() == pytest.approx(2 * 20 * width / edges_of, rel=1e-5)
    grown = thickness(read_digits()[0][:100])
    assert grown.shape == (100, 1)
    assert 1 < grown.min() < grown.max() < 6


def test_slant_of_bars() -> None:
    assert slant(bar(3)).item() == pytest.approx(0, abs=1e-4)
    assert slant(bar(3, 0.5)).item() == pytest.approx(26.57, abs=1)  # arctan ½
    assert slant(bar(3, 0.5).flip(3)).item() == pytest.approx(-26.57, abs=1)
    assert slant(torch.zeros(1, 1, 28, 28, dtype=torch.uint8)).item() == 0


def test_skeleton_of_a_bar_is_a_line_in_its_middle() -> None:
    line = thin(bar(5))[0, 0] > 0
    assert line.sum(1).max() == 1
    assert line[8:20, 14].all()
    digits = read_digits()[0][::50]
    found = thin(digits) > 0
    assert (found <= (digits > 127)).all()  # nothing is added
    assert torch.equal(thin(found.to(torch.uint8) * 255) > 0, found)  # nothing is left to peel
    assert found.flatten(1).any(1).all()


def test_edges_grey_and_small() -> None:
    image = torch.zeros(1, 3, 8, 8, dtype=torch.uint8)
    image[..., 4:] = 255
    drawn = edges(image)
    assert drawn.shape == (1, 1, 8, 8)
    assert drawn[0, 0, 0].tolist() == [255, 255, 255, 0, 0, 255, 255, 255]
    assert grey(image)[0, 0, 0].tolist() == [0] * 4 + [255] * 4
    assert small(image).shape == image.shape
    assert small(torch.full((1, 1, 6, 6), 77, dtype=torch.uint8)).unique().tolist() == [77]


@pytest.mark.parametrize("label", typing.get_args(ComputedLabel))
@pytest.mark.parametrize("channels", [1, 3])
def test_shapes_are_the_declared_ones(label: ComputedLabel, channels: int) -> None:
    images = read_digits()[0][:3].expand(-1, channels, -1, -1)
    assert list(FUNCTIONS[label](images).shape[1:]) == computed_label_shape(label, (channels, 28, 28))
