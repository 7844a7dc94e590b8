"""A folder of images, its cache, and what is refused."""

from __future__ import annotations

import os
import pickle
import resource
import signal
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeout
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import pytest
import torch
from PIL import Image

from gan_lightning.core import file_lock
from gan_lightning.core.errors import UsageError
from gan_lightning.data import image_folder
from gan_lightning.data.image_folder import ImageFolder
from gan_lightning.data.io import folder_cache, image_files
from gan_lightning.data.io.decode import decode, suffixes
from gan_lightning.data.io.image_files import ImageFiles, images_in
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
    assert len(images_in(root).files) == 13
    assert levels(folder(root))


def test_links_are_followed_but_not_round_in_circles(root: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    Image.new("RGB", (8, 8), "red").save(tmp_path / "elsewhere" / "x.png")
    (root / "linked").symlink_to(tmp_path / "elsewhere")
    (root / "0" / "loop").symlink_to(root)
    assert len(images_in(root).files) == 13


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
    assert len(decoded) == len(images_in(root).files)
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


def flat(path: Path, level: int = 100) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (8, 8), (level,) * 3).save(path)


@pytest.mark.parametrize(
    "name", ["a=b", "c,d", "p(q)", "hash#1", "br[1]", "*?", "фото", "größe", "n" * 250, os.fsdecode(b"\xff")]
)
def test_folders_and_files_of_every_name(tmp_path: Path, name: str, decoded: list[str]) -> None:
    root = tmp_path / name
    for k in range(4):
        flat(root / name / f"{name[:200]}{k}.png", 60 * k)
        flat(root / "other" / f"{k}.png", 60 * k)
    (root / "other" / f"{name[:200]}.png").write_bytes(b"")
    for _ in range(2):
        with pytest.warns(UserWarning, match="1 of 9 images"):
            data = folder(root, classes=2, unreadable="skip", cache=str(tmp_path / f"cache {name[:200]}"))
    assert everything(data) == sorted([0, 60, 120, 180] * 2)
    assert set(data.class_names) == {name, "other"}
    assert len(decoded) == 9


def test_a_broken_file_does_not_take_others_of_a_like_name_with_it(root: Path) -> None:
    flat(root / "1" / "05.png (1).png")
    (root / "1" / "05.png (1).png").write_bytes(b"")
    with pytest.warns(UserWarning, match="1 of 13 images"):
        data = folder(root, classes=3, unreadable="skip")
    assert torch.cat([data.train.labels, data.held_out.labels]).bincount().tolist() == [4, 4, 4]  # type: ignore[list-item]


def test_labels_beside_many_broken_files_take_no_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = [tmp_path / f"{k % 2}" / f"{k:05}.png" for k in range(40_000)]
    cache = folder_cache.FolderCache.__new__(folder_cache.FolderCache)
    cache.found = ImageFiles(tmp_path, [name.relative_to(tmp_path) for name in names])
    content = folder_cache.CacheManifest(20_000, [(k, "broken") for k in range(0, 40_000, 2)])
    data = ImageFolder(root=str(tmp_path), classes=2)
    begin = time.process_time()
    assert data._labels(cache, content).tolist() == [1] * 20_000  # pairs of names would be 8e8
    assert time.process_time() - begin < 5


@pytest.mark.parametrize("how", ["refuse", "skip"])
def test_what_is_no_file_is_never_opened(root: Path, how: str, monkeypatch: pytest.MonkeyPatch) -> None:
    (root / "dangling.png").symlink_to(root / "nowhere.png")
    (root / "circle.png").symlink_to(root / "circle.png")
    os.mkfifo(root / "pipe.png")
    listening = socket.socket(socket.AF_UNIX)
    monkeypatch.chdir(root)  # a socket's name is short
    listening.bind("socket.png")
    told = (
        r"4 of 16 images under .* can't be read: circle.png \(Too many levels of symbolic links\), dangling.png "
        r"\(No such file or directory\), pipe.png \(not a regular file\), socket.png \(not a regular file\)"
    )
    if how == "refuse":
        with pytest.raises(UsageError, match=told):
            folder(root)
    else:
        with pytest.warns(UserWarning, match=told):
            assert everything(folder(root, unreadable="skip")) == list(range(0, 240, 20))
    listening.close()


