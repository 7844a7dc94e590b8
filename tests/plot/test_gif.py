from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image, ImageSequence

from gan_lightning.plot import gif
from gan_lightning.plot.gif import thinned, write_loop_gif, write_training_gif

FRAMES = [Image.new("RGB", (8, 6), (10 * k, 0, 255 - 10 * k)) for k in range(8)]


def shown(file: Path) -> list[tuple[tuple[int, ...], int]]:
    with Image.open(file) as image:
        assert image.info["loop"] == 0
        return [(f.convert("RGB").getpixel((3, 3)), f.info["duration"]) for f in ImageSequence.Iterator(image)]


def test_a_loop_has_all_frames_evenly(tmp_path: Path) -> None:
    write_loop_gif(FRAMES, tmp_path / "loop.gif")
    assert shown(tmp_path / "loop.gif") == [((10 * k, 0, 255 - 10 * k), 80) for k in range(8)]


def test_a_large_loop_takes_as_long_with_fewer_frames(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gif, "MAX_BYTES", 10)
    write_loop_gif(FRAMES, tmp_path / "loop.gif")
    assert shown(tmp_path / "loop.gif") == [((10 * k, 0, 255 - 10 * k), 320) for k in (0, 4)]


def files(folder: Path, colours: list[tuple[int, int, int]], size: tuple[int, int] = (8, 6)) -> list[Path]:
    paths = [folder / f"{index}.png" for index in range(len(colours))]
    for path, colour in zip(paths, colours, strict=True):
        Image.new("RGB", size, colour).save(path)
    return paths


def test_a_training_has_all_images_in_order_and_the_last_longer(tmp_path: Path) -> None:
    colours = [(255, 0, 0), (0, 255, 0), (0, 0, 255), (9, 9, 9)]
    write_training_gif(files(tmp_path, colours), tmp_path / "training.gif")
    with Image.open(tmp_path / "training.gif") as shown:
        frames = [
            (frame.convert("RGB").getpixel((3, 3)), frame.info["duration"]) for frame in ImageSequence.Iterator(shown)
        ]
        assert shown.info["loop"] == 0
        assert shown.size == (8, 6)
    assert frames == list(zip(colours, [600, 300, 300, 2500], strict=True))


def test_images_of_another_size_are_omitted(tmp_path: Path) -> None:
    (tmp_path / "old").mkdir()
    old = files(tmp_path / "old", [(1, 2, 3)], (20, 20))
    write_training_gif(old + files(tmp_path, [(1, 1, 1), (2, 2, 2)]), tmp_path / "training.gif")
    with Image.open(tmp_path / "training.gif") as shown:
        assert (shown.n_frames, shown.size) == (2, (8, 6))


def test_a_single_image_makes_a_gif(tmp_path: Path) -> None:
    write_training_gif(files(tmp_path, [(1, 2, 3)]), tmp_path / "training.gif")
    with Image.open(tmp_path / "training.gif") as shown:
        assert shown.n_frames == 1


def test_many_images_are_thinned_evenly_between_both_ends() -> None:
    paths = [Path(str(k)) for k in range(101)]
    assert thinned(paths, 5) == [Path(str(k)) for k in (0, 25, 50, 75, 100)]
    assert thinned(paths, 200) == paths


def test_a_large_training_loses_frames(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    paths = files(tmp_path, [(k, k, k) for k in range(80)])
    write_training_gif(paths, tmp_path / "whole.gif")
    monkeypatch.setattr(gif, "MAX_BYTES", 100)
    write_training_gif(paths, tmp_path / "short.gif")
    with Image.open(tmp_path / "whole.gif") as whole, Image.open(tmp_path / "short.gif") as short:
        assert (whole.n_frames, short.n_frames) == (60, 15)


def test_damaged_images_are_left_out_and_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As after a power cut: half a picture, and an empty one."""
    files = [tmp_path / f"step_{k}.png" for k in range(4)]
    for file, frame in zip(files, FRAMES, strict=False):
        frame.save(file)
    files[1].write_bytes(files[1].read_bytes()[:40])
    files[3].write_bytes(b"")
    write_training_gif(files, tmp_path / "film.gif")
    assert len(shown(tmp_path / "film.gif")) == 2
    assert "step_1.png is damaged and left out" in capsys.readouterr().err
    write_training_gif([files[1]], tmp_path / "none.gif")
    assert not (tmp_path / "none.gif").exists()
