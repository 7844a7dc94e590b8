"""Data sets in idx files."""

from __future__ import annotations

import gzip
import os
import struct
from pathlib import Path

import pytest
import torch

from gan_lightning.core.errors import UsageError
from gan_lightning.data.cifar10 import Cifar10
from gan_lightning.data.fashion_mnist import FashionMnist
from gan_lightning.data.io.idx import read_idx
from gan_lightning.data.mnist import Mnist
from gan_lightning.data.stacked_mnist import StackedMnist

DEBIAN = Path("/usr/share/datasets/fashion-mnist")


def idx(*sizes: int, values: bytes) -> bytes:
    return bytes([0, 0, 8, len(sizes)]) + struct.pack(f">{len(sizes)}I", *sizes) + values


def write_set(folder: Path, suffix: str = "", dash: str = "-") -> Path:
    """A set of 6 training images with all pixels 10·i and 2 test images with all pixels 200 + i, labelled i."""
    folder.mkdir(parents=True)
    pack = gzip.compress if suffix else bytes
    for part, n, value in (("train", 6, lambda i: 10 * i), ("t10k", 2, lambda i: 200 + i)):
        pixels = b"".join(bytes([value(i)]) * 16 for i in range(n))
        (folder / f"{part}-images{dash}idx3-ubyte{suffix}").write_bytes(pack(idx(n, 4, 4, values=pixels)))
        (folder / f"{part}-labels{dash}idx1-ubyte{suffix}").write_bytes(pack(idx(n, values=bytes(range(n)))))
    return folder


