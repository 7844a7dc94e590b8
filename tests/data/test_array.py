"""Arrays of images and points, in files and in memory."""

from __future__ import annotations

import pickle
import random
import warnings
import zipfile
from contextlib import suppress
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
import torch

from gan_lightning.core.errors import UsageError
from gan_lightning.data.array import Array
from gan_lightning.data.array_samples import array_to_samples
from gan_lightning.data.io.memmap import MemmapRows
from gan_lightning.data.io.npy import array_shape
from gan_lightning.data.pixels import to_uint16
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
        (
            np.zeros((5, 3, 8, 3), np.uint8),
            r"has shape \[5, 3, 8, 3\], where the channels may be first or last: set (data\.)?layout=NCHW or "
            r"(data\.)?layout=NHWC$",
        ),
        (np.zeros((5, 8, 8, 7), np.uint8), r"has shape \[5, 8, 8, 7\], where the channels"),
        (np.zeros((5, 784), np.uint8), r"holds uint8 of shape \[5, 784\].*reshape it to images"),
        (np.zeros(5), r"has shape \[5\]"),
        (
            np.zeros((5, 8, 8), np.int64),
            r"holds int64 from 0 to 0, but images are uint8, bool or floats: set (data\.)?range=\[0,1\], ",
        ),
        (
            np.zeros((5, 2), np.int64),
            r"holds int64 of shape \[5, 2\], but points \[N, d\] are floats: cast it, reshape it to images "
            r"\[N, H, W\], or set (data\.)?layout=NT for series$",
        ),
        (np.full((5, 2), np.nan), "holds NaN or infinity: take those samples out$"),
        (
            np.linspace(0, 16, 45).reshape(5, 3, 3),
            r"holds floating-point images from 0 to 16, which must lie within .*range=\[0,255\]",
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
    with pytest.raises(UsageError, match=r"^data.path is not set: give an .npy, .npz or .pt file"):
        Array()
    with pytest.raises(UsageError, match=r"^data.path=nowhere.npy is not a file"):
        Array(path="nowhere.npy")
    (tmp_path / "text.npy").write_text("1,2\n3,4\n")
    with pytest.raises(UsageError, match=r"text.npy can't be read as an .npy or .npz file: .*magic"):
        Array(path=str(tmp_path / "text.npy"))
    with pytest.raises(UsageError, match=r"^data.key=x names an array of an .npz file, but .*a.npy is a single array"):
        Array(path=saved(tmp_path, IMAGES), key="x")
    np.savez(tmp_path / "two.npz", images=IMAGES, masks=np.zeros(10))
    with pytest.raises(UsageError, match=r"two.npz holds 2 arrays: choose one with data.key=images\|masks$"):
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
    batch = data.train.batch(0, 0, 3)
    assert (batch.dtype, batch.requires_grad) == (torch.float32, False)


EDGE = 1e-7  # a resized image overshoots by rounding


@pytest.mark.parametrize(("low", "high"), [(-EDGE, 1.0), (0.0, 1 + EDGE), (-0.001, 1.001)])
def test_overshoot_of_the_unit_range_is_cut_off(low: float, high: float) -> None:
    array = np.array([low, 0.2, 0.5, high], dtype=np.float32).reshape(1, 2, 2)
    assert array_to_samples(array, "a").flatten().tolist() == [0, 51, 128, 255]


@pytest.mark.parametrize(("low", "high"), [(-1 - EDGE, 1.0), (-1.0, 1 + EDGE), (-1.003, 1.003)])
def test_overshoot_of_the_centred_range_is_cut_off(low: float, high: float) -> None:
    array = np.array([low, -0.6, 0, high], dtype=np.float32).reshape(1, 2, 2)
    assert array_to_samples(array, "a").flatten().tolist() == [0, 51, 128, 255]


@pytest.mark.parametrize("low", [-0.003, -0.1, -0.49])
def test_images_of_neither_range_are_asked_for(low: float) -> None:
    array = np.array([low, 0.2, 0.5, 1.0], dtype=np.float32).reshape(1, 2, 2)
    with pytest.raises(UsageError, match=r"range=\[0,1\] or range=\[-1,1\]"):
        array_to_samples(array, "a")
    assert array_to_samples(array, "a", (0, 1)).flatten().tolist() == [0, 51, 128, 255]


@pytest.mark.parametrize("dtype", ["uint16", ">u2", "int64", "float64", ">f4", "uint8"])
def test_a_given_range_scales_images_of_any_numbers(tmp_path: Path, dtype: str) -> None:
    images = np.full((10, 4, 4), 100, dtype=dtype)
    images[:, 0, 0], images[:, 0, 1], images[:, 3, 3] = 0, 200, np.arange(10)
    for array in (images, np.asfortranarray(images)):
        found = samples(Array(path=saved(tmp_path, array), range=(0, 200)))
        assert found[0, 0, 0].tolist() == [0, 255, 128, 128]
        assert torch.equal(samples(TensorData(array, range=(0, 200))), found)


def test_a_range_that_means_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"^data.range=\[5,5\] must be the values of black and of white"):
        Array(path=saved(tmp_path, IMAGES), range=(5, 5))
    with pytest.raises(UsageError, match=r"^range is for images, but samples holds points: leave it out"):
        TensorData(POINTS, range=(0, 1))


