"""Images of 16 bits and of floats, trained on at their depth."""

from __future__ import annotations

import pickle
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from gan_lightning.data.deep_rows import DeepRows
from gan_lightning.data.image_folder import ImageFolder
from gan_lightning.data.io import folder_cache
from gan_lightning.data.io.decode import decode_any
from gan_lightning.data.io.memmap import MemmapRows
from gan_lightning.data.pixels import from_uint16, to_uint16
from gan_lightning.plot.deep_png import save_deep_png
from tests.helper.forked import call

SLOPE = np.linspace(0, 65535, 64 * 64).astype(np.uint16).reshape(64, 64)


def stored(path: Path, pixels: np.ndarray) -> Path:
    """A PNG of 16 bits."""
    path.parent.mkdir(parents=True, exist_ok=True)
    save_deep_png(torch.from_numpy(np.atleast_3d(pixels).transpose(2, 0, 1).copy()), path)
    return path


def loaded(root: Path, **options: Any) -> ImageFolder:
    data = ImageFolder(root=str(root), cache=str(root.parent / "cache"), **{"size": 64, "channels": 1, **options})
    data.setup()
    return data


def everything(data: ImageFolder) -> torch.Tensor:
    return torch.cat([table.rows[torch.arange(len(table))] for table in (data.train, data.held_out)])


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Four grey slopes of 4,096 different values, the same but for their upper left value."""
    for k in range(4):
        pixels = SLOPE.copy()
        pixels[0, 0] = 1000 * k
        stored(tmp_path / "deep" / f"{k}.png", pixels)
    return tmp_path / "deep"


def test_each_of_their_levels_is_trained_on(root: Path) -> None:
    data = loaded(root)
    rows = everything(data)
    assert (data.bits, rows.dtype, rows.shape) == (16, torch.float32, (4, 1, 64, 64))
    assert len(rows[0].unique()) == 4096
    assert sorted(to_uint16(rows)[:, 0, 0, 0].tolist()) == [0, 1000, 2000, 3000]
    assert np.array_equal(to_uint16(rows)[0, 0, 1:].numpy(), SLOPE[1:])
    assert len(everything(loaded(root, bits=8))[0].unique()) == 256


def test_eight_bits_among_sixteen(root: Path) -> None:
    Image.fromarray(np.full((64, 64), 200, np.uint8)).save(root / "9.png")
    rows = to_uint16(everything(loaded(root)))
    assert sum(bool((row == 200 * 257).all()) for row in rows) == 1
    assert len(rows) == 5


def test_eight_bits_are_bytes_as_before_and_sixteen_by_choice(tmp_path: Path) -> None:
    for k in range(4):
        path = tmp_path / "flat" / f"{k}.png"
        path.parent.mkdir(exist_ok=True)
        Image.fromarray(np.full((8, 8), 80 * k, np.uint8)).save(path)
    bytes_, deep = loaded(tmp_path / "flat", size=8), loaded(tmp_path / "flat", size=8, bits=16)
    assert (bytes_.bits, everything(bytes_).dtype, deep.bits) == (8, torch.uint8, 16)
    assert torch.equal(to_uint16(everything(deep)).to(torch.int32), everything(bytes_).to(torch.int32) * 257)


@pytest.mark.parametrize("first", [None, 8, 16])
@pytest.mark.parametrize("kind", ["deep", "flat"])
def test_a_cache_is_used_again_by_those_whose_it_is(
    root: Path, first: Any, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if kind == "flat":
        for path in root.iterdir():
            Image.fromarray(np.full((64, 64), 50 * int(path.stem), np.uint8)).save(path)
    counted: list[object] = []
    decode: Callable[..., Any] = folder_cache.decode_any
    monkeypatch.setattr(folder_cache, "decode_any", lambda *options: counted.append(options) or decode(*options))
    own = 16 if kind == "deep" else 8
    made = {loaded(root, bits=first).bits}
    for bits in (None, 8, 16):
        counted.clear()
        data = loaded(root, bits=bits)
        assert data.bits == (bits or own)
        assert bool(counted) == (data.bits not in made)
        made.add(data.bits)
        counted.clear()
        data.prepare_data()  # as Lightning does once more
        assert torch.equal(everything(data), everything(loaded(root, bits=bits)))
        assert not counted


def test_rows_on_disk_and_in_memory_are_the_same(root: Path) -> None:
    here, there = loaded(root, size=512, flip=True), loaded(root, size=512, in_memory_mb=1, flip=True)
    assert isinstance(here.train.rows, DeepRows)
    assert isinstance(here.train.rows.stored, torch.Tensor)
    assert isinstance(there.train.rows, DeepRows)
    assert isinstance(there.train.rows.stored, MemmapRows)
    assert there.num_workers == 2
    assert torch.equal(here.train.batch(3, 5, 4), there.train.batch(3, 5, 4))
    assert len(pickle.dumps(there.train.rows)) < 2000


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_channels_agree_with_eight_bits(tmp_path: Path, channels: int) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (5, 7)).astype(np.uint16)
    file = stored(tmp_path / "a.png", pixels * 257)
    Image.fromarray(pixels.astype(np.uint8)).save(tmp_path / "b.png")
    deep = decode_any(file, (5, 7), channels, deep=True)
    assert (deep.planes.dtype, deep.planes.shape) == (np.uint16, (channels, 5, 7))
    assert np.array_equal(deep.planes, decode_any(tmp_path / "b.png", (5, 7), channels).planes * np.uint16(257))
    assert deep.values is not None
    assert (deep.values.kind, deep.values.high) == ("16-bit", pixels.max() * 257)


def test_resizing_agrees_with_eight_bits(tmp_path: Path) -> None:
    y, x = np.mgrid[:40, :64]
    pixels = (127 + 60 * np.sin(x / 9) + 60 * np.cos(y / 7)).round().astype(np.uint16)
    file = stored(tmp_path / "a.png", pixels * 257)
    Image.fromarray(pixels.astype(np.uint8)).save(tmp_path / "b.png")
    deep, plain = (decode_any(path, (16, 16), 1, deep=True).planes for path in (file, tmp_path / "b.png"))
    assert (deep.dtype, plain.dtype) == (np.uint16, np.uint8)
    assert np.abs(deep / 257 - plain).max() <= 1


@pytest.mark.parametrize(("dtype", "top"), [("float32", 1.0), ("uint16", 65535), ("int32", 65535)])
def test_tiffs(tmp_path: Path, dtype: str, top: float) -> None:
    (tmp_path / "deep").mkdir()
    for k in range(4):
        Image.fromarray((np.roll(SLOPE, k) / 65535 * top).astype(dtype)).save(tmp_path / "deep" / f"{k}.tiff")
    data = loaded(tmp_path / "deep")
    assert data.bits == 16
    rows = np.sort(to_uint16(everything(data)).numpy().reshape(4, -1).astype(int))
    assert np.abs(rows - SLOPE.reshape(-1)).max() <= 1


def colour_tiff(path: Path, value: int) -> None:
    """An RGB TIFF of 16 bits, 8 × 8 pixels of one value."""
    tags = [
        (256, 3, 1, 8), (257, 3, 1, 8), (258, 3, 3, 134), (259, 3, 1, 1), (262, 3, 1, 2),
        (273, 4, 1, 140), (277, 3, 1, 3), (278, 3, 1, 8), (279, 4, 1, 8 * 8 * 6), (284, 3, 1, 1),
    ]  # fmt: skip
    entries = b"".join(struct.pack("<HHII", *tag) for tag in tags)
    head = b"II*\0" + struct.pack("<I", 8) + struct.pack("<H", len(tags)) + entries + struct.pack("<I", 0)
    path.write_bytes(head + struct.pack("<3H", 16, 16, 16) + struct.pack("<H", value) * 3 * 64)


def test_of_colour_tiffs_the_upper_bits_are_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "deep").mkdir()
    for k in range(4):
        colour_tiff(tmp_path / "deep" / f"{k}.tiff", 15_000 * k + 9_000)
    data = loaded(tmp_path / "deep", size=8, channels=3)
    assert (data.bits, sorted(everything(data)[:, 0, 0, 0].tolist())) == (8, [35, 93, 152, 210])
    assert "4 16-bit colour images, values from 8960 to 54015: scaled from [0,65535] to 8" in capsys.readouterr().err


def test_every_level_survives_the_floats() -> None:
    levels = torch.from_numpy(np.arange(65536, dtype=np.uint16))
    floats = from_uint16(levels)
    assert (floats.min(), floats.max()) == (-1, 1)
    assert np.array_equal(to_uint16(floats).numpy(), levels.numpy())
    assert to_uint16(torch.tensor([-2.0, 2.0, float("nan")])).tolist() == [0, 65535, 0]


@pytest.mark.training
def test_from_files_of_sixteen_bits_to_files_of_sixteen_bits(root: Path, tmp_path: Path) -> None:
    options = (
        "data=image_folder data.root=deep data.size=8 data.channels=1 data.cache=cache data.batch_size=4 model=mlp"
    )
    small = "model.generator.width=8 model.critic.width=8 logger=none metric=none trainer.max_steps=2 run_dir=run"
    trained = call(*options.split(), *small.split(), cwd=tmp_path)
    assert trained.returncode == 0, trained.stderr
    assert "4 16-bit images, values from 0 to 65535: scaled from [0,65535] to 16 bits" in trained.stderr
    assert "  bits: 16\n" in (tmp_path / "run" / "config.yaml").read_text()
    again = call("run=run", "trainer.max_steps=3", cwd=tmp_path)
    assert again.returncode == 0, again.stderr
    assert "decoding" not in again.stderr
    sampled = call(
        "run=run",
        "output=images",
        "output.images.n=1",
        "out=made",
        cwd=tmp_path,
        module="gan_lightning.sample.__main__",
    )
    assert sampled.returncode == 0, sampled.stderr
    with Image.open(tmp_path / "made" / "images" / "000000.png") as image:
        assert image.mode == "I;16"
