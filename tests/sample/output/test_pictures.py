"""What images and points have in common."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from gan_lightning.core.errors import UsageError
from gan_lightning.plot.image_plot import CAPTIONS, EDGE, TITLE
from gan_lightning.plot.mosaic import mosaic
from gan_lightning.plot.sample_plot import sample_plot_for
from gan_lightning.sample.latent.interpolation import spherical
from gan_lightning.sample.output.arithmetic import Arithmetic
from gan_lightning.sample.output.base import Output
from gan_lightning.sample.output.grid import Grid
from gan_lightning.sample.output.images import Images
from gan_lightning.sample.output.interpolation import Interpolation
from gan_lightning.sample.output.neighbours import Neighbours
from gan_lightning.sample.output.points import Points
from gan_lightning.sample.output.truncation import Truncation
from gan_lightning.sample.sampler import Sampler

SMALL = Interpolation(pairs=2, steps=3, stops=3, frames=2)


@pytest.mark.training
@pytest.mark.parametrize("kind", ["digits", "ring"])
@pytest.mark.parametrize("thing", [Grid(n=5), SMALL, Truncation(n=3)], ids=lambda thing: type(thing).__name__)
def test_the_same_seed_gives_the_same_files(
    kind: str, thing: Output, folder: Path, request: pytest.FixtureRequest
) -> None:
    sampler: Sampler = request.getfixturevalue(kind)
    contents = []
    for seed in (0, 0, 1):
        torch.manual_seed(len(contents))  # must not matter
        made = thing.make(Sampler(sampler.trained, seed=seed), sample_plot_for(sampler.shape), folder)
        assert sorted(made) == sorted(folder.iterdir())
        contents.append([file.read_bytes() for file in made])
    assert contents[0] == contents[1]
    assert all(a != b for a, b in zip(contents[0], contents[2], strict=True))


def tiles(file: Path, rows: int, columns: int, top: int) -> np.ndarray:
    page = np.asarray(Image.open(file))
    return page[top : top + 86 * rows + 2, EDGE : EDGE + 86 * columns + 2]


def test_interpolation_begins_and_ends_at_samples_of_the_grid(digits: Sampler, folder: Path) -> None:
    SMALL.make(digits, sample_plot_for(digits.shape), folder)
    found = tiles(folder / "interpolation.png", 2, 3, EDGE + TITLE + CAPTIONS)
    ends = digits(digits.latents(range(4))).view(2, 2, 1, 28, 28)
    middle = digits((digits.latents([0, 2]) + digits.latents([1, 3])) / 2)
    expected = mosaic(torch.stack([ends[:, 0], middle, ends[:, 1]], dim=1))
    assert np.abs(found.astype(int) - np.asarray(expected).astype(int)).max() <= 1


def test_the_film_goes_round(digits: Sampler, folder: Path) -> None:
    SMALL.make(digits, sample_plot_for(digits.shape), folder)
    stops = digits.latents(range(3))
    ring = spherical(stops, stops.roll(-1, 0), torch.tensor([0.0, 0.5])).flatten(0, 1)
    with Image.open(folder / "interpolation.gif") as film:
        assert film.n_frames == 6
        for step in range(6):
            film.seek(step)
            expected = mosaic(digits(ring[[step, (step + 2) % 6, (step + 4) % 6]])[None])
            difference = np.asarray(film.convert("RGB")).astype(int) - np.asarray(expected).astype(int)
            assert np.abs(difference).max() <= 12  # 256 colours


def test_truncation_begins_as_drawn_and_ends_at_one_sample(digits: Sampler, folder: Path) -> None:
    Truncation(thresholds=[1.0], psi=[1.0, 0.0], n=2).make(digits, sample_plot_for(digits.shape), folder)
    top = EDGE + TITLE + CAPTIONS
    resampled = tiles(folder / "truncation.png", 2, 2, top)
    scaled = tiles(folder / "truncation.png", 2, 2, top + 174 + 20 + TITLE + CAPTIONS)
    drawn = np.asarray(mosaic(digits(digits.latents(range(2)))[:, None]))
    zero = np.asarray(mosaic(digits(torch.zeros(2, 6))[:, None]))
    for found, expected in [(resampled[:, :88], drawn), (scaled[:, :88], drawn), (scaled[:, 86:], zero)]:
        assert np.abs(found.astype(int) - expected.astype(int)).max() <= 1
    assert not np.array_equal(resampled[:, 86:], drawn)


@pytest.mark.parametrize(
    ("thing", "says"),
    [
        (Arithmetic(), "output=arithmetic shows images, and this generator makes points"),
        (Images(), "output=points writes them"),
        (Neighbours(), "output=grid shows where they lie"),
    ],
)
def test_points_are_no_images(ring: Sampler, thing: Output, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        thing.check(ring)


def test_images_are_no_points(digits: Sampler) -> None:
    with pytest.raises(UsageError, match="output=images does"):
        Points().check(digits)


def test_points_in_a_file(ring: Sampler, folder: Path) -> None:
    thing = Points(n=100)
    thing.check(ring)
    thing.make(ring, sample_plot_for(ring.shape), folder)
    np.testing.assert_array_equal(np.load(folder / "points.npy"), ring(ring.latents(range(100))).numpy())
    assert (folder / "points.png").exists()
