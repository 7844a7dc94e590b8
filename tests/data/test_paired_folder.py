"""Pairs of images in folders."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from gan_lightning.core.errors import UsageError
from gan_lightning.data.paired_folder import HalfRows, PairedFolder

RNG = np.random.default_rng(0)
A = RNG.integers(256, size=(12, 8, 8, 3), dtype=np.uint8)
B = 255 - A


@pytest.fixture
def folders(tmp_path: Path) -> Path:
    for name in ("both", "a", "b/deep", "cache", "none", "dark"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "a" / "deep").mkdir()
    for number in range(12):
        place = Path("deep") if number % 2 else Path()
        Image.fromarray(np.concatenate([A[number], B[number]], 1)).save(tmp_path / "both" / f"{number}.png")
        Image.fromarray(A[number]).save(tmp_path / "a" / place / f"{number}.png")
        Image.fromarray(B[number]).save(tmp_path / "b" / place / f"{number}.bmp")
    return tmp_path


def data(folders: Path, root: str, inputs: str | None = None, **options: Any) -> PairedFolder:
    given = None if inputs is None else str(folders / inputs)
    cache = str(folders / "cache")
    return PairedFolder(root=str(folders / root), inputs=given, size=8, held_out=0.25, cache=cache, **options)


@pytest.mark.parametrize(
    ("root", "inputs", "direction", "inverted"),
    [("both", None, "AtoB", False), ("both", None, "BtoA", True), ("b", "a", "AtoB", False)],
)
def test_pairs_stay_together(folders: Path, root: str, inputs: str | None, direction: Any, inverted: bool) -> None:
    pairs = data(folders, root, inputs, direction=direction, flip=True)
    pairs.setup()
    assert (pairs.shape, pairs.label_shape) == ((3, 8, 8), (3, 8, 8))
    assert (len(pairs.train), len(pairs.held_out)) == (9, 3)  # type: ignore[arg-type]
    for index in range(3):
        target, source = pairs.train.batch(0, index, 6), pairs.train.labels_of(0, index, 6)
        assert source is not None
        assert torch.equal(target, 255 - source)
    assert pairs.held_out.labels is not None
    first = pairs.held_out.labels[torch.arange(3)].permute(0, 2, 3, 1).numpy()
    originals = B if inverted else A
    assert all(any((one == original).all() for original in originals) for one in first)


def test_large_sets_are_read_on_demand(folders: Path) -> None:
    pairs = data(folders, "both")
    pairs.folders[0].in_memory_mb = 0
    pairs.setup()
    rows = pairs.held_out.rows
    assert isinstance(rows, HalfRows)
    labels = pairs.held_out.labels
    assert labels is not None
    assert torch.equal(rows[torch.tensor([2, 0])], 255 - labels[torch.tensor([2, 0])])


def test_dark_files_of_many_bits_are_to_be_converted(folders: Path) -> None:
    for number in range(12):
        dark = np.concatenate([A[number, ..., 0], B[number, ..., 0]], 1).astype(np.uint16)
        Image.fromarray(dark).save(folders / "dark" / f"{number}.png")
    with pytest.raises(UsageError, match=r"12 16-bit images .*, 8 of 16 bits: convert them to 8 bits$"):
        data(folders, "dark").load()


def test_refusals(folders: Path) -> None:
    with pytest.raises(UsageError, match=r"^data.root is not set"):
        PairedFolder()
    with pytest.raises(UsageError, match=r"^data.inputs=.*nowhere is not a folder: .*, data.inputs=FOLDER"):
        data(folders, "b", "nowhere")
    with pytest.raises(UsageError, match=r"data.direction is for files with both images"):
        data(folders, "b", "a", direction="BtoA")
    (folders / "both" / "0.png").write_bytes(b"no picture")
    with pytest.raises(
        UsageError, match=r"1 of 12 images under .* can't be read: .*; remove them, and their partners$"
    ):
        data(folders, "both").load()
    with pytest.raises(UsageError, match=r"^data.inputs=.*none holds no images"):
        data(folders, "b", "none").load()
    (folders / "a" / "0.png").unlink()
    with pytest.raises(UsageError, match=r"1 image\(s\) have no partner of the same name in data.inputs: 0; add them"):
        data(folders, "b", "a").load()
