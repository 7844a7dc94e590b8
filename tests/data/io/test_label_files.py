"""Labels in files of their own, beside images and arrays."""

from __future__ import annotations

import json
from pathlib import Path, PurePath
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from gan_lightning.core.errors import UsageError
from gan_lightning.data.array import Array
from gan_lightning.data.image_folder import ImageFolder
from gan_lightning.data.io.array_labels import array_classes, array_label_shape
from gan_lightning.data.io.image_labels import image_label_shape, label_classes
from gan_lightning.data.io.label_arrays import label_column
from gan_lightning.data.io.label_files import LabelFile
from gan_lightning.data.sample_source import SampleTable
from gan_lightning.sample.class_number import class_number

NAMES = ("cat", "dog", "eel")
FILES = [PurePath("a/0.png"), PurePath("a/1.png"), PurePath("b/2.jpg"), PurePath("3.png")]
LABELS = ["dog", "cat", "dog", "eel"]


def written(folder: Path, kind: str) -> str:
    file = folder / f"labels.{kind.partition(' ')[0]}"
    rows = list(zip(map(str, FILES), LABELS, strict=True))
    match kind:
        case "csv":
            file.write_text("file,label\n" + "".join(f"{name},{label}\n" for name, label in rows))
        case "csv of names":
            file.write_text("".join(f"{PurePath(name).name};{label}\r\n" for name, label in rows), encoding="utf-8-sig")
        case "csv of stems":
            file.write_text("id\tbreed\n" + "".join(f"{PurePath(name).stem}\t{label}\n" for name, label in rows))
        case "json":
            file.write_text(json.dumps({"labels": rows}))
        case "json of a mapping":
            file.write_text(json.dumps(dict(rows)))
        case "npy":
            np.save(file, np.array(LABELS))
    return str(file)


KINDS = ["csv", "csv of names", "csv of stems", "json", "json of a mapping", "npy"]


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_file(tmp_path: Path, kind: str) -> None:
    labels = LabelFile(written(tmp_path, kind))
    assert labels.names == list(NAMES)
    assert labels.labels_of(FILES) == LABELS
    assert label_classes(str(labels.path)) == 3


def test_numbers_are_in_the_order_of_their_values(tmp_path: Path) -> None:
    (tmp_path / "dataset.json").write_text(json.dumps({"labels": [[f"{k}.png", 10 - k] for k in range(4)]}))
    assert LabelFile(str(tmp_path / "dataset.json")).names == ["7", "8", "9", "10"]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.csv", "", "each line must hold a file and its label"),
        ("a.csv", "file\nx.png\n", "each line must hold a file and its label"),
        ("a.csv", "file,label\n", "it holds no labels"),
        ("a.json", '{"labels": null}', "it holds no labels"),
        ("a.json", '{"labels": [["x.png", [0.5, {}]]]}', r"the label \[0.5, {}\] is not a class"),
        ("a.json", '{"labels": [["x.png", [0.5, 1]], ["y.png", [1]]]}', "the label 1 of y.png is not numbers"),
        ("a.csv", "file,x,y\na.png,1,0.5\nb.png,2,\n", "the label 2,  of b.png is not numbers"),
        ("a.json", "{", "can't be read: Expecting property name"),
        ("a.json", '{"labels": [["a.png", null], ["b.png", 1]]}', r"the label \[None\] is not a class"),
        ("a.json", "[" * 100_000, "can't be read"),
        ("a.csv", "a.png,x\nb.png," + "y" * 200_000, "can't be read: field larger than field limit"),
    ],
)
def test_what_holds_no_labels_is_refused(tmp_path: Path, name: str, content: str, message: str) -> None:
    (tmp_path / name).write_text(content)
    with pytest.raises(UsageError, match=f"^data.labels=.*{message}.*give a .csv of file,label or"):
        LabelFile(str(tmp_path / name))


