"""A folder of images, its cache, and what is refused."""

from __future__ import annotations

import os
import pickle
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import pytest
import torch
from PIL import Image

from gan_lightning.core.errors import UsageError
from gan_lightning.data.image_folder import ImageFolder
from gan_lightning.data.io import folder_cache
from gan_lightning.data.io.memmap import MemmapRows


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Twelve flat grey images, of levels 0, 20, ..., 220, in the order of their paths."""
    folder = tmp_path / "photos"
    for k in range(12):
        path = folder / f"{k // 4}" / f"{k:02}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (10 + k, 20 - k), (20 * k,) * 3).save(path)
    return folder


@pytest.fixture
def decoded(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the files that are decoded."""
    names: list[str] = []
    decode = folder_cache.decode_any

    def watched(stream: BinaryIO, *options: Any) -> object:
        names.append(Path(stream.name).name)
        return decode(stream, *options)

    monkeypatch.setattr(folder_cache, "decode_any", watched)
    return names


def folder(root: Path, **options: object) -> ImageFolder:
    options = {"size": 8, "cache": str(root.parent / "cache")} | options
    data = ImageFolder(root=str(root), **options)  # type: ignore[arg-type]
    data.setup()
    return data


def levels(data: ImageFolder) -> list[list[int]]:
    """Of the training and of the held-out images; each is flat."""
    both = []
    for table in (data.train, data.held_out):
        images = table.rows[torch.arange(len(table))].flatten(1)
        assert (images == images[:, :1]).all()
        both.append(sorted(images[:, 0].tolist()))
    return both


def everything(data: ImageFolder) -> list[int]:
    train, held_out = levels(data)
    return sorted(train + held_out)


def test_every_image_is_there_once_at_one_size(root: Path) -> None:
    data = folder(root)
    assert data.shape == (3, 8, 8)
    assert data.train.batch(0, 0, 4).shape == (4, 3, 8, 8)
    assert len(data.held_out) == 1
    assert everything(data) == list(range(0, 240, 20))


def test_the_held_out_share_is_alike_in_every_run(root: Path) -> None:
    first, second = (folder(root, held_out=0.25, batch_size=n) for n in (2, 4))
    assert levels(first) == levels(second)
    assert len(levels(first)[1]) == 3


def test_only_visible_images_are_taken(root: Path) -> None:
    (root / "notes.txt").write_text("not an image")
    (root / "._00.png").write_bytes(b"what a Mac leaves")
    (root / ".thumbnails").mkdir()
    Image.new("RGB", (8, 8), "red").save(root / ".thumbnails" / "x.png")
    Image.new("RGB", (8, 8), (250,) * 3).save(root / "SHOUT.JPG")
    assert len(folder_cache.images_in(root).files) == 13
    assert levels(folder(root))


