"""Arrays of images and points, in files and in memory."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from gan_lightning.core.errors import UsageError
from gan_lightning.data.array import Array
from gan_lightning.data.array_samples import array_to_samples
from gan_lightning.data.io.memmap import MemmapRows
from gan_lightning.data.io.npy import array_shape
from gan_lightning.data.tensor_data import TensorData
from gan_lightning.model.mlp import Critic, Generator
from gan_lightning.objective.wgan_gp import WGANGP
from gan_lightning.trainer.default import build

IMAGES = np.arange(10 * 4 * 5, dtype=np.uint8).reshape(10, 4, 5)
COLOR = np.arange(10 * 4 * 5 * 3, dtype=np.uint8).reshape(10, 4, 5, 3)
POINTS = np.linspace(-30, 30, 20).reshape(10, 2)


def saved(path: Path, array: np.ndarray) -> str:
    np.save(path / "a.npy", array)
    return str(path / "a.npy")


def samples(data: Array | TensorData) -> torch.Tensor:
    data.setup()
    both = torch.cat([table.rows[torch.arange(len(table))] for table in (data.train, data.held_out)])
    return both[both.flatten(1)[:, 0].argsort()]


@pytest.mark.parametrize(
    ("array", "expected"),
    [
        (IMAGES, IMAGES[:, None]),
        (IMAGES[..., None], IMAGES[:, None]),
        (IMAGES[:, None], IMAGES[:, None]),
        (COLOR, COLOR.transpose(0, 3, 1, 2)),
        (COLOR.transpose(0, 3, 1, 2), COLOR.transpose(0, 3, 1, 2)),
        (POINTS, POINTS),
    ],
    ids=["NHW", "NHW1", "N1HW", "NHWC", "NCHW", "points"],
)
@pytest.mark.parametrize("kind", ["npy", "npz", "packed", "memory", "tensor"])
def test_every_layout_is_read_from_everywhere(
    tmp_path: Path, array: np.ndarray, expected: np.ndarray, kind: str
) -> None:
    match kind:
        case "npy":
            data: Array | TensorData = Array(path=saved(tmp_path, array))
        case "npz":
            np.savez(tmp_path / "a.npz", other=np.zeros(3), mine=array)
            data = Array(path=str(tmp_path / "a.npz"), key="mine")
        case "packed":
            np.savez_compressed(tmp_path / "a.npz", array)
            data = Array(path=str(tmp_path / "a.npz"))
        case "memory":
            data = TensorData(array)
        case "tensor":
            data = TensorData(torch.from_numpy(array.copy()))
    assert data.shape == expected.shape[1:]
    found = samples(data)
    np.testing.assert_allclose(found, expected[expected.reshape(10, -1)[:, 0].argsort()], rtol=1e-6)
    assert found.dtype == (torch.float32 if array is POINTS else torch.uint8)
    assert len(data.held_out) == 1


def test_the_shape_is_read_from_the_header_alone(tmp_path: Path) -> None:
    huge = np.lib.format.open_memmap(tmp_path / "a.npy", "w+", np.uint8, (1_000_000, 64, 64, 3))  # never written
    del huge
    assert array_shape(str(tmp_path / "a.npy")) == [3, 64, 64]
    np.savez_compressed(tmp_path / "a.npz", x=IMAGES, y=POINTS)
    assert array_shape(str(tmp_path / "a.npz"), "y") == [2]
    assert Array(path=str(tmp_path / "a.npy")).shape == (3, 64, 64)


def test_a_large_file_stays_on_disk(tmp_path: Path) -> None:
    images = np.random.default_rng(0).integers(0, 256, (20, 200, 200, 3), dtype=np.uint8)
    path = saved(tmp_path, images)
    here, there = Array(path=path), Array(path=path, in_memory_mb=1)
    here.setup()
    there.setup()
    assert (type(here.train.rows), here.num_workers) == (torch.Tensor, 0)
    assert (type(there.train.rows), there.num_workers) == (MemmapRows, 2)
    assert torch.equal(here.train.batch(0, 9, 7), there.train.batch(0, 9, 7))


def test_floats_are_quantized_by_their_range() -> None:
    unit = np.array([0.0, 0.2, 0.5, 1.0], dtype=np.float64).reshape(1, 2, 2)
    assert array_to_samples(unit, "a").flatten().tolist() == [0, 51, 128, 255]  # 127.5 steps to even
    signed = np.array([-1.0, -0.6, 0.0, 1.0], dtype=np.float32).reshape(1, 2, 2)
    assert array_to_samples(signed, "a").flatten().tolist() == [0, 51, 128, 255]
    assert array_to_samples(np.eye(2, dtype=bool)[None], "a").flatten().tolist() == [255, 0, 0, 255]


def test_quantized_floats_come_back_as_they_were() -> None:
    levels = np.arange(256, dtype=np.uint8).reshape(1, 16, 16)
    assert np.array_equal(array_to_samples(levels / 127.5 - 1, "a")[:, 0].numpy(), levels)
    assert np.array_equal(array_to_samples(levels / 255, "a")[:, 0].numpy(), levels)


@pytest.mark.parametrize(
    ("array", "wrong"),
    [
        (np.zeros((5, 3, 8, 3), np.uint8), r"has shape \[5, 3, 8, 3\], not \(or not only\) that of images \[N, H, W\]"),
        (np.zeros((5, 8, 8, 4), np.uint8), r"has shape \[5, 8, 8, 4\]"),
        (np.zeros((5, 784), np.uint8), r"has shape \[5, 784\].*: reshape it$"),
        (np.zeros(5), r"has shape \[5\]"),
        (np.zeros((5, 8, 8), np.int64), "holds int64, but images are uint8, bool or floats: cast it$"),
        (np.zeros((5, 2), np.int64), "holds int64, but points are floats: cast it$"),
        (np.full((5, 2), np.nan), "holds NaN or infinity: take those samples out$"),
        (
            np.linspace(0, 16, 45).reshape(5, 3, 3),
            r"holds floating-point images from 0 to 16, which must lie within \[0, 1\] or \[-1, 1\]: scale",
        ),
        (np.linspace(-2, 1, 45).reshape(5, 3, 3), r"holds floating-point images from -2 to 1, which"),
    ],
)
def test_what_is_not_clear_is_refused(tmp_path: Path, array: np.ndarray, wrong: str) -> None:
    with pytest.raises(UsageError, match=f"^samples {wrong}"):
        TensorData(array)
    with pytest.raises(UsageError, match=f"a.npy {wrong}"):
        Array(path=saved(tmp_path, array)).setup()


def test_files_are_refused_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"^data.path is not set: give an .npy or .npz file"):
        Array()
    with pytest.raises(UsageError, match=r"^data.path=nowhere.npy is not a file"):
        Array(path="nowhere.npy")
    (tmp_path / "text.npy").write_text("1,2\n3,4\n")
    with pytest.raises(UsageError, match=r"text.npy can't be read as an .npy or .npz file: .*magic"):
        Array(path=str(tmp_path / "text.npy"))
    with pytest.raises(UsageError, match=r"^data.key=x names an array of an .npz file, but .*a.npy is a single array"):
        Array(path=saved(tmp_path, IMAGES), key="x")
    np.savez(tmp_path / "two.npz", images=IMAGES, labels=np.zeros(10))
    with pytest.raises(UsageError, match=r"two.npz holds 2 arrays: choose one with data.key=images\|labels$"):
        Array(path=str(tmp_path / "two.npz"))
    with pytest.raises(UsageError, match=r"^data.key=image is not in .*two.npz: did you mean images\?$"):
        Array(path=str(tmp_path / "two.npz"), key="image")
    with pytest.raises(UsageError, match=r"leave data.shape alone, it follows the file"):
        Array(path=str(tmp_path / "two.npz"), key="images", shape=(3, 4, 5))


def test_a_file_cut_short_is_refused(tmp_path: Path) -> None:
    path = Path(saved(tmp_path, IMAGES))
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(UsageError, match=r"a.npy can't be read"):
        Array(path=str(path)).setup()


def test_pickles_are_never_loaded(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.array([{}, {}], dtype=object), allow_pickle=True)
    with pytest.raises(UsageError, match=r"has shape \[2\]"):
        Array(path=str(tmp_path / "a.npy"))
    np.save(tmp_path / "b.npy", np.full((3, 2), None), allow_pickle=True)
    with pytest.raises(UsageError, match=r"can't be read .*allow_pickle=False"):
        Array(path=str(tmp_path / "b.npy")).setup()


@pytest.mark.parametrize("n", [0, 1])
def test_too_few_samples_are_refused(tmp_path: Path, n: int) -> None:
    with pytest.raises(UsageError, match=rf"^samples holds {n} sample\(s\): at least 2 are needed"):
        TensorData(IMAGES[:n]).setup()
    with pytest.raises(UsageError, match=rf"a.npy holds {n} sample\(s\): at least 2 are needed"):
        Array(path=saved(tmp_path, IMAGES[:n])).setup()


def test_points_are_not_mirrored(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"^data.flip=true mirrors images, but these are points"):
        TensorData(POINTS, flip=True)
    with pytest.raises(UsageError, match=r"^data.flip=true mirrors images, but these are points"):
        Array(path=saved(tmp_path, POINTS), flip=True)


def test_a_set_smaller_than_a_batch_fills_it_by_repeating() -> None:
    data = TensorData(IMAGES[:4], batch_size=64, held_out=0.25)
    data.setup()
    batch = data.train.batch(0, 0, data.batch_size)
    counts = batch.flatten(1).unique(dim=0, return_counts=True)[1]
    assert sorted(counts.tolist()) == [21, 21, 22]


def test_a_set_smaller_than_a_batch_is_told() -> None:
    module = WGANGP(Generator(shape=(2,), width=4), Critic(shape=(2,), width=4))
    with pytest.warns(UserWarning, match="data.batch_size=64 is more than the 3 training samples"):
        build(max_steps=1, accelerator="cpu").fit(module, datamodule=TensorData(POINTS[:4], held_out=0.25))


def test_the_callers_tensor_is_not_kept_on_a_graph() -> None:
    data = TensorData(torch.rand(6, 1, 4, 4, dtype=torch.bfloat16, requires_grad=True))
    data.setup()
    assert data.train.batch(0, 0, 3).dtype == torch.uint8