@pytest.mark.parametrize(("top", "typed"), [(200, "0,255"), (900, "0,1023"), (4000, "0,4095"), (60000, "0,65535")])
def test_integers_are_refused_with_the_range_to_type(tmp_path: Path, top: int, typed: str) -> None:
    images = np.linspace(0, top, 160).astype(np.uint16).reshape(10, 4, 4)
    with pytest.raises(UsageError, match=rf"holds uint16 from 0 to {top}, .* set data.range=\[{typed}\]"):
        Array(path=saved(tmp_path, images)).setup()
    Array(path=saved(tmp_path, images), range=tuple(map(int, typed.split(",")))).setup()  # the advice is right


def test_points_beyond_single_precision_are_refused() -> None:
    with pytest.raises(UsageError, match="NaN or infinity"):
        TensorData(np.full((4, 2), 1e300))


@pytest.mark.parametrize(
    ("labels", "wrong"),
    [
        ([], "0 labels|shape"),
        (["a"] * 10, "whole numbers"),
        ([0.5] * 10, r"give whole numbers \[N\], numbers \[N, k\]"),
        ([[0]] * 10, "whole numbers"),
        ([0] * 9, "^9 labels, the least 0, for 10 samples"),
        ([-1] * 10, "^10 labels, the least -1, for 10 samples"),
    ],
)
def test_labels_that_are_none_are_refused(labels: list[object], wrong: str) -> None:
    with pytest.raises(UsageError, match=wrong):
        TensorData(IMAGES, labels=np.array(labels))


def test_a_header_that_claims_more_than_the_file_holds(tmp_path: Path) -> None:
    path = Path(saved(tmp_path, IMAGES))
    begin = {"descr": "|u1", "fortran_order": False, "shape": (10**9, 64, 64)}
    with path.open("wb") as out:
        np.lib.format.write_array_header_1_0(out, begin)
    with pytest.raises(UsageError, match=r"its header says 4,096,000,000,000 bytes, shape .*, but it holds 0"):
        Array(path=str(path))
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as archive:
        archive.write(path, "x.npy")
    with pytest.raises(UsageError, match=r"its header says 4,096,000,000,000 bytes"):
        Array(path=str(tmp_path / "a.npz"))


@pytest.mark.parametrize(
    "array",
    [
        np.array(5.0),
        np.zeros((4, 2), dtype=[("x", "f4")]),
        np.zeros((4, 0, 8), np.uint8),
        np.zeros((4, 4, 4), complex),
        np.array(["a", "b"]),
    ],
    ids=["0-d", "structured", "empty", "complex", "text"],
)
def test_arrays_of_other_kinds_are_refused(tmp_path: Path, array: np.ndarray) -> None:
    with pytest.raises(UsageError, match=r"^samples (has|holds)"):
        TensorData(array)
    with pytest.raises(UsageError, match=r"a.npy (has|holds)"):
        Array(path=saved(tmp_path, array)).setup()