@pytest.fixture(autouse=True)
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither the working folder nor the cache holds anything."""
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def test_bytes_written_by_hand_are_read(tmp_path: Path) -> None:
    by_hand = bytes.fromhex("00000803 00000002 00000001 00000003 010203 ff00fe")
    (tmp_path / "plain").write_bytes(by_hand)
    (tmp_path / "zipped").write_bytes(gzip.compress(by_hand))
    for name in ("plain", "zipped"):
        assert read_idx(tmp_path / name).tolist() == [[[1, 2, 3]], [[255, 0, 254]]]


@pytest.mark.parametrize(
    ("content", "wrong"),
    [
        (b"", r"is not an idx file of unsigned bytes \(it begins \)"),
        (b"<html>", r"is not an idx file of unsigned bytes \(it begins 3c 68 74 6d\)"),
        (bytes.fromhex("00000d01 00000001 00000000"), r"is not an idx file of unsigned bytes"),  # floats
        (bytes.fromhex("00000803 00000001"), "ends within its header"),
        (idx(2, 3, values=b"12345"), "should hold 2 × 3 bytes but holds 5"),
        (idx(2, 3, values=b"1234567"), "should hold 2 × 3 bytes but holds 7"),
        (gzip.compress(idx(3, values=b"abc"), mtime=0)[:-6], "is a damaged gzip file"),
        (b"\x1f\x8b" + b"nonsense", "is a damaged gzip file"),
    ],
)
def test_damage_is_named(tmp_path: Path, content: bytes, wrong: str) -> None:
    (tmp_path / "train-images").write_bytes(content)
    with pytest.raises(UsageError, match=f"train-images {wrong}.*: fetch it again$"):
        read_idx(tmp_path / "train-images")


@pytest.mark.parametrize("suffix", ["", ".gz"])
@pytest.mark.parametrize("dash", ["-", "."])
@pytest.mark.parametrize("below", ["", "raw", "MNIST/raw"])
def test_files_are_found_under_root(tmp_path: Path, suffix: str, dash: str, below: str) -> None:
    write_set(tmp_path / "here" / below, suffix, dash)
    data = Mnist(root=str(tmp_path / "here"), size=4)
    data.setup()
    assert data.train.rows.flatten(1).tolist() == [[10 * i] * 16 for i in range(6)]
    assert data.held_out.rows.flatten(1).tolist() == [[200 + i] * 16 for i in range(2)]
    assert data.train.labels.tolist() == [0, 1, 2, 3, 4, 5]
    assert data.held_out.labels.tolist() == [0, 1]


@pytest.mark.parametrize("home", ["work/data", "cache/gan_lightning"])
def test_files_are_found_in_the_usual_places(tmp_path: Path, home: str) -> None:
    write_set(tmp_path / home / "MNIST" / "raw")
    data = Mnist()
    data.setup()
    assert data.shape == (1, 28, 28) == tuple(data.train.rows.shape[1:])


def test_what_is_missing_is_told_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as refused:
        Mnist().setup()
    assert str(refused.value) == (
        "MNIST not found: looked for train-images-idx3-ubyte[.gz] and its three companions in data/MNIST/raw, "
        f"{tmp_path}/cache/gan_lightning/MNIST/raw; set data.root=FOLDER or data.download=true, or run: "
        "python -c \"from torchvision.datasets import MNIST; MNIST('data', download=True)\""
    )
    with pytest.raises(
        UsageError, match=f"in {tmp_path}, {tmp_path}/raw, .*or run: apt install dataset-fashion-mnist$"
    ):
        FashionMnist(root=str(tmp_path)).setup()


def test_an_incomplete_set_counts_as_missing(tmp_path: Path) -> None:
    folder = write_set(tmp_path / "here")
    (folder / "t10k-labels-idx1-ubyte").unlink()
    with pytest.raises(UsageError, match=r"^MNIST not found"):
        Mnist(root=str(folder)).setup()


def test_images_and_labels_must_belong_together(tmp_path: Path) -> None:
    folder = write_set(tmp_path / "here")
    (folder / "train-labels-idx1-ubyte").write_bytes(idx(5, values=bytes(5)))
    with pytest.raises(UsageError, match=r"do not belong together: they hold \[6, 4, 4\] images and \[5\] labels"):
        Mnist(root=str(folder)).setup()


def test_an_empty_set_is_refused(tmp_path: Path) -> None:
    folder = write_set(tmp_path / "here")
    (folder / "train-images-idx3-ubyte").write_bytes(idx(0, 4, 4, values=b""))
    (folder / "train-labels-idx1-ubyte").write_bytes(idx(0, values=b""))
    with pytest.raises(UsageError, match=r"they hold \[0, 4, 4\] images"):
        Mnist(root=str(folder)).setup()


def test_a_download_goes_to_root_or_the_cache_and_only_where_needed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetched: list[str] = []

    def fetch(root: str, download: bool) -> None:
        fetched.append(root)
        write_set(Path(root) / "MNIST" / "raw")

    monkeypatch.setattr("torchvision.datasets.MNIST", fetch)
    for _ in range(2):
        Mnist(download=True).setup()
    Mnist(download=True, root=str(tmp_path / "there")).prepare_data()
    assert fetched == [f"{tmp_path}/cache/gan_lightning", f"{tmp_path}/there"]


def test_a_failed_download_is_told_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def fetch(root: str, download: bool) -> None:
        raise RuntimeError("Error downloading train-images:\nTried a mirror, got:\n<urlopen error>\n")

    monkeypatch.setattr("torchvision.datasets.FashionMNIST", fetch)
    with pytest.raises(
        UsageError, match=r"^data.download=true could not fetch FashionMNIST into .*: Error downloading .*>$"
    ):
        FashionMnist(download=True, root="empty").setup()


def test_stacked_digits_can_be_all_of_mnist(tmp_path: Path) -> None:
    root = str(write_set(tmp_path / "here"))
    data = StackedMnist(digits="mnist", root=root, size=4, rows=20, held_out=5)
    data.setup()
    image, mode = data.train.rows[torch.tensor([7])][0], int(data.train.labels[7])
    assert [int(channel[0, 0]) // 10 for channel in image] == [mode // 100, mode // 10 % 10, mode % 10]
    with pytest.raises(UsageError, match=r"^data.root and data.download say where MNIST is: add data.digits=mnist"):
        StackedMnist(root=root)


@pytest.mark.skipif(not DEBIAN.is_dir(), reason="needs Debian's package dataset-fashion-mnist")
def test_fashion_mnist_is_found_where_debian_puts_it() -> None:
    data = FashionMnist()
    data.setup()
    assert tuple(data.train.rows.shape) == (60_000, 1, 28, 28)
    assert tuple(data.held_out.rows.shape) == (10_000, 1, 28, 28)
    assert data.train.labels.bincount().tolist() == [6000] * 10
    assert data.train.rows.float().mean().item() / 255 == pytest.approx(0.2860, abs=1e-4)  # widely published


@pytest.mark.parametrize("sizes", [(6, 0, 4), (1,) * 200, (6, 4, 4, 1)])
def test_images_of_no_size_are_refused(tmp_path: Path, sizes: tuple[int, ...]) -> None:
    folder = write_set(tmp_path / "set")
    (folder / "train-images-idx3-ubyte").write_bytes(idx(*sizes, values=bytes(96 * (0 not in sizes))))
    with pytest.raises(UsageError, match=r"fetch (it|them) again$"):
        Mnist(root=str(folder)).setup()


def test_labels_of_other_classes_are_refused(tmp_path: Path) -> None:
    folder = write_set(tmp_path / "set")
    (folder / "train-labels-idx1-ubyte").write_bytes(idx(6, values=bytes([0, 1, 2, 3, 4, 200])))
    with pytest.raises(UsageError, match="holds labels up to 200, not 0 to 9: fetch it again"):
        Mnist(root=str(folder)).setup()


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    folder = write_set(tmp_path / "br[1]")
    (folder / "train-labels-idx1-ubyte").unlink()
    os.mkfifo(folder / "train-labels-idx1-ubyte")
    with pytest.raises(UsageError, match="MNIST not found: looked for"):
        Mnist(root=str(folder)).setup()


@pytest.mark.parametrize("root", ["", "x" * 5000, "/dev/null/x", "~nouser/x"])
@pytest.mark.parametrize("kind", [Mnist, Cifar10])
def test_roots_that_cannot_be(root: str, kind: type[Mnist] | type[Cifar10]) -> None:
    with pytest.raises(UsageError, match=r"data.root=|not found: looked for"):
        kind(root=root).setup()
