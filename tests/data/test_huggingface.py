"""Data sets of the `datasets` library, from parquet files and folders that are made here."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from gan_lightning.core.errors import UsageError
from gan_lightning.data.huggingface import HuggingFace

datasets = pytest.importorskip("datasets")


@pytest.fixture(autouse=True)
def offline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "hub")
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)


def content(level: int, mode: str = "L") -> dict[str, Any]:
    file = io.BytesIO()
    Image.new(mode, (9, 8), level).save(file, "PNG")
    return {"bytes": file.getvalue(), "path": None}


def rows(count: int, first: int = 0, **columns: Any) -> Any:
    features = datasets.Features({"picture": datasets.Image(), "label": datasets.ClassLabel(names=["dog", "cat"])})
    values = {
        "picture": [content(10 * k + first) for k in range(count)],
        "label": [k % 2 for k in range(count)],
    }
    return datasets.Dataset.from_dict(values | columns, features=features if not columns else None)


def loaded(name: Path | str, **options: Any) -> HuggingFace:
    options = {"size": 8, "channels": 1} | options
    data = HuggingFace(name=str(name), **options)
    data.setup()
    return data


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path


def levels(data: HuggingFace) -> list[list[int]]:
    tables = (data.train, data.held_out)
    return [sorted(table.rows[torch.arange(len(table))][:, 0, 0, 0].tolist()) for table in tables]


def everything(data: HuggingFace) -> list[int]:
    train, held_out = levels(data)
    return sorted(train + held_out)


def test_a_parquet_file_is_read_with_its_classes(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows(20).to_parquet(home / "a.parquet")
    data = loaded(home / "a.parquet", classes=2)
    assert everything(data) == list(range(0, 200, 10))
    assert (len(data.held_out), data.class_names) == (2, ("dog", "cat"))
    for table in (data.train, data.held_out):
        assert torch.equal(table.labels, table.rows[torch.arange(len(table))][:, 0, 0, 0].long() // 10 % 2)
    assert "decoding the 20 images" in capsys.readouterr().err
    assert levels(loaded(home / "a.parquet")) == levels(data)
    assert "decoding" not in capsys.readouterr().err
    rows(20, first=5).to_parquet(home / "a.parquet")
    assert everything(loaded(home / "a.parquet")) == list(range(5, 205, 10))


def test_splits_say_what_is_held_out(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for part, first in (("train", 0), ("test", 1), ("validation", 2)):
        (home / "set").mkdir(exist_ok=True)
        rows(4, first).to_parquet(home / "set" / f"{part}-00000-of-00001.parquet")
    assert levels(loaded(home / "set")) == [[0, 10, 20, 30], [2, 12, 22, 32]]
    assert "the 4 images in train are trained on, the 4 in validation are held out; test is not used" in (
        capsys.readouterr().err
    )
    assert everything(loaded(home / "set", held_out=0.5)) == [0, 10, 20, 30]
    assert levels(loaded(home / "set", split="test"))[0] == [1, 11, 21, 31]
    with pytest.raises(UsageError, match=r"^data.split=all is not in data.name=.*set: it has train, "):
        loaded(home / "set", split="all")


def test_a_folder_of_images(home: Path) -> None:
    for kind, level in (("cat", 0), ("dog", 100)):
        (home / "set" / kind).mkdir(parents=True)
        for k in range(4):
            Image.fromarray(np.full((8, 8), level + 20 * k, np.uint8)).save(home / "set" / kind / f"{k}.png")
    data = loaded(home / "set", classes=2)
    assert data.class_names == ("cat", "dog")
    assert torch.equal(data.train.labels, (data.train.rows[torch.arange(7)][:, 0, 0, 0] >= 100).long())


def test_columns_are_found_or_asked_for(home: Path) -> None:
    plain = datasets.Dataset.from_dict({"a": [content(k) for k in range(0, 200, 20)], "kind": list("xy" * 5)})
    plain.to_parquet(home / "plain.parquet")
    assert len(everything(loaded(home / "plain.parquet"))) == 10
    assert loaded(home / "plain.parquet", label="kind", classes=2).class_names == ("x", "y")
    for options, told in (
        ({"column": "b"}, r"^data.column=b is no column of data.name=.*: it has a, kind$"),
        ({"label": "b"}, r"^data.label=b is no column of"),
        ({"classes": 2}, r"has no column of classes: leave out data.classes$"),
        ({"label": "kind", "classes": 3}, r"^data.classes=3, but the column kind of .* has 2: use data.classes=2, or"),
    ):
        with pytest.raises(UsageError, match=told):
            loaded(home / "plain.parquet", **options)
    datasets.Dataset.from_dict({"text": ["a", "b"]}).to_parquet(home / "text.parquet")
    with pytest.raises(UsageError, match=r"has no column of images: set data.column to one of text$"):
        loaded(home / "text.parquet")
    twice = datasets.Dataset.from_dict({"a": [content(0)] * 3, "b": [content(0)] * 3})
    twice.to_parquet(home / "twice.parquet")
    with pytest.raises(UsageError, match=r"has several columns of images: set data.column to one of a, b$"):
        loaded(home / "twice.parquet")


def test_images_that_cannot_be_read_are_named(home: Path) -> None:
    pictures = [content(20 * k) for k in range(6)]
    pictures[2] = {"bytes": b"broken", "path": None}
    datasets.Dataset.from_dict({"image": pictures}).to_parquet(home / "a.parquet")
    with pytest.raises(UsageError, match=r"^1 of 6 images under .*a.parquet can't be read: train/000000002 \(cannot"):
        loaded(home / "a.parquet")
    with pytest.warns(UserWarning, match="left out"):
        assert len(everything(loaded(home / "a.parquet", unreadable="skip"))) == 5


def test_what_is_no_data_set_is_one_line(home: Path) -> None:
    with pytest.raises(UsageError, match=r"^data.name is not set: give a data set of the Hugging Face Hub"):
        HuggingFace()
    (home / "b.parquet").write_bytes(b"PAR1 no")
    for name in (home / "b.parquet", home / "nowhere.parquet", "owner/nothing"):
        with pytest.raises(UsageError, match=r"^data.name=.* can't be loaded by the datasets library \(") as refused:
            loaded(name)
        assert "\n" not in str(refused.value)


def test_the_library_is_an_extra(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "datasets", None)
    with pytest.raises(UsageError, match=r'^datasets is not installed: pip install "gan_lightning\[huggingface\]"$'):
        loaded(home)
