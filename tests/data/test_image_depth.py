"""Images of 16 bits and of floats, trained on at their depth."""

from __future__ import annotations

import pickle
import struct
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
import pytest
import torch
from PIL import Image

from gan_lightning.core.errors import UsageError
from gan_lightning.data.deep_rows import DeepRows
from gan_lightning.data.image_folder import ImageFolder
from gan_lightning.data.io import folder_cache
from gan_lightning.data.io.decode import decode_any
from gan_lightning.data.io.memmap import MemmapRows
from gan_lightning.data.pixels import from_uint16, to_uint16
from gan_lightning.plot import deep_png
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


COLOURS = np.random.default_rng(0).integers(0, 65536, (4, 6, 8)).astype(np.uint16)  # RGBA, [C, H, W]


def colour_tiff(path: Path, planes: np.ndarray, orientation: int = 1, alpha: int = 2) -> Path:
    """An RGB or RGBA TIFF of 16 bits; its colours are multiplied by their alpha if that is 1."""
    channels, height, width = planes.shape
    values = struct.pack("<4H", *[16] * 4)
    tags = [
        (256, 3, 1, width), (257, 3, 1, height), (258, 3, channels, 158), (259, 3, 1, 1), (262, 3, 1, 2),
        (273, 4, 1, 166), (274, 3, 1, orientation), (277, 3, 1, channels), (278, 3, 1, height),
        (279, 4, 1, planes.nbytes), (284, 3, 1, 1), *[(338, 3, 1, alpha)] * (channels == 4),
    ]  # fmt: skip
    entries = b"".join(struct.pack("<HHII", *tag) for tag in tags)
    head = b"II*\0" + struct.pack("<I", 8) + struct.pack("<H", len(tags)) + entries + struct.pack("<I", 0)
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(head.ljust(158, b"\0") + values + planes.transpose(1, 2, 0).astype("<u2").tobytes())
    return path


def colour_file(path: Path, planes: np.ndarray) -> Path:
    if path.suffix == ".jp2":
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(imagecodecs.jpeg2k_encode(planes.transpose(1, 2, 0), level=0, reversible=True))
        return path
    return stored(path, planes.transpose(1, 2, 0)) if path.suffix == ".png" else colour_tiff(path, planes)


@pytest.mark.parametrize("suffix", ["png", "tiff", "jp2"])
def test_colours_are_trained_on_at_their_depth(tmp_path: Path, suffix: str, capsys: pytest.CaptureFixture[str]) -> None:
    for k in range(4):
        planes = np.stack([SLOPE, SLOPE[::-1], np.full_like(SLOPE, 15_000 * k + 9_001)])
        colour_file(tmp_path / "deep" / f"{k}.{suffix}", planes)
    data = loaded(tmp_path / "deep", channels=3)
    rows = to_uint16(everything(data)).numpy()
    assert (data.bits, sorted(rows[:, 2, 5, 5].tolist())) == (16, [9001, 24001, 39001, 54001])
    assert all(np.array_equal(row[:2], [SLOPE, SLOPE[::-1]]) for row in rows)
    assert "4 16-bit colour images, values from 0 to 65535: scaled from [0,65535] to 16" in capsys.readouterr().err
    eight = loaded(tmp_path / "deep", channels=3, bits=8)
    rounded = 1 if suffix == "jp2" else 0  # Pillow cuts the lower 8 bits off, those of JPEG 2000 apart
    assert eight.bits == 8
    assert sorted(everything(eight)[:, 2, 0, 0].tolist()) == pytest.approx([35, 93, 152, 210], abs=rounded)
    assert "4 16-bit colour images, values from 0 to 65535: scaled from [0,65535] to 8" in capsys.readouterr().err