NUMBERS = [[0.5, 10.0], [0.25, 20.0], [1.0, 30.0], [0.0, 40.0]]
TABLE = "".join(f"{file},{x},{y}\n" for file, (x, y) in zip(FILES, NUMBERS, strict=True))


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("a.csv", TABLE, None),
        ("a.csv", "image_id,x,y\n" + TABLE, None),
        ("a.csv", "file,label,y\n" + TABLE, "numbers"),
        ("a.txt", "4\nx y\n" + TABLE.replace(",", "   "), None),  # as CelebA's list_attr_celeba.txt
        ("a.json", json.dumps({"labels": list(zip(map(str, FILES), NUMBERS, strict=True))}), None),
    ],
)
def test_files_of_numbers(tmp_path: Path, name: str, content: str, kind: Any) -> None:
    (tmp_path / name).write_text(content)
    labels = LabelFile(str(tmp_path / name), kind)
    assert (labels.names, labels.numbers) == ([], 2)
    assert [list(label) for label in labels.labels_of(FILES)] == NUMBERS
    assert (label_classes(str(labels.path), None, kind), image_label_shape(str(labels.path), None, kind)) == (0, [2])


@pytest.mark.parametrize(
    ("content", "kind", "classes"),
    [
        ("a.png,0.5\nb.png,1\n", "classes", ["0.5", "1"]),
        ("a.png,3,0.5\nb.png,4,0.5\n", "classes", ["3", "4"]),
        ("file,label,confidence\na.png,3,0.5\nb.png,4,0.5\n", None, ["3", "4"]),
        ("file,kind,split\na.png,3,train\nb.png,4,val\n", None, ["3", "4"]),
        ("file,cat,dog\na.png,1,0\nb.png,0,1\n", None, ["cat", "dog"]),
        ("a.png,0,0,1\nb.png,0,1,0\n", None, ["2", "1"]),
        ("a.png 3\nb.png 4\n", None, ["3", "4"]),
    ],
)
def test_classes_beside_numbers(tmp_path: Path, content: str, kind: Any, classes: list[str]) -> None:
    (tmp_path / "a.csv").write_text(content)
    labels = LabelFile(str(tmp_path / "a.csv"), kind)
    assert labels.numbers == 0
    assert labels.labels_of([PurePath("a.png"), PurePath("b.png")]) == classes


