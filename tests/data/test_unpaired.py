"""Two domains without pairs: of two folders, and computed from one data set."""

from __future__ import annotations

from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor

from gan_lightning.core.errors import UsageError
from gan_lightning.data.computed_domain import ChosenRows, ComputedDomain
from gan_lightning.data.domain_changes import CHANGES, change, undo
from gan_lightning.data.mnist5k import Mnist5k
from gan_lightning.data.ring8 import Ring8
from gan_lightning.data.sample_source import SampleTable
from gan_lightning.data.tensor_data import TensorData
from gan_lightning.data.unpaired import OtherDirection, UnpairedTable, turned
from gan_lightning.data.unpaired_folders import UnpairedFolders

RNG = np.random.default_rng(0)


def table(first: int, n: int) -> SampleTable:
    """Images of one pixel, whose values are first, first + 1, ..."""
    return SampleTable(torch.arange(first, first + n, dtype=torch.uint8).view(n, 1, 1, 1))


def values(images: Tensor | None) -> list[int]:
    assert images is not None
    return [int(value) for value in images.flatten()]


def test_each_domain_has_epochs_of_its_own() -> None:
    both = UnpairedTable(table(100, 4), table(0, 6))
    b = [values(both.batch(0, index, 2)) for index in range(6)]
    a = [values(both.labels_of(0, index, 2)) for index in range(6)]
    for epoch in range(3):
        assert sorted(chain(*b[2 * epoch : 2 * epoch + 2])) == [100, 101, 102, 103]
    for epoch in range(2):
        assert sorted(chain(*a[3 * epoch : 3 * epoch + 3])) == [0, 1, 2, 3, 4, 5]
    assert {(x - 100 in y) for one, y in zip(b, a, strict=True) for x in one} == {True, False}  # no pairs
    shares = [values(both.labels_of(0, 3, 4, shard, 2)) for shard in range(2)]
    whole = values(both.labels_of(0, 3, 4))
    assert (whole[::2], whole[1::2]) == tuple(shares)
    assert values(both.labels_of(0, 3, 4)) == whole
    assert values(both.labels_of(1, 3, 4)) != whole or values(both.labels_of(1, 2, 4)) != values(
        both.labels_of(0, 2, 4)
    )


def test_rows_by_number_begin_again() -> None:
    both = UnpairedTable(table(100, 5), table(0, 3))
    assert both.labels is not None
    assert values(both.labels[torch.arange(5)]) == [0, 1, 2, 0, 1]
    back = turned(both)
    assert back.labels is not None
    assert (values(back.rows[torch.arange(3)]), values(back.labels[torch.arange(3)])) == ([0, 1, 2], [100, 101, 102])
    paired = SampleTable(table(0, 2).rows, labels=table(100, 2).rows)
    assert values(turned(paired).rows[torch.arange(2)]) == [100, 101]
    with pytest.raises(UsageError, match="no images as labels, and so no other direction"):
        turned(SampleTable(table(0, 2).rows, labels=torch.zeros(2, dtype=torch.int64)))


def test_changes_by_hand_and_back() -> None:
    images = torch.zeros(1, 1, 5, 5, dtype=torch.uint8)
    images[..., 2] = 255  # a vertical line
    slanted = change(images, ["slanted"])
    assert slanted[0, 0].argmax(1).tolist() == [3, 2, 2, 2, 1]
    assert change(images, ["inverted"]).unique().tolist() == [0, 255]
    noise = torch.randint(256, (3, 3, 28, 28), dtype=torch.uint8)
    every = list(CHANGES)
    assert not torch.equal(change(noise, every), noise)
    assert torch.equal(undo(change(noise, every), every), noise)


def test_a_computed_domain_has_no_pairs() -> None:
    data = ComputedDomain(of=Mnist5k(), changes=("inverted", "slanted"))
    data.setup()
    assert isinstance(data.train, UnpairedTable)
    assert (len(data.train.a), len(data.train.b), len(data.held_out)) == (2250, 2250, 500)
    assert (data.shape, data.label_shape) == ((1, 28, 28), (1, 28, 28))
    originals = data.of.train.rows  # type: ignore[union-attr]
    assert torch.equal(data.train.a.rows[torch.arange(5)], originals[torch.arange(0, 10, 2)])
    changed = data.train.b.rows[torch.arange(5)]
    assert torch.equal(undo(changed, data.changes), originals[torch.arange(1, 11, 2)])
    assert data.held_out.labels is not None
    first, middle = torch.arange(3), torch.arange(250, 253)
    assert torch.equal(undo(data.held_out.rows[first], data.changes), data.held_out.labels[middle])