def test_a_link_that_is_mended_is_read(root: Path, tmp_path: Path) -> None:
    (root / "late.png").symlink_to(tmp_path / "late.png")
    with pytest.warns(UserWarning, match="1 of 13"):
        folder(root, unreadable="skip")
    flat(tmp_path / "late.png", 255)
    assert 255 in everything(folder(root))


def test_folders_that_may_not_be_read_are_named(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scan = os.scandir

    def scandir(path: str) -> Any:
        if str(path).endswith(closed):
            raise PermissionError(13, "Permission denied", str(path))
        return scan(path)

    monkeypatch.setattr(os, "scandir", scandir)
    closed = "/1"
    with pytest.raises(UsageError, match=r"1 of 9 images under .* can't be read: 1/ \(Permission denied\)"):
        folder(root)
    closed = "photos"
    with pytest.raises(UsageError, match=r"^data.root=.*photos can't be read: Permission denied$"):
        folder(root)


def test_files_are_taken_by_all_names_that_pillow_knows(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for suffix in (".jfif", ".jpe", ".webp", ".tga", ".ico", ".apng", ".mpo"):
        kind = {".apng": "PNG", ".mpo": "JPEG"}.get(suffix)
        Image.new("RGB", (16, 16), (100,) * 3).save(root / f"image{suffix}", kind)
    for name in ("a.txt", "b.TXT", "film.mp4", "README", "photo.eps"):
        (root / name).write_text("x")
    data = folder(root)
    assert len(everything(data)) == 19
    told = capsys.readouterr().err
    assert f"left out under {root}: 5 file(s) that are no images by name, 2 .txt, " in told
    assert all(kind in told for kind in ("1 without a suffix", "1 .mp4", "1 .eps"))


@pytest.mark.parametrize(("suffix", "plugin"), [("avif", ""), ("heic", "pillow_heif")])
def test_photos_of_phones(root: Path, suffix: str, plugin: str) -> None:
    if plugin:
        pytest.importorskip(plugin)
    if f".{suffix}" not in suffixes():
        pytest.skip("this Pillow has no AVIF")
    y = np.linspace(0, 255, 64)[:, None].repeat(64, 1).astype(np.uint8)
    Image.fromarray(y).convert("RGB").save(root / f"x.{suffix}", quality=95)
    found = decode(root / f"x.{suffix}", 64, 1)
    assert found.shape == (1, 64, 64)
    assert np.abs(found[0].astype(int) - y).max() < 12
    assert len(images_in(root).files) == 13


def test_photos_that_a_plugin_would_read(root: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    (root / "IMG_1.HEIC").write_bytes(b"x")
    monkeypatch.setattr(image_files, "suffixes", lambda: {".png": "PNG"})
    folder(root)
    assert '1 file(s) that are no images by name, 1 .heic; pip install "gan_lightning[heic]" reads .heic' in (
        capsys.readouterr().err
    )


@pytest.mark.parametrize("error", [OSError(24, "Too many open files"), MemoryError(), OSError(5, "Input/output error")])
def test_a_passing_fault_is_not_kept(root: Path, monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    opened = Path.open

    def failing(*_: object) -> None:
        raise error

    def refusing(path: Path, mode: str) -> object:
        return failing() if mode == "rb" else opened(path, mode)

    with monkeypatch.context() as patched:
        if error.args[:1] == (24,):
            patched.setattr(Path, "open", refusing)
        else:
            patched.setattr(folder_cache, "decode_any", failing)
        with pytest.raises(
            UsageError, match=r"^decoding stopped at .*\.png \((Too|out|Input).*nothing was kept"
        ) as told:
            folder(root, unreadable="skip")
        assert "\n" not in str(told.value)
    assert list((root.parent / "cache").iterdir()) == []
    assert len(everything(folder(root))) == 12


def test_a_folder_that_vanishes_is_not_kept_as_unreadable(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    listed = image_folder.find_images

    def vanishing(path: Path) -> object:
        found = listed(path)
        root.rename(root.parent / "gone")
        return found

    with monkeypatch.context() as patched:
        patched.setattr(image_folder, "find_images", vanishing)
        with pytest.raises(UsageError, match=r"^decoding stopped at .*No such file or directory"):
            folder(root, unreadable="skip")
    (root.parent / "gone").rename(root)
    assert len(everything(folder(root))) == 12


@pytest.mark.parametrize(
    "manifest",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"[" * 100_000,
        b"\xff\xfe",
        b'{"rows": "x"}',
        b'{"rows": 12, "unreadable": 5}',
        b'{"rows": 5}',
        b'{"rows": -1}',
        b'{"rows": 11, "unreadable": [[99, "x"]]}',
        b'{"rows": 10, "unreadable": [[3, "x"], [3, "x"]]}',
        b'{"rows": 12, "values": [{"kind": 3}]}',
    ],
)
def test_a_damaged_manifest_is_made_again(root: Path, decoded: list[str], manifest: bytes) -> None:
    whole = levels(folder(root))
    (file,) = (root.parent / "cache").glob("*.json")
    file.write_bytes(manifest)
    assert levels(folder(root)) == whole
    assert len(decoded) == 24


@pytest.mark.parametrize("content", [b"", b"\x93NUMPY", b"\x93NUMPY\x01\x00\x05\x00{'a'(", b"PK\x03\x04", b"text"])
def test_a_damaged_array_is_made_again(root: Path, decoded: list[str], content: bytes) -> None:
    whole = levels(folder(root))
    (file,) = (root.parent / "cache").glob("*.npy")
    file.write_bytes(content)
    assert levels(folder(root)) == whole
    assert len(decoded) == 24


@pytest.mark.parametrize("kind", ["npy", "json"])
def test_a_folder_in_the_caches_place_is_told(root: Path, kind: str) -> None:
    folder(root)
    (file,) = (root.parent / "cache").glob(f"*.{kind}")
    file.unlink()
    (file / "full").mkdir(parents=True)
    with pytest.raises(UsageError, match=r"^cannot keep decoded images in .*: set data.cache=FOLDER$"):
        folder(root)
    assert not list((root.parent / "cache").glob(".*.writing"))


def test_what_a_killed_process_left_is_removed(root: Path) -> None:
    home, host = root.parent / "cache", socket.gethostname()
    home.mkdir()
    ended = 99_999_999  # above the largest number of a process
    dead, other = home / f".x.npy.{host}.{ended}.writing", home / ".x.npy.elsewhere.1.writing"
    alive = home / f".x.npy.{host}.{os.getpid()}.writing"
    for file in (dead, other, alive):
        file.write_bytes(b"half")
    folder(root)
    assert [file.exists() for file in (dead, other, alive)] == [False, True, True]


def test_of_two_that_prepare_at_once_one_waits(
    root: Path, decoded: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with ThreadPoolExecutor(1) as other, pytest.MonkeyPatch.context() as patched:
        write, begun = folder_cache.FolderCache._write, []

        def slow(cache: folder_cache.FolderCache, target: Path, bits: Any) -> folder_cache.CacheManifest:
            begun.append(other.submit(folder, root))
            with pytest.raises(FutureTimeout):
                begun[0].result(timeout=0.5)
            return write(cache, target, bits)

        patched.setattr(folder_cache.FolderCache, "_write", slow)
        first = folder(root)
        assert levels(begun[0].result(timeout=60)) == levels(first)
    assert (len(begun), len(decoded)) == (1, 12)
    assert f"another process decodes the images under {root}: waiting for it" in capsys.readouterr().err
    assert not list((root.parent / "cache").glob(".*"))


def test_two_that_prepare_at_once_without_locks_make_the_same(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_locks(*_: object) -> None:
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(file_lock.fcntl, "flock", no_locks)
    with ThreadPoolExecutor(1) as other, pytest.MonkeyPatch.context() as patched:
        write = folder_cache.FolderCache._write

        def slow(cache: folder_cache.FolderCache, target: Path, bits: Any) -> folder_cache.CacheManifest:
            content = write(cache, target, bits)
            if not entered:
                entered.append(target)
                host = other.submit(lambda: [patched.setattr(os, "getpid", lambda: 1), folder(root)][1])
                assert len(everything(host.result())) == 12
            return content

        entered: list[Path] = []
        patched.setattr(folder_cache.FolderCache, "_write", slow)
        assert len(everything(folder(root))) == 12


def test_a_full_disk_is_told(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, limits[1]))  # more is refused, as by a full disk
    try:
        with pytest.raises(UsageError, match=r"^cannot keep decoded images in .*: set data.cache=FOLDER$"):
            folder(root, size=256)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, ignored)
    assert list((root.parent / "cache").iterdir()) == []


def test_numbered_folders_are_classes_in_the_order_of_their_numbers(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for k in range(12):
        for n in range(2):
            flat(tmp_path / "photos" / str(k) / f"{n}.png", 20 * k)
    data = folder(tmp_path / "photos", classes=12)
    assert data.class_names == tuple(map(str, range(12)))
    assert torch.equal(data.train.labels, data.train.rows[torch.arange(len(data.train))][:, 0, 0, 0].long() // 20)
    assert "classes: 0 0, 1 1, 2 2, 3 3, 4 4, 5 5, 6 6, 7 7, 8 8, 9 9 and 2 more" in capsys.readouterr().err


def test_class_names_of_a_run_are_those_of_the_folder(root: Path) -> None:
    data = folder(root, classes=3, class_names=("0", "1", "2"))
    assert data.class_names == ("0", "1", "2")
    with pytest.raises(UsageError, match=r"has the classes 0, 1, 2, but this run was begun with cat, dog, eel"):
        folder(root, classes=3, class_names=("cat", "dog", "eel"))


def test_parts_of_a_set_without_one_to_train_on(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for part in ("val", "test"):
        for n in range(3):
            flat(tmp_path / "photos" / part / "cat" / f"{n}.png", 30 * n)
    with pytest.raises(UsageError, match=r"holds the parts test, val of a data set, not classes: .*photos/test$"):
        folder(tmp_path / "photos", classes=2)
    folder(tmp_path / "photos")
    assert "are trained on together: test, val" in capsys.readouterr().err


def parted(root: Path, *parts: str) -> Path:
    """Of each part 3 cats of levels 0, 1, 2 and 3 dogs of 100, 101, 102; the second part 10 more, the third 20."""
    for k, part in enumerate(parts):
        for kind, level in (("cat", 0), ("dog", 100)):
            for n in range(3):
                flat(root / part / kind / f"{n}.png", level + n + 10 * k)
    return root


def test_folders_train_and_val_say_what_is_held_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = parted(tmp_path / "photos", "train", "test", "Val")
    data = folder(root, classes=2)
    assert levels(data) == [[0, 1, 2, 100, 101, 102], [20, 21, 22, 120, 121, 122]]
    assert data.class_names == ("cat", "dog")
    for table in (data.train, data.held_out):
        assert table.labels is not None
        assert torch.equal(table.labels, (table.rows[torch.arange(6)][:, 0, 0, 0] >= 100).long())
    told = capsys.readouterr().err
    assert f"{root}: the 6 images in train are trained on, the 6 in Val are held out; test is not used" in told
    assert levels(folder(root)) == levels(data)
    assert levels(folder(root / "train", held_out=0.5)) != levels(data)


def test_a_test_folder_is_held_out_where_there_is_no_other(tmp_path: Path) -> None:
    root = parted(tmp_path / "photos", "training", "testing")
    assert levels(folder(root))[1] == [10, 11, 12, 110, 111, 112]


def test_held_out_images_are_of_the_classes_that_are_trained_on(tmp_path: Path) -> None:
    root = parted(tmp_path / "photos", "train", "val")
    flat(root / "val" / "eel" / "0.png")
    with pytest.raises(UsageError, match=r"photos: val has the folder eel, no class of train: .*root=.*photos/train$"):
        folder(root, classes=2)
    with pytest.raises(UsageError, match=r"^data.classes=3, but .* has 2 folder\(s\)"):
        folder(parted(tmp_path / "two", "train", "val"), classes=3)


def test_a_share_is_refused_where_folders_say_what_is_held_out(tmp_path: Path) -> None:
    root = parted(tmp_path / "photos", "train", "val")
    with pytest.raises(
        UsageError, match=r"^data.held_out=0.2 .* holds out those in val: use data.held_out=null, or data.root=.*/train"
    ):
        folder(root, held_out=0.2)


def test_a_part_that_can_not_be_read_is_told(tmp_path: Path) -> None:
    root = parted(tmp_path / "photos", "train", "val")
    for file in (root / "val").rglob("*.png"):
        file.write_bytes(b"")
    with pytest.warns(UserWarning, match="left out"), pytest.raises(UsageError, match="holds no image in val that can"):
        folder(root, unreadable="skip")


def test_labels_of_a_file_reach_both_parts(tmp_path: Path) -> None:
    root = parted(tmp_path / "photos", "train", "val")
    rows = [f"{file.relative_to(root).as_posix()},{file.parts[-2]}" for file in sorted(root.rglob("*.png"))]
    (tmp_path / "labels.csv").write_text("\n".join(["file,label", *rows]))
    data = folder(root, classes=2, labels=str(tmp_path / "labels.csv"))
    assert (len(data.train), len(data.held_out)) == (6, 6)
    assert torch.equal(data.held_out.labels, (data.held_out.rows[torch.arange(6)][:, 0, 0, 0] >= 100).long())


def deep(root: Path, top: int, dtype: str, suffix: str) -> None:
    """Six images, black at the left and from grey to `top` at the right: none alone uses the whole range."""
    root.mkdir()
    for k in range(1, 7):
        values = np.zeros((8, 8), dtype)
        values[:, 4:] = top * k // 6
        Image.fromarray(values).save(root / f"{k}.{suffix}")


@pytest.mark.parametrize(
    ("top", "dtype", "suffix", "typed"),
    [
        (4095, "uint16", "png", (0, 4095)),
        (255, "uint16", "tiff", (0, 255)),
        (1000, "uint16", "pgm", (0, 1023)),
        (255, "int32", "tiff", (0, 255)),
        (255, "float32", "tiff", (0, 255)),
        (100_000, "int32", "tiff", (0, 100_000)),
    ],
)
def test_deep_images_are_never_black(
    tmp_path: Path, top: int, dtype: str, suffix: str, typed: tuple[float, float]
) -> None:
    if suffix == "pgm":
        pytest.importorskip("PIL", minversion="11")
    deep(tmp_path / "photos", top, dtype, suffix)
    with pytest.raises(UsageError, match=rf"hold values from 0 to {top}, .*: set data.range=\[{typed[0]},{typed[1]}\]"):
        folder(tmp_path / "photos")
    at_depth, in_bytes = folder(tmp_path / "photos", range=typed), folder(tmp_path / "photos", range=typed, bits=8)
    assert (at_depth.bits, in_bytes.bits) == (16, 8)
    brightest = [
        max(float(t.rows[torch.arange(len(t))].max()) for t in (d.train, d.held_out)) for d in (at_depth, in_bytes)
    ]
    assert brightest[0] == pytest.approx(2 * top / typed[1] - 1, abs=2e-5)
    assert brightest[1] == round(255 * top / typed[1])


def test_deep_images_that_use_their_bits_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    deep(tmp_path / "photos", 65535, "uint16", "png")
    for _ in range(2):  # also from the cache
        folder(tmp_path / "photos")
        assert "6 16-bit images, values from 0 to 65535: scaled from [0,65535] to 16 bits" in capsys.readouterr().err
    folder(tmp_path / "photos", bits=8)
    assert "6 16-bit images, values from 0 to 65535: scaled from [0,65535] to 8 bits" in capsys.readouterr().err


def test_a_range_for_eight_bits_is_refused(root: Path) -> None:
    with pytest.raises(
        UsageError, match=r"^data.range is for images of more than 8 bits, and .* are none: leave it out"
    ):
        folder(root, range=(0, 4095))


@pytest.mark.parametrize("given", ["", "x" * 5000, "/dev/null/x", "~nouser/x", "a\0b"])
def test_roots_that_cannot_be(given: str) -> None:
    with pytest.raises(UsageError, match=r"^data.root="):
        ImageFolder(root=given)


def test_a_root_that_is_a_file(root: Path) -> None:
    with pytest.raises(UsageError, match=r"00.png is a file, not a folder: give a folder of images"):
        ImageFolder(root=str(root / "0" / "00.png"))


def test_home_is_written_with_a_tilde(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(root.parent))
    data = ImageFolder(root="~/photos", size=8, cache="~/cache")
    data.setup()
    assert len(everything(data)) == 12
    assert list((root.parent / "cache").glob("*.npy"))


def test_outputs_of_runs_are_no_data(root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Runs that write below the folder that they train on: `cd photos; train data.root=.`"""
    marks = {
        "runs/now": ("config.yaml", "seed: 0\nrun_dir: runs/now\n"),
        "multirun/sweep/0_seed=0": ("config.yaml", "run_dir: multirun/sweep/0_seed=0\n"),
        "made": ("samples.json", '{"sha256": "1f", "weights": "ema"}'),
        "compare": ("compare.html", ""),
        "theirs": ("config.yaml", "author: someone\n"),
    }
    kept = ImageFolder(root=str(root), size=8, cache=str(tmp_path / "cache"))
    kept.setup()
    assert len(kept.train) + len(kept.held_out) == 12
    for folder, (name, content) in marks.items():
        (root / folder / "samples").mkdir(parents=True)
        (root / folder / name).write_text(content)
        Image.new("RGB", (9, 9)).save(root / folder / "samples" / "step_000000.png")
    again = ImageFolder(root=str(root), size=8, cache=str(tmp_path / "cache"))
    again.setup()
    assert len(again.train) + len(again.held_out) == 13  # that of a folder with another program's config
    assert "4 output(s) of this program, compare, made, " in capsys.readouterr().err
    assert len(images_in(root / "made").files) == 1, "what is asked for by name is read"


@pytest.mark.parametrize("size", [(8, 16), (16, 8)])
def test_images_of_two_sizes(root: Path, size: tuple[int, int]) -> None:
    data = folder(root, size=size)
    assert data.shape == (3, *size)
    assert data.train.batch(0, 0, 4).shape == (4, 3, *size)
    assert everything(data) == list(range(0, 240, 20))


def test_transparency_is_kept_in_four_channels(tmp_path: Path) -> None:
    (tmp_path / "icons").mkdir()
    for number in range(4):
        Image.new("RGBA", (8, 8), (200, 100, 0, 60 * number)).save(tmp_path / "icons" / f"{number}.png")
    Image.new("RGB", (8, 8), (1, 2, 3)).save(tmp_path / "icons" / "opaque.png")
    kept = folder(tmp_path / "icons", channels=4, held_out=0.2)
    assert kept.shape == (4, 8, 8)
    rows = torch.cat([table.rows[torch.arange(len(table))] for table in (kept.train, kept.held_out)])
    assert {tuple(row[:, 0, 0].tolist()) for row in rows} >= {(1, 2, 3, 255), (200, 100, 0, 120), (200, 100, 0, 60)}
    over_white = folder(tmp_path / "icons", held_out=0.2)
    rows = torch.cat([table.rows[torch.arange(len(table))] for table in (over_white.train, over_white.held_out)])
    assert (255, 255, 255) in {tuple(row[:, 0, 0].tolist()) for row in rows}
