from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from gan_lightning.plot.gif import write_training_gif
from gan_lightning.plot.picture_file import is_whole, save_png


class Broken(Image.Image):
    def save(self, fp: object, format: str | None = None, **params: object) -> None:
        Path(str(fp)).write_bytes(b"half")
        raise OSError("the disk is full")


def test_a_picture_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    save_png(Image.new("L", (3, 3)), tmp_path / "a.png")
    before = (tmp_path / "a.png").read_bytes()
    with pytest.raises(OSError, match="full"):
        save_png(Broken(), tmp_path / "a.png")
    assert [path.name for path in tmp_path.iterdir()] == ["a.png"]
    assert (tmp_path / "a.png").read_bytes() == before


def test_a_film_leaves_damaged_pictures_out_and_names_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = [tmp_path / f"step_{n}.png" for n in range(3)]
    for n, file in enumerate(files):
        save_png(Image.new("L", (8, 8), 40 * n), file)
    files[2].write_bytes(files[2].read_bytes()[:40])
    files[1].write_bytes(b"")
    write_training_gif(files, tmp_path / "film.gif")
    assert is_whole(tmp_path / "film.gif")
    assert capsys.readouterr().err.count("is damaged and left out") == 2
    write_training_gif(files[1:], tmp_path / "none.gif")
    assert not (tmp_path / "none.gif").exists()


def test_a_picture_that_was_made_anew_is_whole(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"half")
    assert not is_whole(tmp_path / "a.png")
    save_png(Image.new("L", (3, 3)), tmp_path / "a.png")
    assert is_whole(tmp_path / "a.png")
