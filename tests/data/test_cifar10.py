from __future__ import annotations

import hashlib
import pickle
import tarfile
from pathlib import Path

import numpy as np
import pytest
from torchvision.datasets import CIFAR10

from gan_lightning.core.errors import UsageError
from gan_lightning.data import base_torchvision
from gan_lightning.data.cifar10 import Cifar10


def pickled(path: Path, content: object) -> list[str]:
    path.write_bytes(pickle.dumps(content))
    return [path.name, hashlib.md5(path.read_bytes()).hexdigest()]


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two training batches of 3 and a test batch of 2: red 10·label, green 1, blue 2; their checksums made known."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    folder = tmp_path / "given" / CIFAR10.base_folder
    folder.mkdir(parents=True)

    def batch(labels: list[int]) -> dict[str, object]:
        rows = [[10 * label] * 1024 + [1] * 1024 + [2] * 1024 for label in labels]
        return {"data": np.array(rows, dtype=np.uint8), "labels": labels}

    train = [pickled(folder / "data_batch_1", batch([0, 1, 2])), pickled(folder / "data_batch_2", batch([3, 4, 5]))]
    monkeypatch.setattr(CIFAR10, "train_list", train)
    monkeypatch.setattr(CIFAR10, "test_list", [pickled(folder / "test_batch", batch([9, 8]))])
    meta = pickled(folder / "batches.meta", {"label_names": ["plane"]})
    monkeypatch.setattr(CIFAR10, "meta", {"filename": meta[0], "key": "label_names", "md5": meta[1]})
    return folder.parent


def packed(root: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of `root` as an archive in a folder of its own."""
    archive = root.parent / "packed" / CIFAR10.filename
    archive.parent.mkdir()
    with tarfile.open(archive, "w:gz") as tar:
        tar.add(root / CIFAR10.base_folder, CIFAR10.base_folder)
    monkeypatch.setattr(CIFAR10, "tgz_md5", hashlib.md5(archive.read_bytes()).hexdigest())
    return archive


def assert_read(data: Cifar10) -> None:
    data.setup()
    assert data.train.labels.tolist() == [0, 1, 2, 3, 4, 5]
    assert data.held_out.labels.tolist() == [9, 8]
    assert tuple(data.train.rows.shape) == (6, 3, *data.shape[1:])
    assert data.train.rows[:, :, 5, 7].tolist() == [[10 * label, 1, 2] for label in range(6)]
    assert data.held_out.rows[:, 0, 0, 0].tolist() == [90, 80]


def test_batches_are_read_in_place(root: Path) -> None:
    assert_read(Cifar10(root=str(root)))
    assert_read(Cifar10(root=str(root / CIFAR10.base_folder), size=16))


def test_an_archive_is_unpacked_beside_itself(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    archive = packed(root, monkeypatch)
    assert_read(Cifar10(root=str(archive.parent)))
    assert (archive.parent / CIFAR10.base_folder / "data_batch_1").is_file()


def test_a_damaged_archive_is_refused_and_not_opened(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    archive = packed(root, monkeypatch)
    archive.write_bytes(archive.read_bytes()[:-1])
    with pytest.raises(
        UsageError, match=r"cifar-10-python.tar.gz is damaged \(its checksum is wrong\): delete it and fetch"
    ):
        Cifar10(root=str(archive.parent)).setup()
    assert not (archive.parent / CIFAR10.base_folder).exists()


def test_a_damaged_batch_is_refused_before_unpickling(root: Path) -> None:
    (root / CIFAR10.base_folder / "data_batch_2").write_bytes(b"cos\nsystem\n(S'false'\ntR.")
    with pytest.raises(
        UsageError, match=r"cifar-10-batches-py is incomplete or damaged: delete it and fetch CIFAR-10 again$"
    ):
        Cifar10(root=str(root)).setup()


def test_what_is_missing_is_told_in_one_line(tmp_path: Path, root: Path) -> None:
    with pytest.raises(UsageError) as refused:
        Cifar10().setup()
    assert str(refused.value) == (
        "CIFAR-10 not found: looked for cifar-10-batches-py or cifar-10-python.tar.gz in data, "
        f"{tmp_path}/cache/gan_lightning; set data.root=FOLDER or data.download=true, or run: "
        "python -c \"from torchvision.datasets import CIFAR10; CIFAR10('data', download=True)\""
    )


def test_a_failed_download_is_told_in_one_line(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(self: CIFAR10) -> None:
        raise OSError("<urlopen error\n no network>")

    monkeypatch.setattr(CIFAR10, "download", fail)
    with pytest.raises(UsageError, match=r"^CIFAR-10 could not be fetched or unpacked: <urlopen error no network>$"):
        Cifar10(download=True).setup()


def test_only_training_images_are_mirrored(root: Path) -> None:
    plain, mirrored = Cifar10(root=str(root)), Cifar10(root=str(root), flip=True)
    plain.setup()
    mirrored.setup()
    assert (plain.train.flip, mirrored.train.flip, mirrored.held_out.flip) == (False, True, False)


def test_a_killed_unpacking_leaves_nothing(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    archive = packed(root, monkeypatch)

    def killed(_: object, folder: str) -> None:
        Path(folder, CIFAR10.base_folder).mkdir()
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(base_torchvision, "extract_archive", killed)
        with pytest.raises(KeyboardInterrupt):
            Cifar10(root=str(archive.parent)).setup()
    assert list(archive.parent.iterdir()) == [archive]
    assert_read(Cifar10(root=str(archive.parent)))


def test_two_may_unpack_at_once(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    archive = packed(root, monkeypatch)
    extract = base_torchvision.extract_archive

    def overtaken(source: Path, folder: str) -> None:
        extract(source, folder)
        if not (archive.parent / CIFAR10.base_folder).exists():
            extract(source, archive.parent)

    monkeypatch.setattr(base_torchvision, "extract_archive", overtaken)
    assert_read(Cifar10(root=str(archive.parent)))
    assert sorted(file.name for file in archive.parent.iterdir()) == [CIFAR10.base_folder, archive.name]
