from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from gan_lightning.data.pixels import to_uint8, to_uint16
from gan_lightning.plot.sample_plot import sample_plot_for
from gan_lightning.sample.output.images import Images
from gan_lightning.sample.sampler import Sampler
from gan_lightning.trained.checkpoint import load_generator
from tests.helper.run_directory import DIGITS, make_run


def made(sampler: Sampler, n: int, folder: Path) -> dict[str, bytes]:
    thing = Images(n=n)
    thing.check(sampler)
    (target,) = thing.make(sampler, sample_plot_for(sampler.shape), folder)
    return {file.name: file.read_bytes() for file in sorted(target.iterdir())}


def test_files_hold_the_generators_pixels(digits: Sampler, folder: Path) -> None:
    assert list(made(digits, 20, folder)) == [f"{number:06d}.png" for number in range(20)]
    with Image.open(folder / "images" / "000017.png") as image:
        assert image.mode == "L"
        expected = to_uint8(digits(digits.latents([17]))[0, 0]).numpy().astype(int)
        assert np.abs(np.asarray(image).astype(int) - expected).max() <= 1


def test_goes_on_where_it_was_broken_off(digits: Sampler, tmp_path: Path) -> None:
    (tmp_path / "whole").mkdir()
    (tmp_path / "broken").mkdir()
    whole = made(digits, 40, tmp_path / "whole")
    made(digits, 21, tmp_path / "broken")
    (tmp_path / "broken" / "images" / "000003.png").unlink()
    (tmp_path / "broken" / "images" / "000005.png").write_bytes(b"left alone")
    again = made(digits, 40, tmp_path / "broken")
    assert again.pop("000005.png") == b"left alone"
    del whole["000005.png"]
    assert again == whole


def test_what_is_there_is_not_written_again(digits: Sampler, folder: Path) -> None:
    made(digits, 16, folder)
    times = {file: file.stat().st_mtime_ns for file in (folder / "images").iterdir()}
    made(digits, 16, folder)
    assert times == {file: file.stat().st_mtime_ns for file in (folder / "images").iterdir()}


@pytest.mark.training
def test_colours(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", *DIGITS, "data.channels=3", "data.size=32")
    made(Sampler(load_generator(str(run))), 2, tmp_path)
    with Image.open(tmp_path / "images" / "000001.png") as image:
        assert (image.mode, image.size) == ("RGB", (32, 32))


@pytest.mark.training
@pytest.mark.parametrize("channels", [1, 3, 7])
def test_samples_have_the_depth_of_the_data(tmp_path: Path, channels: int) -> None:
    run = make_run(tmp_path / "run", *DIGITS, "data=image_folder", "data.root=.", f"data.channels={min(channels, 3)}",
                   f"data.shape=[{channels},28,28]", "data.size=28", "data.bits=16")  # fmt: skip
    sampler = Sampler(load_generator(str(run)))
    assert sampler.trained.bits == 16
    expected = to_uint16(sampler(sampler.latents([1])))[0].numpy().astype(int)
    made(sampler, 2, tmp_path)
    if channels == 7:
        stored = np.load(tmp_path / "images" / "000001.npy")
    else:
        with Image.open(tmp_path / "images" / "000001.png") as image:
            assert image.mode == ("I;16" if channels == 1 else "RGB")
            stored = np.atleast_3d(np.asarray(image)).transpose(2, 0, 1)  # of colours, Pillow reads the upper 8 bits
    if channels == 3:
        assert np.abs(stored.astype(int) - (expected >> 8)).max() <= 1
    else:
        assert stored.dtype == np.uint16
        assert (
            np.abs(stored.astype(int) - expected).max() <= 8
        )  # a batch's size changes the rounding of single precision
        assert len(np.unique(stored)) > 256