def test_members_of_an_archive_are_counted_not_listed(tmp_path: Path) -> None:
    def packed(name: str, members: list[str]) -> str:
        with zipfile.ZipFile(tmp_path / name, "w") as archive:
            for member in members:
                archive.writestr(member, b"")
        return str(tmp_path / name)

    many = packed("many.npz", [f"{k}.npy" for k in range(5000)])
    pictures = packed("dataset.zip", ["dataset.json", *(f"00000/img{k:08}.png" for k in range(5000))])
    weights = packed("weights.pt", ["archive/data.pkl", *(f"archive/data/{k}" for k in range(5000))])
    for path, key, told in (
        (many, None, r"holds 5,000 arrays: choose one with data.key=0\|1\|.*\|9 and 4,990 more$"),
        (many, "x", r"data.key=x is not in .*: it holds 0, 1, .* and 4,990 more$"),
        (
            pictures,
            None,
            r"archive without arrays: .*; 5,000 of 5,001 members are images: data=image_folder data.root=.*.zip",
        ),
        (weights, None, r"weights.pt can't be read as tensors \(.*\): save a tensor or a dict of tensors"),
    ):
        with pytest.raises(UsageError, match=told) as refused:
            Array(path=path, key=key)
        assert len(str(refused.value)) < 400


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"\x80\x04}q\x00.", "it is a file of torch.save"),
        (b"\x89HDF\r\n\x1a\n", "it is an HDF5 file"),
        (b"\x89PNG\r\n\x1a\n", "it is an image: give its folder, data=image_folder data.root="),
        (b"\x93NUMPY\x01\x00\x04\x00{'a'", "it is a damaged array"),
        (b"", "numpy.save and numpy.savez write such files"),
    ],
)
def test_files_of_other_kinds_are_named(tmp_path: Path, content: bytes, told: str) -> None:
    (tmp_path / "a.npy").write_bytes(content)
    with pytest.raises(UsageError, match=rf"a.npy can't be read as an .npy or .npz file: .*; {told}"):
        Array(path=str(tmp_path / "a.npy"))


def test_damaged_files_are_refused_in_one_line(tmp_path: Path) -> None:
    rng = random.Random(0)
    np.savez_compressed(tmp_path / "whole.npz", x=IMAGES)
    for content in (Path(saved(tmp_path, IMAGES)).read_bytes(), (tmp_path / "whole.npz").read_bytes()):
        for _ in range(150):
            damaged = bytearray(content)
            for _ in range(rng.choice([1, 3])):
                damaged[rng.randrange(min(len(damaged), 200))] = rng.randrange(256)
            (tmp_path / "a.npy").write_bytes(damaged)
            with warnings.catch_warnings(), suppress(UsageError):
                warnings.simplefilter("ignore")
                Array(path=str(tmp_path / "a.npy")).setup()


@pytest.mark.parametrize("path", ["x" * 5000, "/dev/null/x", "", "~nouser/x.npy", "a\0b"])
def test_paths_that_cannot_be(path: str) -> None:
    with pytest.raises(UsageError, match=r"^data.path="):
        Array(path=path)


def test_a_folder_is_no_array(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"is a folder: for images in it data=image_folder data.root="):
        Array(path=str(tmp_path))


SERIES = np.sin(np.linspace(0, 9, 10 * 2 * 30)).reshape(10, 2, 30)


@pytest.mark.parametrize("layout", ["NCT", "NTC"])
def test_series_stay_floats(tmp_path: Path, layout: Literal["NCT", "NTC"]) -> None:
    array = SERIES if layout == "NCT" else SERIES.transpose(0, 2, 1)
    for data in (TensorData(array, layout=layout), Array(path=saved(tmp_path, array), layout=layout)):
        assert data.shape == (2, 30)
        found = samples(data)
        assert found.dtype == torch.float32
        np.testing.assert_allclose(found, SERIES[SERIES[:, 0, 0].argsort()], atol=1e-6)


