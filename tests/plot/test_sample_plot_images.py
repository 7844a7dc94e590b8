from __future__ import annotations

import numpy as np
import pytest
import torch

from gan_lightning.core.errors import UsageError
from gan_lightning.plot.images import ImageTrainingPlot
from gan_lightning.plot.mosaic import mosaic
from gan_lightning.plot.sample_plot import Block, sample_plot_for
from gan_lightning.plot.sample_plot_images import CAPTIONS, EDGE, GAP, TITLE, ImageSamplePlot
from gan_lightning.plot.sample_plot_points import PointSamplePlot


def levels(*values: float) -> torch.Tensor:
    """Grey images of one level each."""
    return torch.tensor(values).view(-1, 1, 1, 1).expand(-1, 1, 28, 28)


def test_a_sheet_is_the_picture_of_a_run() -> None:
    samples = torch.rand(9, 3, 16, 16)
    expected = ImageTrainingPlot((3, 16, 16), 9).draw(samples, lambda x: x, 40)
    np.testing.assert_array_equal(np.asarray(ImageSamplePlot().sheet(samples, 40)), np.asarray(expected))


def test_blocks_one_below_the_other() -> None:
    blocks = [Block("one", ["a", "b"], torch.rand(3, 2, 1, 28, 28)), Block("two", ["c"], torch.rand(1, 1, 1, 28, 28))]
    page = np.asarray(ImageSamplePlot().table(blocks))
    head, top = TITLE + CAPTIONS, EDGE
    for block in blocks:
        field = np.asarray(mosaic(block.samples))
        assert (page[top : top + head] < 128).any()  # the title
        top += head
        np.testing.assert_array_equal(page[top : top + len(field), EDGE : EDGE + field.shape[1]], field)
        top += len(field) + GAP
    assert page.shape[:2] == (top - GAP + EDGE, 2 * EDGE + 2 * 86 + 2)


def test_travellers_go_round_and_end_a_step_before_the_beginning() -> None:
    ring = levels(*torch.linspace(-1, 1, 12).tolist())
    frames = [np.asarray(frame) for frame in ImageSamplePlot().frames(ring, 4)]
    assert len(frames) == 12
    order = [0, 3, 6, 9]
    for step, frame in enumerate(frames):
        expected = mosaic(ring[[(n + step) % 12 for n in order]].view(2, 2, 1, 28, 28))
        np.testing.assert_array_equal(frame, np.asarray(expected))


@pytest.mark.parametrize(("travellers", "size"), [(1, (88, 88)), (6, (260, 174)), (7, (604, 88)), (9, (260, 260))])
def test_any_number_of_travellers(travellers: int, size: tuple[int, int]) -> None:
    assert next(ImageSamplePlot().frames(torch.zeros(2 * travellers, 1, 28, 28), travellers)).size == size


def test_looks_suit_shapes() -> None:
    assert isinstance(sample_plot_for((1, 28, 28)), ImageSamplePlot)
    assert isinstance(sample_plot_for((3, 64, 32)), ImageSamplePlot)
    assert isinstance(sample_plot_for((2,)), PointSamplePlot)
    for shape in [(3,), (2, 8, 8), (28, 28)]:
        with pytest.raises(UsageError, match=r"images of 1 or 3 channels, and points of the plane"):
            sample_plot_for(shape)
