"""Names of ImageNet's classes."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from gan_lightning.data.image_folder import ImageFolder
from gan_lightning.data.io.synset_names import synset_names

NUMBERS = ["n01443537", "n02012849", "n03126707", "n09999999"]
WORDS = "n01443537{0}goldfish, Carassius auratus\nn02012849{0}crane\nn03126707{0}crane\nn00000001{0}entity\n"
NAMES = ["goldfish", "crane n02012849", "crane n03126707", "n09999999"]


@pytest.mark.parametrize(
    ("file", "gap", "root"),
    [("words.txt", "\t", "."), ("words.txt", "\t", "train"), ("LOC_synset_mapping.txt", " ", "ILSVRC/train")],
)
def test_the_list_of_a_data_set_names_them(tmp_path: Path, file: str, gap: str, root: str) -> None:
    (tmp_path / file).write_text(WORDS.format(gap))
    assert list(synset_names(NUMBERS, tmp_path / root).values()) == NAMES


def test_others_keep_their_names(tmp_path: Path) -> None:
    assert synset_names(NUMBERS, tmp_path) == dict(zip(NUMBERS, NUMBERS, strict=True))
    (tmp_path / "words.txt").write_text(WORDS.format("\t"))
    assert synset_names(["cat", "n01443537"], tmp_path) == {"cat": "cat", "n01443537": "n01443537"}
    assert synset_names([], tmp_path) == {}


def test_tiny_imagenet(tmp_path: Path) -> None:
    for k, number in enumerate(NUMBERS[:3]):
        folder = tmp_path / "tiny-imagenet-200" / "train" / number / "images"
        folder.mkdir(parents=True)
        (folder.parent / f"{number}_boxes.txt").touch()
        for image in range(4):
            Image.new("RGB", (8, 8), (80 * k, 10 * image, 0)).save(folder / f"{number}_{image}.JPEG")
    (tmp_path / "tiny-imagenet-200" / "words.txt").write_text(WORDS.format("\t"))
    root = str(tmp_path / "tiny-imagenet-200" / "train")
    data = ImageFolder(root=root, size=8, classes=3, cache=str(tmp_path / "cache"))
    data.setup()
    assert data.class_names == tuple(NAMES[:3])
    for row, label in zip(data.train.rows, data.train.labels, strict=True):  # type: ignore[arg-type, attr-defined]
        assert abs(int(row[0].float().mean()) - 80 * int(label)) < 8
