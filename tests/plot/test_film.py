from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image, ImageSequence

from gan_lightning.plot import film as cinema
from gan_lightning.plot.film import film, thinned


def pictures(folder: Path, colours: list[tuple[int, int, int]], size: tuple[int, int] = (8, 6)) -> list[Path]:
    paths = [folder / f"{index}.png" for index in range(len(colours))]
    for path, colour in zip(paths, colours, strict=True):
        Image.new("RGB", size, colour).save(path)
    return paths


def test_all_pictures_in_their_order_the_last_one_held(tmp_path: Path) -> None:
    colours = [(255, 0, 0), (0, 255, 0), (0, 0, 255), (9, 9, 9)]
    film(pictures(tmp_path, colours), tmp_path / "film.gif")
    with Image.open(tmp_path / "film.gif") as shown:
        frames = [
            (frame.convert("RGB").getpixel((3, 3)), frame.info["duration"]) for frame in ImageSequence.Iterator(shown)
        ]
        assert shown.info["loop"] == 0
        assert shown.size == (8, 6)
    assert frames == list(zip(colours, [600, 300, 300, 2500], strict=True))


def test_pictures_of_another_size_are_left_out(tmp_path: Path) -> None:
    (tmp_path / "old").mkdir()
    old = pictures(tmp_path / "old", [(1, 2, 3)], (20, 20))
    film(old + pictures(tmp_path, [(1, 1, 1), (2, 2, 2)]), tmp_path / "film.gif")
    with Image.open(tmp_path / "film.gif") as shown:
        assert (shown.n_frames, shown.size) == (2, (8, 6))


def test_a_single_picture_makes_a_film(tmp_path: Path) -> None:
    film(pictures(tmp_path, [(1, 2, 3)]), tmp_path / "film.gif")
    with Image.open(tmp_path / "film.gif") as shown:
        assert shown.n_frames == 1


def test_many_pictures_are_thinned_evenly_between_both_ends() -> None:
    paths = [Path(str(k)) for k in range(101)]
    assert thinned(paths, 5) == [Path(str(k)) for k in (0, 25, 50, 75, 100)]
    assert thinned(paths, 200) == paths


def test_a_large_film_loses_frames(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    paths = pictures(tmp_path, [(k, k, k) for k in range(80)])
    film(paths, tmp_path / "whole.gif")
    monkeypatch.setattr(cinema, "BYTES", 100)
    film(paths, tmp_path / "short.gif")
    with Image.open(tmp_path / "whole.gif") as whole, Image.open(tmp_path / "short.gif") as short:
        assert (whole.n_frames, short.n_frames) == (60, 15)