def test_links_are_followed_but_not_round_in_circles(root: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    Image.new("RGB", (8, 8), "red").save(tmp_path / "elsewhere" / "x.png")
    (root / "linked").symlink_to(tmp_path / "elsewhere")
    (root / "0" / "loop").symlink_to(root)
    assert len(folder_cache.images_in(root).files) == 13


def test_images_are_decoded_once(root: Path, decoded: list[str]) -> None:
    first = folder(root)
    assert len(decoded) == 12
    assert levels(folder(root)) == levels(first)
    assert len(decoded) == 12
    assert not list((root.parent / "cache").glob(".*.writing"))


def test_a_moved_folder_is_not_decoded_again(root: Path, decoded: list[str]) -> None:
    folder(root)
    (root.parent / "new").mkdir()
    moved = root.rename(root.parent / "new" / "photos")
    folder(moved, cache=str(root.parent / "cache"))
    assert len(decoded) == 12


@pytest.mark.parametrize("change", ["rewrite", "touch", "add", "remove", "rename", "size", "channels"])
def test_a_change_is_noticed(root: Path, decoded: list[str], change: str) -> None:
    folder(root)
    decoded.clear()
    file, options = root / "1" / "05.png", {}
    match change:
        case "rewrite":
            Image.new("RGB", (9, 9), (255, 255, 255)).save(file)
        case "touch":
            os.utime(file, ns=(0, file.stat().st_mtime_ns + 1))
        case "add":
            Image.new("RGB", (9, 9)).save(root / "new.png")
        case "remove":
            file.unlink()
        case "rename":
            file.rename(root / "1" / "55.png")
        case _:
            options = {"size": {"size": 16}, "channels": {"channels": 1}}[change]
    data = folder(root, **options)
    assert len(decoded) == len(folder_cache.images_in(root).files)
    assert (255 in everything(data)) == (change == "rewrite")


def test_a_damaged_cache_is_made_again(root: Path, decoded: list[str]) -> None:
    whole = levels(folder(root))
    (cache,) = (root.parent / "cache").glob("*.npy")
    cache.write_bytes(cache.read_bytes()[:-100])
    decoded.clear()
    assert levels(folder(root)) == whole
    assert len(decoded) == 12


def test_a_killed_decoding_leaves_nothing_that_counts(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(folder_cache.json, "dumps", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            folder(root)
    assert not list((root.parent / "cache").glob(".*.writing"))
    assert len(everything(folder(root))) == 12


def test_a_large_set_stays_on_disk(root: Path) -> None:
    here, there = folder(root, size=256), folder(root, size=256, in_memory_mb=1, flip=True)
    assert (type(here.train.rows), here.num_workers) == (torch.Tensor, 0)
    assert (type(there.train.rows), there.num_workers) == (MemmapRows, 2)
    assert levels(here) == levels(there)
    assert torch.equal(here.train.batch(3, 5, 4), there.train.batch(3, 5, 4))  # flat images have no left and right
    assert folder(root, size=256, in_memory_mb=1, num_workers=0).num_workers == 0


def test_rows_on_disk_travel_as_their_path(root: Path) -> None:
    rows = folder(root, size=256, in_memory_mb=1).train.rows
    index = torch.tensor([1, 0, 1])
    before, sent = rows[index], pickle.dumps(rows)
    assert len(sent) < 2000
    assert torch.equal(pickle.loads(sent)[index], before)


def test_unreadable_files_are_refused_by_name(root: Path) -> None:
    (root / "0" / "01.png").write_bytes(b"not an image")
    whole = (root / "2" / "09.png").read_bytes()
    (root / "2" / "09.png").write_bytes(whole[: len(whole) // 2])
    for _ in range(2):  # remembered with the cache
        with pytest.raises(UsageError) as refused:
            folder(root)
        told = str(refused.value)
        assert told.startswith(f"2 of 12 images under {root} can't be read: 0/01.png (cannot identify image file), ")
        assert "), 2/09.png (" in told
        assert told.endswith("); remove them, or leave them out with data.unreadable=skip")
        assert "\n" not in told


def test_unreadable_files_are_skipped_by_choice(root: Path) -> None:
    for k in (1, 5):
        (root / f"{k // 4}" / f"{k:02}.png").write_bytes(b"")
    for _ in range(2):
        with pytest.warns(
            UserWarning, match=r"2 of 12 images under .* can't be read: 0/01.png .*, 1/05.png .*; left out"
        ):
            data = folder(root, unreadable="skip")
        assert everything(data) == [20 * k for k in range(12) if k not in (1, 5)]


def test_many_unreadable_files_are_counted(root: Path) -> None:
    for path in root.rglob("*.png"):
        path.write_bytes(b"")
    with pytest.raises(UsageError, match=r"^12 of 12 images .* 0/00.png .* 2/09.png \(.*\) and 2 more; remove them"):
        folder(root)
    with pytest.warns(UserWarning, match=r"left out"), pytest.raises(UsageError, match=r"holds 0 sample\(s\)"):
        folder(root, unreadable="skip")


def test_a_folder_must_be_given_exist_and_hold_images(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"^data.root is not set: give a folder of images, data.root=FOLDER$"):
        ImageFolder()
    with pytest.raises(UsageError, match=r"^data.root=/nowhere is not a folder: give a folder of images"):
        ImageFolder(root="/nowhere")
    with pytest.raises(UsageError, match=f"^data.root={tmp_path} holds no images .*jpeg.*png"):
        ImageFolder(root=str(tmp_path)).setup()
    Image.new("RGB", (8, 8)).save(tmp_path / "one.png")
    with pytest.raises(UsageError, match=rf"^data.root={tmp_path} holds 1 sample\(s\): at least 2 are needed"):
        ImageFolder(root=str(tmp_path), cache=str(tmp_path / "cache")).setup()


def test_a_cache_that_cannot_be_written_is_told(root: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(UsageError, match=r"^cannot keep decoded images in .*file.*: set data.cache=FOLDER$"):
        folder(root, cache=str(tmp_path / "file"))


def test_the_default_cache_is_the_users(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(root.parent / "home"))
    ImageFolder(root=str(root), size=8).prepare_data()
    (cache,) = (root.parent / "home" / "gan_lightning" / "image_folder").glob("photos-*.npy")
    assert np.load(cache).shape == (12, 3, 8, 8)


def test_folders_are_classes(root: Path) -> None:
    (root / "1" / "04.png").write_text("no image")
    with pytest.warns(UserWarning, match="1 of 12 images"):
        data = folder(root, classes=3, unreadable="skip", held_out=0.3)
    for table in (data.train, data.held_out):
        assert table.labels is not None
        images = table.rows[torch.arange(len(table))].flatten(1)[:, 0].long()
        assert torch.equal(table.labels, images // 80)  # four levels, 20 apart, in each folder
    (root / "1" / "04.png").unlink()
    assert folder(root).train.labels is None
    assert (data.train.flip, data.held_out.flip) == (False, False)


def test_folders_that_are_not_the_classes(root: Path) -> None:
    with pytest.raises(UsageError, match=r"data.classes=5, but data.root=.* has 3 folder\(s\) with images: one folder"):
        folder(root, classes=5)
    (root / "0" / "00.png").rename(root / "beside.png")
    with pytest.raises(UsageError, match="and images beside them: one folder for each class is needed"):
        folder(root, classes=3)