def test_values_of_series_and_volumes_become_those_of_networks() -> None:
    volume = np.linspace(0, 1, 60).reshape(1, 3, 4, 5, 1)
    np.testing.assert_allclose(
        array_to_samples(volume, "a", layout="NDHWC").flatten(), volume.ravel() * 2 - 1, atol=1e-6
    )
    counts = np.arange(0, 4096, 100).reshape(1, -1)
    scaled = array_to_samples(counts, "a", (0, 4000), "NT")
    np.testing.assert_allclose(scaled[0, 0], (counts[0] / 2000 - 1).clip(-1, 1), atol=1e-6)
    assert array_to_samples(counts.astype(np.uint8), "a", layout="NT").dtype == torch.uint8
    with pytest.raises(UsageError, match=r"^a holds int64 from 0 to 3900, but series are .* set range=\[0,4095\]"):
        array_to_samples(counts[:, :-1], "a", layout="NT")
    with pytest.raises(UsageError, match=r"^a holds floating-point series from -3 to 3, .* range=\[-3,3\]"):
        array_to_samples(np.linspace(-3, 3, 60).reshape(2, 30), "a", layout="NT")


def test_a_large_file_of_a_named_layout_stays_on_disk(tmp_path: Path) -> None:
    spectra = np.random.default_rng(0).integers(0, 256, (20, 60, 60, 17), dtype=np.uint8)
    path = saved(tmp_path, spectra)
    here, there = Array(path=path, layout="NHWC"), Array(path=path, layout="NHWC", in_memory_mb=1)
    here.setup()
    there.setup()
    assert here.shape == there.shape == (17, 60, 60)
    assert isinstance(there.train.rows, MemmapRows)
    assert torch.equal(here.train.batch(0, 9, 7), pickle.loads(pickle.dumps(there.train)).batch(0, 9, 7))


def test_bands_are_checked_before_training() -> None:
    assert TensorData(np.zeros((5, 7, 8, 8), np.uint8), layout="NCHW", bands=[6, 4, 2]).bands == (6, 4, 2)
    with pytest.raises(UsageError, match=r"data.bands=\[7\]: name one channel"):
        TensorData(np.zeros((5, 7, 8, 8), np.uint8), layout="NCHW", bands=[7])
    with pytest.raises(UsageError, match=r"data.flip=true mirrors images, but these are series"):
        TensorData(SERIES, layout="NCT", flip=True)


DEEP = np.random.default_rng(0).integers(0, 65536, (10, 4, 5)).astype(np.uint16)


@pytest.mark.parametrize("factor", [1, 1 / 65535])
def test_images_of_more_than_eight_bits_are_floats(tmp_path: Path, factor: float) -> None:
    array, value_range = (DEEP, (0, 65535)) if factor == 1 else ((DEEP * factor).astype(np.float32), None)
    data = Array(path=saved(tmp_path, array), range=value_range)
    found = samples(data)
    assert (data.bits, found.dtype, found.shape) == (16, torch.float32, (10, 1, 4, 5))
    assert sorted(to_uint16(found).flatten().tolist()) == sorted(DEEP.flatten().tolist())
    assert TensorData(array, range=value_range).bits == 16
    in_bytes = Array(path=saved(tmp_path, array), range=value_range, bits=8)
    assert samples(in_bytes).dtype == torch.uint8
    assert in_bytes.bits == 8


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("centred", [False, True])
def test_floats_that_were_bytes_are_bytes(dtype: type, centred: bool) -> None:
    levels = np.arange(256, dtype=np.uint8).repeat(2).reshape(2, 16, 16)
    array = (levels / 127.5 - 1 if centred else levels / 255).astype(dtype)
    data = TensorData(array)
    assert (data.bits, data.rows.dtype) == (8, torch.uint8)
    assert np.abs(data.rows[:, 0].numpy().astype(int) - levels).max() == 0
    deep = TensorData(array, bits=16)
    assert (deep.bits, deep.rows.dtype) == (16, torch.float32)
    assert TensorData(levels, bits=16).rows.dtype == torch.float32
    assert (TensorData(levels, bits=16).rows.min(), TensorData(levels, bits=16).rows.max()) == (-1, 1)


def test_points_and_series_have_no_bits(tmp_path: Path) -> None:
    assert TensorData(POINTS).bits is None
    data = Array(path=saved(tmp_path, np.zeros((10, 3, 16), np.float32)), layout="NCT")
    with pytest.warns(UserWarning, match="nothing to learn"):
        data.setup()
    assert data.bits is None