@pytest.mark.parametrize("suffix", ["png", "tiff"])
@pytest.mark.parametrize("bits", [8, None])
def test_dark_colours_take_a_range(tmp_path: Path, suffix: str, bits: Any) -> None:
    for k in range(4):
        colour_file(tmp_path / "deep" / f"{k}.{suffix}", np.roll(COLOURS[:3] // 16, k, 0))
    with pytest.raises(UsageError, match=r"12 of 16 bits: set data.range=\[0,4095\]"):
        loaded(tmp_path / "deep", size=(6, 8), channels=3, bits=bits)
    data = loaded(tmp_path / "deep", size=(6, 8), channels=3, bits=bits, range=(0, 4095))
    rows = everything(data) if bits else to_uint16(everything(data))
    white = 255 if bits else 65535
    shown = sorted(rows[:, 0].numpy().astype(int).tolist())
    wanted = [np.roll(COLOURS[:3] // 16, k, 0)[0] / 4095 * white for k in range(4)]
    assert np.abs(np.array(shown) - sorted(plane.tolist() for plane in wanted)).max() <= 0.5


@pytest.mark.parametrize("kind", ["LA", "RGB", "RGBA"])
@pytest.mark.parametrize("channels", [1, 3, 4])
@pytest.mark.parametrize("size", [(24, 32), (12, 12), (48, 64)])
def test_colours_agree_with_eight_bits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, channels: int, size: tuple[int, int]
) -> None:
    y, x = np.mgrid[:24, :32]
    smooth = np.stack([np.sin(x / 9), np.cos(y / 7), np.sin((x + y) / 11), np.cos((x - y) / 8)])
    planes = (127 + 120 * smooth).round().astype(np.uint16)[-len(kind) :]
    monkeypatch.setitem(deep_png.KINDS, 2, 4)  # grey and alpha, which the program does not write
    file = stored(tmp_path / "a.png", planes.transpose(1, 2, 0) * 257)
    Image.fromarray(planes.astype(np.uint8).transpose(1, 2, 0), kind).save(tmp_path / "b.png")
    deep = decode_any(file, size, channels, deep=True).planes
    plain = decode_any(tmp_path / "b.png", size, channels).planes.astype(int)
    seen = plain[3] > 60 if channels == 4 else np.full(size, True)  # a faint colour is coarse in 8 bits
    assert np.abs(deep / 257 - plain)[:, seen].max() <= (6 if channels == 4 else 2)  # twice rounded by Pillow


@pytest.mark.parametrize("orientation", range(1, 9))
def test_deep_colours_are_upright(tmp_path: Path, orientation: int) -> None:
    file = colour_tiff(tmp_path / "a.tiff", COLOURS[:3], orientation)
    size = (8, 6) if orientation > 4 else (6, 8)
    deep, upper = (decode_any(file, size, 3, deep=deep).planes for deep in (True, False))
    assert np.array_equal(deep >> 8, upper)


def test_colours_multiplied_by_their_alpha(tmp_path: Path) -> None:
    alpha = np.maximum(COLOURS[3:], 5000)
    times = np.concatenate([(COLOURS[:3] * (alpha / 65535)).round().astype(np.uint16), alpha])
    straight = decode_any(colour_tiff(tmp_path / "a.tiff", times, alpha=1), (6, 8), 4, deep=True).planes.astype(int)
    assert np.abs(straight - np.concatenate([COLOURS[:3], alpha])).max() <= 14  # 65535 / 5000, and a rounding


@pytest.mark.parametrize("suffix", ["png", "tiff"])
def test_a_missing_reader_is_named_and_nothing_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str
) -> None:
    monkeypatch.setitem(sys.modules, "imagecodecs", None)
    for k in range(4):
        colour_file(tmp_path / "deep" / f"{k}.{suffix}", np.roll(COLOURS[:3], k, 0))
    with pytest.raises(UsageError) as told:
        loaded(tmp_path / "deep", size=8, channels=3)
    assert str(told.value) == (
        f'{tmp_path}/deep/0.{suffix}: imagecodecs is not installed: pip install "gan_lightning[deep]" reads '
        f"{suffix.upper()} files of 16-bit colours; data.bits=8 takes their upper 8 bits"
    )
    assert not list((tmp_path / "cache").glob("*.npy"))
    assert loaded(tmp_path / "deep", size=8, channels=3, bits=8).bits == 8


def test_deep_colours_of_other_files(tmp_path: Path) -> None:
    for k in range(4):
        (tmp_path / "deep").mkdir(exist_ok=True)
        pixels = np.roll(COLOURS[:3], k, 0).transpose(1, 2, 0).astype(">u2").tobytes()
        (tmp_path / "deep" / f"{k}.ppm").write_bytes(b"P6\n8 6\n65535\n" + pixels)
    with pytest.raises(UsageError, match=r"0.ppm: 16-bit colours of PPM files \(RGB\) .* data.bits=8$"):
        loaded(tmp_path / "deep", size=8, channels=3)
    assert loaded(tmp_path / "deep", size=8, channels=3, bits=8).bits == 8


def test_every_level_survives_the_floats() -> None:
    levels = torch.from_numpy(np.arange(65536, dtype=np.uint16))
    floats = from_uint16(levels)
    assert (floats.min(), floats.max()) == (-1, 1)
    assert np.array_equal(to_uint16(floats).numpy(), levels.numpy())
    assert to_uint16(torch.tensor([-2.0, 2.0, float("nan")])).tolist() == [0, 65535, 0]


@pytest.mark.training
@pytest.mark.parametrize("channels", [1, 4])
def test_from_files_of_sixteen_bits_to_files_of_sixteen_bits(tmp_path: Path, root: Path, channels: int) -> None:
    kind = {1: "16-bit", 4: "16-bit colour"}[channels]
    if channels == 4:
        for k in range(4):
            stored(root / f"{k}.png", np.stack([SLOPE, SLOPE.T, SLOPE[::-1], SLOPE + k * (SLOPE == 0)], 2))
    options = (
        f"data=image_folder data.root=deep data.size=8 data.channels={channels} data.cache=cache data.batch_size=4 "
        "model=mlp"
    )
    small = "model.generator.width=8 model.critic.width=8 logger=none metric=none trainer.max_steps=2 run_dir=run"
    trained = call(*options.split(), *small.split(), cwd=tmp_path)
    assert trained.returncode == 0, trained.stderr
    assert f"4 {kind} images, values from 0 to 65535: scaled from [0,65535] to 16 bits" in trained.stderr
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
    made = decode_any(tmp_path / "made" / "images" / "000000.png", 8, channels, deep=True)
    assert (made.planes.dtype, made.values and made.values.kind) == (np.uint16, kind)