def test_whole_numbers_by_choice(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("a.png,3\nb.png,4\n")
    assert LabelFile(str(tmp_path / "a.csv")).names == ["3", "4"]
    assert LabelFile(str(tmp_path / "a.csv"), "numbers").labels_of([PurePath("b.png")]) == [(4.0,)]
    (tmp_path / "a.csv").write_text("a.png,cat\nb.png,4\n")
    with pytest.raises(UsageError, match=r"the label cat of a\.png is not numbers"):
        LabelFile(str(tmp_path / "a.csv"), "numbers")
    (tmp_path / "a.csv").write_text("a.png,1,2\nb.png,4,nan\n")
    with pytest.raises(UsageError, match="hold NaN or infinity: take those samples out"):
        LabelFile(str(tmp_path / "a.csv"))


def test_what_is_no_array_is_refused(tmp_path: Path) -> None:
    (tmp_path / "text.npy").write_text("1,2")
    np.savez(tmp_path / "zip.npz", a=np.zeros(3), b=np.zeros(3))
    (tmp_path / "zip.npz").rename(tmp_path / "zip.npy")
    for name, message in (
        ("text", "can't be read as an .npy or .npz file"),
        ("zip", "it is an archive of arrays"),
    ):
        with pytest.raises(UsageError, match=f"^data.labels=.*{name}.npy: .*{message}"):
            LabelFile(str(tmp_path / f"{name}.npy"))


def test_images_without_a_label_are_counted(tmp_path: Path) -> None:
    labels = LabelFile(written(tmp_path, "csv"))
    with pytest.raises(
        UsageError, match=r"^2 of 6 images have no label in data.labels=.*: x.png, y.png; name them there"
    ):
        labels.labels_of([*FILES, PurePath("x.png"), PurePath("y.png")])
    with pytest.raises(UsageError, match="holds 4 labels for 3 images"):
        LabelFile(written(tmp_path, "npy")).labels_of(FILES[:3])


@pytest.mark.parametrize("kind", KINDS)
def test_a_folder_with_a_file_of_labels(tmp_path: Path, kind: str) -> None:
    for number, file in enumerate(FILES):
        (tmp_path / "photos" / file).parent.mkdir(parents=True, exist_ok=True)
        Image.new("L", (8, 8), 50 * number).save(tmp_path / "photos" / file)
    # In the order of their paths, which an array of labels is in: 3.png, a/0.png, a/1.png, b/2.jpg.
    if kind == "npy":
        np.save(tmp_path / "labels.npy", np.array([LABELS[3], *LABELS[:3]]))
    labels = str(tmp_path / "labels.npy") if kind == "npy" else written(tmp_path, kind)
    options = {"root": str(tmp_path / "photos"), "size": 8, "cache": str(tmp_path), "held_out": 0.25, "labels": labels}
    data = ImageFolder(classes=3, **options)  # type: ignore[arg-type]
    data.setup()
    assert data.class_names == NAMES
    for table in (data.train, data.held_out):
        assert isinstance(table.labels, torch.Tensor)
        for row, label in zip(table.rows[torch.arange(len(table))], table.labels, strict=True):
            assert NAMES[int(label)] == LABELS[round(float(row[0, 0, 0]) / 50)]
    with pytest.raises(UsageError, match=r"data.classes=2, but these data have 3"):
        ImageFolder(classes=2, **options).setup()  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", ["csv", "npy"])
def test_a_folder_with_labels_of_numbers(tmp_path: Path, kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    for number, file in enumerate(FILES):
        (tmp_path / "photos" / file).parent.mkdir(parents=True, exist_ok=True)
        Image.new("L", (8, 8), 50 * number).save(tmp_path / "photos" / file)
    (tmp_path / "labels.csv").write_text("file,x,y\n" + TABLE)
    np.save(tmp_path / "labels.npy", np.array([NUMBERS[3], *NUMBERS[:3]]))  # in the order of their paths
    options = {"root": str(tmp_path / "photos"), "size": 8, "cache": str(tmp_path), "held_out": 0.25}
    options["labels"] = str(tmp_path / f"labels.{kind}")
    data = ImageFolder(label_shape=(2,), **options)  # type: ignore[arg-type]
    data.setup()
    assert (data.classes, data.label_shape, data.class_names) == (0, (2,), ())
    assert "labels of numbers: 0 to 1, 10 to 40" in capsys.readouterr().err
    for table in (data.train, data.held_out):
        assert table.labels.dtype == torch.float32
        for row, label in zip(table.rows[torch.arange(len(table))], table.labels, strict=True):
            assert label.tolist() == NUMBERS[round(float(row[0, 0, 0]) / 50)]
    with pytest.raises(UsageError, match=r"data.label_shape=\[3\], but these data are \[2\]: leave data.label_shape"):
        ImageFolder(label_shape=(3,), **options)  # type: ignore[arg-type]


COLUMN = np.array([2, 0, 1, 2, 0, 1, 2, 0, 1, 2])
IMAGES = np.repeat(100 * COLUMN.astype(np.uint8), 64).reshape(10, 8, 8)


@pytest.mark.parametrize(
    ("arrays", "options"),
    [
        ({"x_train": IMAGES, "y_train": COLUMN[:, None], "x_test": IMAGES[:2]}, {}),
        ({"images": IMAGES, "labels": np.eye(3)[COLUMN]}, {}),
        ({"a": IMAGES, "b": COLUMN.astype(float)}, {"key": "a", "label_key": "b"}),
        ({"a": IMAGES, "b": np.array(NAMES)[COLUMN]}, {"key": "a", "label_key": "b"}),
    ],
)
def test_labels_of_arrays(tmp_path: Path, arrays: dict[str, np.ndarray], options: dict[str, str]) -> None:
    np.savez(tmp_path / "a.npz", **arrays)
    data = Array(path=str(tmp_path / "a.npz"), **options)  # type: ignore[arg-type]
    data.setup()
    assert data.classes == array_classes(str(data.path), options.get("key"), options.get("label_key")) == 3
    assert data.class_names == (NAMES if "U" in str(arrays.get("b", COLUMN).dtype) else ("0", "1", "2"))
    for table in (data.train, data.held_out):
        assert torch.equal(table.labels, table.rows[torch.arange(len(table))][:, 0, 0, 0].long() // 100)


def test_labels_beside_a_single_array(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", IMAGES)
    np.save(tmp_path / "labels.npy", COLUMN)
    data = Array(path=str(tmp_path / "a.npy"), labels=str(tmp_path / "labels.npy"))
    data.setup()
    assert torch.equal(data.train.labels, data.train.rows[:, 0, 0, 0].long() // 100)
    np.save(tmp_path / "labels.npy", COLUMN[:4])
    with pytest.raises(UsageError, match="holds 10 samples and 4 labels: give one for each"):
        Array(path=str(tmp_path / "a.npy"), labels=str(tmp_path / "labels.npy")).setup()


def test_targets_that_are_no_classes(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", x_train=IMAGES, y_train=np.zeros((10, 2, 2)))
    assert Array(path=str(tmp_path / "a.npz")).classes == 0
    with pytest.raises(
        UsageError, match=r"^data.label_key=y_train of .*: labels of float64 and shape \[10, 2, 2\] are not one"
    ):
        Array(path=str(tmp_path / "a.npz"), label_key="y_train")
    with pytest.raises(UsageError, match=r"^data.label_key=y is not in"):
        Array(path=str(tmp_path / "a.npz"), label_key="y")
    assert label_column(np.array([b"a", b"b"])).tolist() == ["a", "b"]


@pytest.mark.parametrize(
    ("stored", "kind", "numbers"),
    [
        (np.linspace(0, 1, 10), None, [1]),  # a regression's
        (np.arange(30.0).reshape(10, 3) / 7, None, [3]),
        (np.eye(2, dtype=np.uint8)[np.arange(10) % 2] | np.array([0, 1], np.uint8), None, [2]),  # multi-hot
        (np.arange(10) * 5, "numbers", [1]),  # ages
        (np.arange(10) % 2, None, None),
        (np.eye(2)[np.arange(10) % 2], None, None),  # one-hot
        (np.eye(2)[np.arange(10) % 2], "numbers", [2]),
    ],
)
def test_labels_of_numbers(tmp_path: Path, stored: Any, kind: Any, numbers: list[int] | None) -> None:
    np.savez(tmp_path / "a.npz", x_train=IMAGES, y_train=stored)
    np.save(tmp_path / "y.npy", stored)
    np.save(tmp_path / "x.npy", IMAGES)
    for path, labels in (("a.npz", None), ("x.npy", str(tmp_path / "y.npy"))):
        data = Array(path=str(tmp_path / path), labels=labels, label_kind=kind)
        data.setup()
        assert array_label_shape(str(data.path), None, None, labels, kind) == numbers
        assert data.label_shape == tuple(numbers or ())
        assert data.classes == (0 if numbers else 2)
        assert isinstance(data.train, SampleTable)
        assert data.train.labels is not None
        rows = data.train.labels[torch.arange(2)]
        assert rows.dtype == (torch.float32 if numbers else torch.int64)
    with pytest.raises(UsageError, match=r"^data.label_shape=\[9\], but these data are"):
        Array(path=str(tmp_path / "a.npz"), label_shape=(9,), label_kind="numbers")


def test_numbers_that_are_not_finite(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", x_train=IMAGES, y_train=np.full((10, 2), np.nan))
    with pytest.raises(UsageError, match=r"^the labels hold NaN or infinity"):
        Array(path=str(tmp_path / "a.npz"))


def test_classes_by_number_and_by_name() -> None:
    assert [class_number(label, NAMES) for label in (None, 1, "eel")] == [None, 1, 2]
    assert class_number(7, ("3", "5", "7")) == 2
    assert class_number(1, ("3", "5", "7")) == 1
    with pytest.raises(UsageError, match=r"^label=ell is no class of this run: did you mean eel\?"):
        class_number("ell", NAMES)
    with pytest.raises(UsageError, match=r"^label=cat: this run has no names of classes: give a number"):
        class_number("cat", None)
