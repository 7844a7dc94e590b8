"""Images in zip and tar archives, in databases and of lists."""

from __future__ import annotations

import io
import json
import sys
import tarfile
import time
import zipfile
from pathlib import Path

import pytest
import torch
from PIL import Image

from gan_lightning.core.errors import UsageError
from gan_lightning.data.image_folder import ImageFolder
from gan_lightning.data.io import archive_names
from gan_lightning.data.io.image_labels import label_classes
from gan_lightning.data.io.image_zip import images_in_zip


def png(level: int) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (9, 8), (level,) * 3).save(file, "PNG")
    return file.getvalue()


def packed(path: Path, members: dict[str, bytes | str], compression: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def stylegan(path: Path, labels: object = ...) -> Path:
    """An archive as dataset_tool.py of StyleGAN writes it: stored, not compressed, in folders by number."""
    images = {f"{k // 4:05}/img{k:08}.png": png(20 * k) for k in range(12)}
    pairs = [[name, 11 - k] for k, name in enumerate(images)] if labels is ... else labels
    return packed(path, {**images, "dataset.json": json.dumps({"labels": pairs})}, zipfile.ZIP_STORED)


def loaded(root: Path, **options: object) -> ImageFolder:
    data = ImageFolder(root=str(root), size=8, cache=str(root.parent / "cache"), **options)  # type: ignore[arg-type]
    data.setup()
    return data


def rows(data: ImageFolder) -> tuple[list[int], list[int]]:
    """The level of every image, and its class."""
    tables = (data.train, data.held_out)
    levels = torch.cat([table.rows[torch.arange(len(table))][:, 0, 0, 0] for table in tables])
    labels = [table.labels for table in tables if table.labels is not None]
    order = levels.argsort()
    return levels[order].tolist(), torch.cat(labels)[order].tolist() if labels else []


def test_a_zip_is_as_good_as_its_folder(tmp_path: Path) -> None:
    archive = packed(tmp_path / "photos.zip", {f"{k % 2}/{k}.png": png(20 * k) for k in range(12)})
    with zipfile.ZipFile(archive) as opened:
        opened.extractall(tmp_path / "photos")
    before, after = loaded(tmp_path / "photos", classes=2), loaded(archive, classes=2)
    assert rows(before) == rows(after)
    assert torch.equal(before.train.batch(3, 5, 4), after.train.batch(3, 5, 4))
    assert not [path for path in tmp_path.rglob("*") if path.name.startswith("photos") and path.suffix == ".png"]


def test_labels_of_stylegan_are_found_in_its_archive(tmp_path: Path) -> None:
    archive = stylegan(tmp_path / "dataset.zip")
    assert label_classes(None, str(archive)) == 12
    data = loaded(archive, classes=12)
    assert rows(data) == (list(range(0, 240, 20)), list(range(11, -1, -1)))
    assert data.class_names == tuple(map(str, range(12)))


@pytest.mark.parametrize("labels", [None, "no file"])
def test_an_archive_without_labels(tmp_path: Path, labels: str | None) -> None:
    archive = stylegan(tmp_path / "dataset.zip", None) if labels is None else packed(tmp_path / "a.zip", {"a.png": b""})
    assert label_classes(None, str(archive)) == 0


@pytest.mark.parametrize(
    ("labels", "told"), [([["a.png", [0.5, None]]], "is not a class"), ([], "it holds no labels"), (3, "not iterable")]
)
def test_labels_that_are_no_classes(tmp_path: Path, labels: object, told: str) -> None:
    archive = stylegan(tmp_path / "dataset.zip", labels)
    with pytest.raises(
        UsageError,
        match=rf"dataset.json in it can't be read as labels \(.*{told}.*or data.classes=0 for",
    ):
        label_classes(None, str(archive))
    assert loaded(archive).train.labels is None


def test_images_without_a_label_are_named(tmp_path: Path) -> None:
    archive = stylegan(tmp_path / "dataset.zip", [["00000/img00000000.png", 0], ["00000/img00000001.png", 1]])
    with pytest.raises(UsageError, match=r"^10 of 12 images have no label in dataset.json in data.root=.*t.zip: "):
        loaded(archive, classes=2)


def test_a_folder_around_everything_is_no_class(tmp_path: Path) -> None:
    archive = packed(
        tmp_path / "a.zip",
        {f"around/all/{kind}/{k}.png": png(50 * k) for kind in ("cat", "dog") for k in range(4)}
        | {"__MACOSX/around/all/cat/._0.png": b"", "around/.DS_Store": b"", "around/empty/": b""},
    )
    data = loaded(archive, classes=2)
    assert data.class_names == ("cat", "dog")
    assert len(rows(data)[0]) == 8


def test_folders_of_a_zip_say_what_is_held_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    archive = packed(
        tmp_path / "a.zip", {f"set/{part}/{k}.png": png(50 * k) for part in ("train", "val") for k in range(4)}
    )
    assert len(loaded(archive).held_out) == 4
    assert "the 4 images in train are trained on, the 4 in val are held out" in capsys.readouterr().err
    with pytest.raises(UsageError, match=r"use data.held_out=null, or data.root=FILE, a zip or a list of train alone$"):
        loaded(archive, held_out=0.5)


def test_names_of_members_never_become_paths(tmp_path: Path) -> None:
    (tmp_path / "outside.png").write_bytes(png(200))
    names = ("../outside.png", "/etc/outside.png", "a/../../outside.png")
    (tmp_path / "in").mkdir()
    archive = packed(
        tmp_path / "in" / "a.zip", {name: png(9) for name in names} | {f"{k}.png": png(k) for k in (0, 99, 200)}
    )
    with pytest.raises(UsageError, match=r"3 of 6 images .* can't be read: \.\./outside.png \(a path outside of"):
        loaded(archive)
    with pytest.warns(UserWarning, match="left out"):
        assert rows(loaded(archive, unreadable="skip"))[0] == [0, 99, 200]


def test_members_too_large_are_not_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert archive_names.MOST == 2**28
    archive = packed(tmp_path / "a.zip", {"bomb.png": b"\0" * 5_000_000, "1.png": png(1), "2.png": png(2)})
    monkeypatch.setattr("gan_lightning.data.io.archive_names.MOST", 2**20)
    assert archive.stat().st_size < 10_000
    with pytest.raises(UsageError, match=r"1 of 3 images .* can't be read: bomb.png \(5 MB unpacked, more than 1\)"):
        loaded(archive)
    monkeypatch.setattr("gan_lightning.data.io.image_labels.MOST", 100)
    with pytest.raises(UsageError, match=r"dataset.json in it can't be read as labels \(it has more than 100 bytes\)"):
        label_classes(None, str(stylegan(tmp_path / "b.zip")))


def test_damaged_and_encrypted_members_are_named_one_by_one(tmp_path: Path) -> None:
    archive = packed(tmp_path / "a.zip", {f"{k}.png": png(k) for k in range(4)}, zipfile.ZIP_STORED)
    content = bytearray(archive.read_bytes())
    with zipfile.ZipFile(archive) as opened:
        damaged, encrypted = opened.getinfo("1.png"), opened.getinfo("2.png")
    content[damaged.header_offset + 60] ^= 1
    entry = content.rindex(b"2.png") - 46  # in the directory at the end
    content[entry + 8] |= 1
    archive.write_bytes(content)
    assert encrypted.flag_bits == 0
    with pytest.raises(UsageError) as refused:
        loaded(archive)
    assert "2 of 4 images" in str(refused.value)
    assert "1.png (Bad CRC-32" in str(refused.value)
    assert "2.png (encrypted)" in str(refused.value)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 half", b"not a zip"])
def test_what_is_no_zip_is_one_line(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.zip").write_bytes(content)
    with pytest.raises(UsageError, match=r"^data.root=.*a.zip can't be read as a zip archive \(.*\): make it anew$"):
        loaded(tmp_path / "a.zip")


def test_thousands_of_members_are_not_listed(tmp_path: Path) -> None:
    archive = packed(tmp_path / "a.zip", {f"{k}.txt": b"" for k in range(5000)})
    with pytest.raises(UsageError, match=r"a.zip holds no images .* that can be opened, but 5000 .txt$"):
        loaded(archive)


def test_a_large_directory_is_read_once(tmp_path: Path) -> None:
    archive = packed(tmp_path / "a.zip", {f"{k}.png": b"x" for k in range(5000)})
    begin = time.process_time()
    found = images_in_zip(archive)
    assert all(found.open(number).read() == b"x" for number in range(5000))
    assert time.process_time() - begin < 5  # reading the directory for each member takes minutes


def test_a_change_of_a_member_is_noticed(tmp_path: Path) -> None:
    members = {f"{k}.png": png(60 * k) for k in range(4)}
    assert rows(loaded(packed(tmp_path / "a.zip", members)))[0] == [0, 60, 120, 180]
    assert rows(loaded(packed(tmp_path / "a.zip", members | {"3.png": png(9)})))[0] == [0, 9, 60, 120]


def test_a_list_names_its_images(tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    for k in range(6):
        (tmp_path / "photos" / f"{k} a.png").write_bytes(png(20 * k))
    (tmp_path / "far").mkdir()
    (tmp_path / "far" / "x.png").write_bytes(png(255))
    lines = ["photos/0 a.png", "", "photos/3 a.png\r", "photos/3 a.png", str(tmp_path / "far" / "x.png"), "notes.md"]
    (tmp_path / "few.txt").write_text("\n".join(lines))
    assert rows(loaded(tmp_path / "few.txt"))[0] == [0, 60, 255]


def test_files_that_a_list_names_wrongly(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("missing.png\n")
    with pytest.raises(UsageError, match=r"a.txt holds no images .*, but missing.png \(No such file or directory\)$"):
        loaded(tmp_path / "a.txt")
    (tmp_path / "a.txt").write_bytes(b"\0\1\2")
    with pytest.raises(UsageError, match=r"a.txt can't be read as a list \(it holds zero bytes\): give a text of one"):
        loaded(tmp_path / "a.txt")
    with pytest.raises(UsageError, match=r"is a file, not a folder: give a folder of images, a .zip or .tar of "):
        ImageFolder(root=__file__)


def test_folders_and_labels_of_a_list(tmp_path: Path) -> None:
    for kind, level in (("cat", 0), ("dog", 100)):
        (tmp_path / kind).mkdir()
        for k in range(3):
            (tmp_path / kind / f"{k}.png").write_bytes(png(level + k))
    names = [f"{kind}/{k}.png" for kind in ("cat", "dog") for k in range(3)]
    (tmp_path / "all.txt").write_text("\n".join(names))
    assert rows(loaded(tmp_path / "all.txt", classes=2)) == ([0, 1, 2, 100, 101, 102], [0, 0, 0, 1, 1, 1])
    (tmp_path / "labels.csv").write_text("\n".join(f"{name},{k % 2}" for k, name in enumerate(names)))
    data = loaded(tmp_path / "all.txt", classes=2, labels=str(tmp_path / "labels.csv"))
    assert rows(data)[1] == [0, 1, 0, 1, 0, 1]


def tarred(path: Path, members: dict[str, bytes]) -> Path:
    with tarfile.open(path, "w") as archive:
        for name, content in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return path


def shards(folder: Path) -> Path:
    """Three shards as WebDataset writes them: samples of one key each, an image and its class."""
    folder.mkdir()
    for shard in range(3):
        members = {}
        for k in range(4 * shard, 4 * shard + 4):
            members |= {f"{k:04}.png": png(20 * k), f"{k:04}.cls": f"{11 - k}".encode(), f"{k:04}.json": b"{}"}
        tarred(folder / f"train-{shard:06}.tar", members)
    return folder


def test_a_tar_is_as_good_as_its_folder(tmp_path: Path) -> None:
    members = {f"photos/{k % 2}/{k}.png": png(20 * k) for k in range(12)}
    archive = tarred(tmp_path / "photos.tar", members | {"photos/.hidden.png": b"?", "photos/notes.txt": b"?"})
    with tarfile.open(archive) as opened:
        opened.extractall(tmp_path, filter="data")
    assert rows(loaded(archive, classes=2)) == rows(loaded(tmp_path / "photos", classes=2))
    assert rows(loaded(archive, classes=2))[1] == [k % 2 for k in range(12)]


@pytest.mark.parametrize("beside", [False, True])
def test_shards_of_a_folder_are_one_set_with_the_classes_in_them(beside: bool, tmp_path: Path) -> None:
    root = shards(tmp_path / "shards")
    if beside:
        for level in (7, 100, 200):
            (root / f"{level}.png").write_bytes(png(level))
        assert rows(loaded(root))[0] == [7, 100, 200], "a folder of images, with archives beside them"
        return
    assert label_classes(None, str(root)) == 12
    expected = [20 * k for k in range(12)], [11 - k for k in range(12)]
    assert rows(loaded(root, classes=12)) == expected
    one = root / "train-000000.tar"
    assert rows(loaded(one, classes=4)) == (expected[0][:4], [3, 2, 1, 0]), "classes by number: 8, 9, 10, 11"


def test_faults_of_tars_are_named(tmp_path: Path) -> None:
    good = {f"{k}.png": png(20 * k) for k in range(4)}
    folder = tmp_path / "both"
    folder.mkdir()
    tarred(folder / "a.tar", good)
    tarred(folder / "b.tar", {"3.png": png(9), "../out.png": png(1), "bad.png": b"no image"})
    with pytest.raises(UsageError, match=r"3 of 7 images under .*both can't be read") as refusal:
        loaded(folder)
    for words in ("3.png (in a.tar and in b.tar)", "../out.png (a path outside of the", "bad.png (cannot identify"):
        assert words in str(refusal.value)
    with pytest.warns(UserWarning, match="3 of 7 images"):
        assert rows(loaded(folder, unreadable="skip"))[0] == [0, 20, 40, 60]
    cut = tarred(tmp_path / "cut.tar", good)
    cut.write_bytes(cut.read_bytes()[:100])
    with pytest.raises(UsageError, match=r"cut.tar can't be read as a tar archive \(.*\): make it anew"):
        loaded(cut)
    packed_tar = tmp_path / "photos.tar.gz"
    packed_tar.write_bytes(b"\x1f\x8b")
    with pytest.raises(UsageError, match=r"photos.tar.gz is compressed, and images are read in place: unpack it"):
        loaded(packed_tar)
    wrong = tarred(tmp_path / "wrong.tar", good | {"0.cls": b"\xff"})
    with pytest.raises(UsageError, match=r"wrong.tar: 0.cls in it can't be read as a class .*give data.labels=FILE"):
        label_classes(None, str(wrong))
    some = tarred(tmp_path / "some.tar", good | {"0.cls": b"5", "1.cls": b"6"})
    with pytest.raises(UsageError, match=r"2 of 4 images have no label in the .cls files in data.root="):
        loaded(some, classes=2)


def test_a_tar_that_was_cut_loses_the_images_after_the_cut(tmp_path: Path) -> None:
    cut = tarred(tmp_path / "cut.tar", {f"{k}.png": png(20 * k) for k in range(4)})
    cut.write_bytes(cut.read_bytes()[: 2 * 1024 + 530])
    with pytest.raises(UsageError, match=r"can't be read"):
        loaded(cut)


def test_links_and_pipes_in_a_tar_are_no_files(tmp_path: Path) -> None:
    archive = tarred(tmp_path / "a.tar", {f"{k}.png": png(20 * k) for k in range(4)})
    with tarfile.open(archive, "a") as opened:
        for kind, name in (
            (tarfile.SYMTYPE, "link.png"),
            (tarfile.FIFOTYPE, "pipe.png"),
            (tarfile.LNKTYPE, "hard.png"),
        ):
            member = tarfile.TarInfo(name)
            member.type, member.linkname = kind, "/etc/passwd"
            opened.addfile(member)
    assert rows(loaded(archive))[0] == [0, 20, 40, 60]


def database(path: Path, entries: dict[bytes, bytes], subdir: bool = True) -> Path:
    lmdb = pytest.importorskip("lmdb")
    opened = lmdb.open(str(path), map_size=1 << 22, subdir=subdir)
    with opened.begin(write=True) as transaction:
        for key, value in entries.items():
            transaction.put(key, value)
    opened.close()
    return path


@pytest.mark.parametrize("subdir", [True, False])
def test_a_database_of_images_is_read_in_place(subdir: bool, tmp_path: Path) -> None:
    entries = {f"{k:03}".encode(): png(20 * k) for k in range(11)} | {b"\xff\x00/..": png(220)}
    root = database(tmp_path / "bedroom_train_lmdb", entries, subdir)
    assert rows(loaded(root))[0] == [20 * k for k in range(12)]
    assert rows(loaded(root))[0] == [20 * k for k in range(12)], "twice in one process"


def test_what_is_wrong_with_a_database_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = database(tmp_path / "lsun", {b"0": png(0), b"1": png(20), b"2": b"no image"})
    with pytest.raises(UsageError, match=r"1 of 3 images under .*lsun can't be read: 2 \(cannot identify image file\)"):
        loaded(root)
    empty = database(tmp_path / "empty", {})
    with pytest.raises(UsageError, match=r"empty holds no images"):
        loaded(empty)
    monkeypatch.setitem(sys.modules, "lmdb", None)
    with pytest.raises(UsageError, match=r'pip install "gan_lightning\[lmdb\]"'):
        loaded(root)