def test_the_other_direction() -> None:
    data = ComputedDomain(of=Mnist5k(), changes=("inverted",))
    data.setup()
    other = OtherDirection(data)
    other.setup()
    assert (other.shape, other.label_shape) == (data.label_shape, data.shape)
    row = torch.tensor([7])
    assert data.held_out.labels is not None
    assert other.held_out.labels is not None
    assert torch.equal(other.held_out.rows[row], data.held_out.labels[row])
    assert torch.equal(other.held_out.labels[row], data.held_out.rows[row])


def test_rows_that_are_not_in_memory() -> None:
    class OnAccess:
        def __len__(self) -> int:
            return 4

        def __getitem__(self, index: Tensor) -> Tensor:
            return 50 * table(0, 4).rows[index]

    of = TensorData(torch.zeros(10, 1, 8, 8, dtype=torch.uint8))
    of.train, of.held_out = SampleTable(OnAccess()), SampleTable(OnAccess())
    data = ComputedDomain(of=of, changes=("inverted",))
    data.setup()
    assert isinstance(data.train, UnpairedTable)
    assert isinstance(data.train.b.rows, ChosenRows)
    assert values(data.train.b.rows[torch.arange(2)]) == [205, 105]


@pytest.fixture
def folders(tmp_path: Path) -> Path:
    for name, count in (("a", 12), ("b", 7), ("none", 0)):
        (tmp_path / name).mkdir()
        for number in range(count):
            pixels = RNG.integers(256, size=(9, 10, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(tmp_path / name / f"{number}.png")
    return tmp_path


def unpaired(folders: Path, a: str | None = "a", b: str | None = "b", **options: Any) -> UnpairedFolders:
    roots = {key: None if name is None else str(folders / name) for key, name in (("root_a", a), ("root_b", b))}
    return UnpairedFolders(**roots, size=8, held_out=0.25, cache=str(folders / "cache"), **options)


def test_folders_of_different_length(folders: Path) -> None:
    data = unpaired(folders, flip=True)
    data.prepare_data()
    data.setup()
    assert isinstance(data.train, UnpairedTable)
    assert (len(data.train.a), len(data.train.b), len(data.held_out)) == (9, 5, 2)
    assert data.train.batch(0, 0, 4).shape == data.train.labels_of(0, 0, 4).shape == (4, 3, 8, 8)
    assert (data.shape, data.label_shape) == ((3, 8, 8), (3, 8, 8))


def test_refusals(folders: Path) -> None:
    with pytest.raises(UsageError, match=r"^data.root_a is not set: give a folder of images, data.root_a=FOLDER"):
        unpaired(folders, None)
    with pytest.raises(UsageError, match=r"^data.root_b=.*nowhere is not a folder: .*, data.root_b=FOLDER"):
        unpaired(folders, "a", "nowhere")
    with pytest.raises(UsageError, match=r"^data.root_a and data.root_b are both .*: two domains are two folders"):
        unpaired(folders, "a", "a")
    with pytest.raises(UsageError, match=r"^data.root_b=.*none holds no images"):
        unpaired(folders, "a", "none").load()
    for part in ("train", "val"):
        (folders / "split" / part).mkdir(parents=True)
        Image.new("RGB", (8, 8)).save(folders / "split" / part / "0.png")
    with pytest.raises(UsageError, match=r"^data.held_out=0.25 .* but data.root_a=.*: use data.held_out=null"):
        unpaired(folders, "split").load()
    (folders / "a" / "0.png").write_bytes(b"no picture")
    with pytest.raises(UsageError, match=r"^1 of 12 images under .* can't be read: .*; remove them$"):
        unpaired(folders).load()
    with pytest.raises(UsageError, match=r"^a domain is computed from images, and data.of holds points"):
        ComputedDomain(of=Ring8())
    with pytest.raises(UsageError, match=r"^data.changes=\[\] leaves one domain: use data.changes=\[inverted\]"):
        ComputedDomain(of=Mnist5k(), changes=())


def test_dark_files_of_many_bits_are_to_be_converted(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        for number in range(4):
            pixels = RNG.integers(256, size=(8, 8)).astype(np.uint16 if name == "b" else np.uint8)
            Image.fromarray(pixels).save(tmp_path / name / f"{number}.png")
    roots = {"root_a": str(tmp_path / "a"), "root_b": str(tmp_path / "b")}
    data = UnpairedFolders(**roots, size=8, channels=1, held_out=0.25, cache=str(tmp_path / "cache"))
    with pytest.raises(UsageError, match=r"^4 16-bit images .*, 8 of 16 bits: convert them to 8 bits$"):
        data.load()
