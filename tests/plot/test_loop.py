from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image, ImageSequence

from gan_lightning.plot import loop as endless
from gan_lightning.plot.loop import loop

FRAMES = [Image.new("RGB", (8, 6), (10 * k, 0, 255 - 10 * k)) for k in range(8)]


def shown(file: Path) -> list[tuple[tuple[int, ...], int]]:
    with Image.open(file) as film:
        assert film.info["loop"] == 0
        return [(f.convert("RGB").getpixel((3, 3)), f.info["duration"]) for f in ImageSequence.Iterator(film)]


def test_all_frames_evenly_and_endlessly(tmp_path: Path) -> None:
    loop(FRAMES, tmp_path / "loop.gif")
    assert shown(tmp_path / "loop.gif") == [((10 * k, 0, 255 - 10 * k), 80) for k in range(8)]


def test_a_large_film_takes_as_long_with_fewer_frames(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(endless, "BYTES", 10)
    loop(FRAMES, tmp_path / "loop.gif")
    assert shown(tmp_path / "loop.gif") == [((10 * k, 0, 255 - 10 * k), 320) for k in (0, 4)]
