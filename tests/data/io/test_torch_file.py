"""Files of torch.save as arrays."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from gan_lightning.core.errors import UsageError
from gan_lightning.data.array import Array
from gan_lightning.data.io.array_labels import array_classes
from gan_lightning.data.io.npy import array_shape

IMAGES = torch.arange(10 * 3 * 4 * 5, dtype=torch.uint8).reshape(10, 3, 4, 5)


def saved(folder: Path, content: Any, **options: Any) -> str:
    torch.save(content, folder / "a.pt", **options)
    return str(folder / "a.pt")


def loaded(path: str, **options: Any) -> Array:
    data = Array(path=path, **options)
    data.setup()
    return data


@pytest.mark.parametrize("zipped", [True, False])
def test_a_tensor_is_the_array_that_it_was(tmp_path: Path, zipped: bool) -> None:
    np.save(tmp_path / "a.npy", IMAGES.numpy())
    path = saved(tmp_path, IMAGES, _use_new_zipfile_serialization=zipped)
    data, before = loaded(path), loaded(str(tmp_path / "a.npy"))
    assert array_shape(path) == [3, 4, 5]
    assert torch.equal(data.train.batch(3, 5, 4), before.train.batch(3, 5, 4))
    assert torch.equal(data.held_out.rows[torch.arange(1)], before.held_out.rows[torch.arange(1)])


def test_a_dict_has_names_and_labels(tmp_path: Path) -> None:
    path = saved(tmp_path, {"images": IMAGES, "labels": torch.arange(10) % 3, "about": "these"})
    assert (array_shape(path), array_classes(path)) == ([3, 4, 5], 3)
    assert loaded(path).class_names == ("0", "1", "2")
    assert loaded(path, key="images", label_key="labels").classes == 3
    other = saved(tmp_path, {"x": IMAGES, "y": IMAGES})
    with pytest.raises(UsageError, match=r"holds 2 arrays: choose one with data.key=x\|y$"):
        loaded(other)
    with pytest.raises(UsageError, match=r"^data.key=z is not in .*a.pt: known: x, y"):
        loaded(other, key="z")


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16, torch.float64])
def test_floats_of_every_precision(tmp_path: Path, dtype: torch.dtype) -> None:
    points = loaded(saved(tmp_path, torch.linspace(-3, 3, 20).reshape(10, 2).to(dtype)))
    rows = points.train.batch(0, 0, 4)
    assert (rows.dtype, rows.shape) == (torch.float32, (4, 2))


class Evil:
    def __reduce__(self) -> tuple[Callable[..., Any], tuple[str]]:
        return os.system, ("touch evil",)


@pytest.mark.parametrize("zipped", [True, False])
@pytest.mark.parametrize("wrapped", [False, True])
def test_nothing_in_a_file_is_run(tmp_path: Path, zipped: bool, wrapped: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    content = {"images": IMAGES, "extra": Evil()} if wrapped else Evil()
    path = saved(tmp_path, content, _use_new_zipfile_serialization=zipped)
    with pytest.raises(UsageError, match=r"a.pt can't be read as tensors \(it holds objects that are no"):
        loaded(path)
    assert not (tmp_path / "evil").exists()


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (3, "holds no tensors but int: save a tensor or a dict of tensors"),
        ({}, "holds no tensors but nothing"),
        ([IMAGES], "holds no tensors but list"),
        ({1: IMAGES}, "names its tensors by other than text"),
        (torch.eye(4).to_sparse(), r"torch.sparse_coo: save a plain one|objects that are no tensors\): save a tensor"),
        (torch.zeros(3, 2, dtype=torch.complex64), r"is a tensor of torch.complex64"),
        (torch.zeros(1).expand(10**15, 64, 64), r"has shape \[1000000000000000, 64, 64\], but holds fewer values"),
    ],
)
def test_what_is_no_set_of_tensors_is_one_line(tmp_path: Path, content: object, told: str) -> None:
    with pytest.raises(UsageError, match=told) as refused:
        loaded(saved(tmp_path, content))
    assert "\n" not in str(refused.value)


def test_damaged_files_are_one_line(tmp_path: Path) -> None:
    path = Path(saved(tmp_path, IMAGES))
    content = path.read_bytes()
    for part in (content[:400], content[:-100], content[:100] + bytes(200) + content[300:]):
        path.write_bytes(part)
        with pytest.raises(UsageError, match=r"a.pt .*can't be read") as refused:
            loaded(str(path))
        assert "\n" not in str(refused.value)
