from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from gan_lightning.data.pixels import to_uint8
from gan_lightning.plot.block import Block
from gan_lightning.plot.image_plot import CAPTIONS, EDGE, FOOT, GAP, TITLE, ImagePlot, grid_columns, image_grid
from gan_lightning.plot.mosaic import MARGIN, mosaic
from gan_lightning.plot.sample_plot import names_of_cycle, sample_plot_for


def no_critic(x: Tensor) -> Tensor:
    raise AssertionError("a grid of images needs no critic")


def drawn(images: Tensor) -> np.ndarray:
    return np.asarray(ImagePlot(tuple(images.shape[1:]), count=len(images)).snapshot(images, no_critic, 500))


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float64])
def test_each_pixel_becomes_a_square_at_its_place(dtype: torch.dtype) -> None:
    images = torch.rand(4, 1, 28, 28).to(dtype) * 2 - 1
    page, zoom = drawn(images), 3  # 28 → 84
    assert page.shape == (2 * (84 + MARGIN) + MARGIN + FOOT, 2 * (84 + MARGIN) + MARGIN, 3)
    for index, (top, left) in enumerate([(0, 0), (0, 1), (1, 0), (1, 1)]):
        y, x = MARGIN + top * (84 + MARGIN), MARGIN + left * (84 + MARGIN)
        tile = page[y : y + 84, x : x + 84]
        expected = to_uint8(images[index, 0]).numpy().repeat(zoom, 0).repeat(zoom, 1)
        for channel in range(3):
            np.testing.assert_array_equal(tile[..., channel], expected)
        assert (page[y - MARGIN : y] == (0x3B, 0x42, 0x4B)).all()  # the seam


def test_colour_channels_keep_their_order() -> None:
    page = drawn(torch.tensor([1.0, -1.0, 0.0]).view(1, 3, 1, 1).expand(1, 3, 4, 4))
    assert page[10, 10].tolist() == [255, 0, 128]


def test_an_incomplete_row_ends_in_paper() -> None:
    page = drawn(-torch.ones(5, 1, 84, 84))
    assert grid_columns(5, 84, 84) == 2
    middle = [(MARGIN + 40 + line * 86, MARGIN + 40 + column * 86) for line in range(3) for column in range(2)]
    assert [int(page[y, x, 0]) for y, x in middle] == [0, 0, 0, 0, 0, 255]


@pytest.mark.parametrize(
    ("shape", "count", "columns"),
    [((1, 28, 28), 64, 8), ((3, 32, 32), 1, 1), ((3, 32, 128), 16, 2), ((3, 128, 32), 16, 8), ((3, 8, 800), 4, 1)],
)
def test_the_grid_is_about_square(shape: tuple[int, ...], count: int, columns: int) -> None:
    assert grid_columns(count, *shape[1:]) == columns


@pytest.mark.parametrize(("side", "tile"), [(4, 84), (28, 84), (32, 96), (64, 128), (84, 84), (128, 128)])
def test_small_images_are_enlarged_by_a_whole_factor(side: int, tile: int) -> None:
    page = image_grid(torch.zeros(1, 1, side, side), 0)
    assert page.size == (tile + 2 * MARGIN, tile + 2 * MARGIN + FOOT)


def test_a_huge_grid_is_reduced() -> None:
    page = drawn(torch.zeros(4, 1, 1024, 1024))  # 2 × 1026 + 2 = 2,054 pixels wide: half of that
    assert page.shape[1] == 1027
    assert page[100, 100].tolist() == [128, 128, 128]


def test_the_caption_changes_with_the_step_and_nothing_else_does() -> None:
    images, plot = torch.zeros(4, 1, 28, 28), ImagePlot((1, 28, 28), 4)
    one, two = (np.asarray(plot.snapshot(images, no_critic, k)) for k in (1, 20_000))
    assert one.shape == two.shape
    assert (one != two).any()
    np.testing.assert_array_equal(one[:-FOOT], two[:-FOOT])


def test_images_of_a_lower_resolution_fill_the_same_tiles() -> None:
    plot, small = ImagePlot((1, 28, 28), 4), torch.rand(4, 1, 14, 14) * 2 - 1
    enlarged = small.repeat_interleave(2, -1).repeat_interleave(2, -2)
    one, two = (np.asarray(plot.snapshot(images, no_critic, 7)) for images in (small, enlarged))
    np.testing.assert_array_equal(one[:-FOOT], two[:-FOOT])
    assert (one[-FOOT:] != two[-FOOT:]).any()  # "14 px"


def levels(*values: float) -> torch.Tensor:
    """Grey images of one level each."""
    return torch.tensor(values).view(-1, 1, 1, 1).expand(-1, 1, 28, 28)


def test_a_sheet_is_the_snapshot_of_a_run() -> None:
    samples = torch.rand(9, 3, 16, 16)
    expected = ImagePlot((3, 16, 16), 9).snapshot(samples, no_critic, 40)
    np.testing.assert_array_equal(np.asarray(ImagePlot((3, 16, 16)).sheet(samples, 40)), np.asarray(expected))


