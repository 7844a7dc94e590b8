from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from gan_lightning.data.pixels import to_uint8
from gan_lightning.plot.sample_plot import sample_plot_for
from gan_lightning.sample.load import load_generator
from gan_lightning.sample.output.images import Images
from gan_lightning.sample.sampler import Sampler
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
