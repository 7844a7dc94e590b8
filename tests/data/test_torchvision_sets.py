"""CIFAR-100, SVHN and STL-10 in files that are made here, with their checksums made known."""

from __future__ import annotations

import hashlib
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torchvision.datasets import CIFAR100, STL10, SVHN

from gan_lightning.core.errors import UsageError
from gan_lightning.data.base_torchvision import TorchvisionImages
from gan_lightning.data.cifar100 import Cifar100
from gan_lightning.data.stl10 import Stl10
from gan_lightning.data.svhn import Svhn


def known(path: Path, content: bytes) -> list[str]:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return [path.name, hashlib.md5(content).hexdigest()]


def images(labels: list[int], side: int) -> np.ndarray:
    """Of each label one, [N, 3, side, side]: red its label, green the column, blue the row."""
    row, column = np.mgrid[:side, :side]
    return np.array([[np.full((side, side), label), column, row] for label in labels], dtype=np.uint8)


def cifar100(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def batch(labels: list[int]) -> bytes:
        return pickle.dumps({"data": images(labels, 32).reshape(len(labels), -1), "fine_labels": labels})

    home = root / CIFAR100.base_folder
    monkeypatch.setattr(CIFAR100, "train_list", [known(home / "train", batch([3, 50, 99]))])
    monkeypatch.setattr(CIFAR100, "test_list", [known(home / "test", batch([7, 1]))])
    name, md5 = known(home / "meta", pickle.dumps({"fine_label_names": [f"kind {k}" for k in range(100)]}))
    monkeypatch.setattr(CIFAR100, "meta", {"filename": name, "key": "fine_label_names", "md5": md5})


def svhn(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from scipy.io import savemat

    lists = {}
    for part, labels in (("train", [3, 5, 9]), ("test", [7, 1])):
        file = root / f"{part}_32x32.mat"
        root.mkdir(exist_ok=True)
        stored = np.array([[label or 10] for label in labels], np.uint8)
        savemat(file, {"X": images(labels, 32).transpose(2, 3, 1, 0), "y": stored})
        lists[part] = ["", *known(file, file.read_bytes())]
    monkeypatch.setattr(SVHN, "split_list", lists)


def stl10(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stored(labels: list[int]) -> bytes:
        return images(labels, 96).transpose(0, 1, 3, 2).tobytes()  # columns first

    home = root / STL10.base_folder
    train = [
        ("train_X.bin", stored([3, 5, 9])),
        ("train_y.bin", bytes([4, 6, 10])),
        ("unlabeled_X.bin", stored([2, 2])),
    ]
    monkeypatch.setattr(STL10, "train_list", [known(home / name, content) for name, content in train])
    test = [("test_X.bin", stored([7, 1])), ("test_y.bin", bytes([8, 2]))]
    monkeypatch.setattr(STL10, "test_list", [known(home / name, content) for name, content in test])
    (home / "class_names.txt").write_text("\n".join(f"kind {k}" for k in range(10)))


Maker = Callable[[Path, pytest.MonkeyPatch], None]
SETS: list[tuple[type[TorchvisionImages], Maker, dict[str, Any]]] = [
    (Cifar100, cifar100, {}),
    (Svhn, svhn, {}),
    (Stl10, stl10, {"unlabeled": False, "classes": 10}),
]
each = pytest.mark.parametrize(("kind", "make", "options"), SETS, ids=lambda one: getattr(one, "__name__", ""))


@each
def test_images_and_labels_are_those_of_the_files(
    kind: Any, make: Maker, options: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(tmp_path / "given", monkeypatch)
    data = kind(root=str(tmp_path / "given"), flip=True, **options)
    data.setup()
    assert data.train.rows[:, 0, 0, 0].tolist() == data.train.labels.tolist()
    assert len(data.train) == 3
    assert data.held_out.rows[:, 0, 0, 0].tolist() == data.held_out.labels.tolist() == [7, 1]
    assert data.held_out.rows[0, 1:, 4, 9].tolist() == [9, 4]  # column, row
    assert (data.train.flip, data.held_out.flip, data.train.rows.dtype) == (True, False, torch.uint8)
    small = kind(root=str(tmp_path / "given"), size=16, channels=1, **options)
    small.setup()
    assert tuple(small.train.rows.shape) == (3, 1, 16, 16)


@each
def test_what_is_missing_or_damaged_is_one_line(
    kind: Any, make: Maker, options: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = kind.source.__name__
    with pytest.raises(UsageError) as refused:
        kind(root=str(tmp_path), **options).setup()
    assert str(refused.value).startswith(f"{kind.title} not found: looked for {kind.content}")
    assert str(refused.value).endswith(f"or run: python -c \"from torchvision.datasets import {name}; "
                                       f"{name}('data', download=True)\"")  # fmt: skip
    make(tmp_path / "given", monkeypatch)
    file = max(
        (path for path in (tmp_path / "given").rglob("*") if "test" in path.name), key=lambda one: one.stat().st_size
    )
    file.write_bytes(file.read_bytes()[:-1])
    with pytest.raises(UsageError, match=f"is incomplete or damaged: delete it and fetch {kind.title} again$"):
        kind(root=str(tmp_path / "given"), **options).setup()


@each
def test_a_failed_download_is_one_line(
    kind: Any, make: Maker, options: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(self: object) -> None:
        raise OSError("<urlopen error\n no network>")

    monkeypatch.setattr(kind.source, "download", fail)
    with pytest.raises(UsageError, match=r"could not be fetched or unpacked: <urlopen error no network>$"):
        kind(root=str(tmp_path), download=True, **options).setup()


def test_names_of_classes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cifar100(tmp_path, monkeypatch)
    data = Cifar100(root=str(tmp_path))
    data.setup()
    assert (data.classes, len(data.class_names), data.class_names[99]) == (100, 100, "kind 99")


def test_unlabelled_images_of_stl10(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stl10(tmp_path, monkeypatch)
    data = Stl10(root=str(tmp_path))
    data.setup()
    assert (len(data.train), data.train.labels, data.classes, data.class_names) == (5, None, 0, ())
    with pytest.raises(UsageError, match=r"^data.classes=10, but most of these .* set data.unlabeled=false$"):
        Stl10(root=str(tmp_path), classes=10)
    with pytest.raises(UsageError, match=r"^data.classes=5, but these data have 10"):
        Stl10(root=str(tmp_path), classes=5, unlabeled=False)
    labelled = Stl10(root=str(tmp_path), classes=10, unlabeled=False)
    labelled.setup()
    assert labelled.class_names[9] == "kind 9"