def test_blocks_one_below_the_other() -> None:
    blocks = [Block("one", ["a", "b"], torch.rand(3, 2, 1, 28, 28)), Block("two", ["c"], torch.rand(1, 1, 1, 28, 28))]
    page = np.asarray(ImagePlot((1, 28, 28)).table(blocks))
    head, top = TITLE + CAPTIONS, EDGE
    for block in blocks:
        grid = np.asarray(mosaic(block.samples))
        assert (page[top : top + head] < 128).any()  # the title
        top += head
        np.testing.assert_array_equal(page[top : top + len(grid), EDGE : EDGE + grid.shape[1]], grid)
        top += len(grid) + GAP
    assert page.shape[:2] == (top - GAP + EDGE, 2 * EDGE + 2 * 86 + 2)


def test_frames_go_round_and_end_a_step_before_the_first() -> None:
    path = levels(*torch.linspace(-1, 1, 12).tolist())
    frames = [np.asarray(frame) for frame in ImagePlot((1, 28, 28)).frames(path, 4)]
    assert len(frames) == 12
    order = [0, 3, 6, 9]
    for step, frame in enumerate(frames):
        expected = mosaic(path[[(n + step) % 12 for n in order]].view(2, 2, 1, 28, 28))
        np.testing.assert_array_equal(frame, np.asarray(expected))


@pytest.mark.parametrize(("count", "size"), [(1, (88, 88)), (6, (260, 174)), (7, (604, 88)), (9, (260, 260))])
def test_any_number_of_moving_samples(count: int, size: tuple[int, int]) -> None:
    assert next(ImagePlot((1, 28, 28)).frames(torch.zeros(2 * count, 1, 28, 28), count)).size == size


def test_class_names_stand_above_their_columns() -> None:
    images = torch.rand(6, 1, 28, 28) * 2 - 1
    names = ["cat", "a name far too long for the column that it stands above", "eel"]
    plain = sample_plot_for((1, 28, 28), count=6, columns=3).sheet(images, 5)
    named = sample_plot_for((1, 28, 28), count=6, columns=3, class_names=names).sheet(images, 5)
    above = named.height - plain.height
    assert above > 0
    np.testing.assert_array_equal(np.asarray(named)[above:], np.asarray(plain))
    pitch = named.width / 3
    dark = (np.asarray(named.convert("L"))[:above] < 200).any(0)
    assert all(dark[int(k * pitch) : int((k + 1) * pitch)].any() for k in range(3))
    assert not any(dark[int(k * pitch)] for k in range(3))  # cut where the column ends
    other = sample_plot_for((1, 28, 28), count=6, columns=3, class_names=names[:2]).sheet(images, 5)
    assert other.size == plain.size


@pytest.mark.parametrize("side", [28, 256])
def test_names_of_many_classes_stand_above_each_image(side: int) -> None:
    images = torch.rand(64, 1, side, side) * 2 - 1
    names = [f"kind {k}" for k in range(100)]
    plain = sample_plot_for((1, side, side)).sheet(images, 5)
    named = sample_plot_for((1, side, side), class_names=names).sheet(images, 5)
    above = (named.height - plain.height + MARGIN) // 8
    assert named.size == (plain.width, plain.height + 8 * above - MARGIN)
    pitch = (plain.height - 22) / 8 if side == 28 else (plain.height - 22 / 2) / 8  # the larger grid is reduced
    for row in range(8):
        top = round(row * pitch)
        strip = np.asarray(named.convert("L"))[top + row * above : top + (row + 1) * above - 5]
        dark = (strip < 200).any(0)
        assert all(dark[int(k * named.width / 8) : int((k + 1) * named.width / 8)].any() for k in range(8))
        image = np.asarray(plain)[top + 4 : top + int(pitch) - 4]
        np.testing.assert_array_equal(np.asarray(named)[top + 4 + (row + 1) * above - MARGIN :][: len(image)], image)
    few = sample_plot_for((1, side, side), class_names=names[:16]).sheet(images, 5)
    assert few.size == plain.size


def test_images_of_many_classes_make_pages() -> None:
    images, names = torch.rand(100, 1, 28, 28) * 2 - 1, [f"kind {k}" for k in range(40)]
    plot = sample_plot_for((1, 28, 28), class_names=names)
    assert isinstance(plot, ImagePlot)
    first, second = plot.pages(images, 5)
    np.testing.assert_array_equal(np.asarray(first), np.asarray(plot.sheet(images[:64], 5)))
    rest = image_grid(images[64:], 5, 8, names=[names[k % 40] for k in range(64, 100)])
    np.testing.assert_array_equal(np.asarray(second), np.asarray(rest))
    assert len(list(sample_plot_for((1, 28, 28)).pages(images, 5))) == 1  # type: ignore[attr-defined]
    assert len(list(plot.pages(images[:64], 5))) == 1


def test_names_are_those_of_a_generator_by_class() -> None:
    assert names_of_cycle(("a", "b"), 2) == ("a", "b")
    assert names_of_cycle(("a", "b"), 0) is None
    assert names_of_cycle((), 0) is None
