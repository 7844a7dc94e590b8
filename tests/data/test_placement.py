"""Samples in the memory of the device that trains: the same batches, the same run."""

from __future__ import annotations

import threading
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from gan_lightning.core.errors import UsageError
from gan_lightning.data import placement
from gan_lightning.data.computed_labels import ComputedRows
from gan_lightning.data.deep_rows import DeepRows
from gan_lightning.data.io.memmap import MemmapRows
from gan_lightning.data.placement import PrefetchedSteps, belongs_on_gpu, place
from gan_lightning.data.sample_source import SampleTable
from gan_lightning.data.stacked_mnist import StackedDigits
from gan_lightning.data.stream import HeldOut, StepBatch, StepStream
from gan_lightning.data.tensor_data import TensorData
from gan_lightning.data.unpaired import UnpairedTable
from gan_lightning.objective.base import AdversarialModule
from gan_lightning.objective.gan import GAN
from gan_lightning.objective.wgan_gp import WGANGP
from gan_lightning.trainer.default import build
from tests.helper.modules import Cloud, networks, same, state, told_networks
from tests.helper.modules import play as play_cloud

CPU, META = torch.device("cpu"), torch.device("meta")
BYTES = torch.arange(11 * 12, dtype=torch.uint8).view(11, 1, 3, 4)
CLASSES = torch.arange(11) % 3


def tables(folder: Path) -> dict[str, SampleTable]:
    """A set of eleven samples of each kind that a GPU's memory can hold."""
    np.save(folder / "bytes.npy", BYTES.numpy())
    np.save(folder / "words.npy", (BYTES.numpy().astype(np.uint16) << 8) + 7)
    on_disk = MemmapRows(folder / "bytes.npy", torch.arange(11).flip(0))
    deep = MemmapRows(folder / "words.npy", torch.arange(11))
    digits, triples = SampleTable(BYTES, labels=CLASSES), torch.arange(33).view(11, 3) % 11
    return {
        "bytes, flipped, classes": SampleTable(BYTES, flip=True, labels=CLASSES),
        "floats, numbers": SampleTable(torch.randn(11, 2), labels=torch.randn(11, 3)),
        "pairs of images, flipped": SampleTable(BYTES, flip=True, labels=BYTES.flip(0)),
        "on disk": SampleTable(on_disk, flip=True),
        "16 bits": SampleTable(DeepRows(deep.loaded()), flip=True),
        "16 bits, on disk": SampleTable(DeepRows(deep), labels=CLASSES),
        "stacked digits": SampleTable(StackedDigits(digits, triples), labels=CLASSES),
        "unpaired": UnpairedTable(SampleTable(BYTES, flip=True), SampleTable(BYTES[:7], flip=True)),
    }


KINDS = (
    *("bytes, flipped, classes", "floats, numbers", "pairs of images, flipped", "on disk", "16 bits"),
    *("16 bits, on disk", "stacked digits", "unpaired"),
)


def batches(table: SampleTable, labelled: bool) -> list[Tensor]:
    """Four steps of three batches, of both processes of two, across several epochs."""
    streams = [
        StepStream(table, batches_per_step=3, batch_size=8, seed=5, rank=rank, world_size=2, labelled=labelled)
        for rank in range(2)
    ]
    steps = [step for stream in streams for step in islice(stream, 4)]
    return [part for step in steps for part in (step.real, step.label) if part is not None]


def test_every_kind_is_tested(tmp_path: Path) -> None:
    assert tuple(tables(tmp_path)) == KINDS


@pytest.mark.parametrize("kind", KINDS)
def test_batches_are_those_of_the_host(kind: str, tmp_path: Path) -> None:
    table = tables(tmp_path)[kind]
    labelled = table.labels is not None
    here, there = batches(table, labelled), batches(table.to(CPU), labelled)
    assert len(here) == len(there) == (16 if labelled else 8)
    assert all(torch.equal(a, b) and a.dtype == b.dtype for a, b in zip(here, there, strict=True))


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_of_a_device_is_read_by_the_host(kind: str, tmp_path: Path) -> None:
    """On the meta device, where there are shapes only, any such reading is an error."""
    table = tables(tmp_path)[kind]
    labelled = table.labels is not None
    there = batches(table.to(META), labelled)
    assert all(part.device == META for part in there)
    assert [part.shape for part in there] == [part.shape for part in batches(table, labelled)]


@pytest.mark.parametrize("kind", KINDS)
def test_a_copy_takes_the_bytes_that_were_announced(kind: str, tmp_path: Path) -> None:
    table = tables(tmp_path)[kind]
    assert table.nbytes == table.to(META).nbytes
    image = {"floats, numbers": 20, "pairs of images, flipped": 24, "on disk": 12, "16 bits": 24}.get(kind)
    assert image is None or table.nbytes == 11 * image


def test_samples_that_are_computed_on_access_stay_where_they_are() -> None:
    computed = ComputedRows(BYTES, lambda images: images)
    assert SampleTable(BYTES, labels=computed).nbytes is None
    assert UnpairedTable(SampleTable(BYTES), SampleTable(computed)).nbytes is None


@pytest.mark.parametrize(
    ("wanted", "needed", "free", "there"),
    [
        ("cpu", 1, 100, False),
        ("auto", 25, 100, True),
        ("auto", 26, 100, False),
        ("auto", None, 100, False),  # an endless distribution
        ("auto", 1, None, False),  # no GPU
        ("cuda", 26, 100, True),
        ("cuda", 100, 100, True),
    ],
)
def test_where_samples_belong(wanted: placement.DataDevice, needed: int | None, free: int | None, there: bool) -> None:
    assert belongs_on_gpu(wanted, needed, free) is there


@pytest.mark.parametrize(
    ("needed", "free", "problem"),
    [(1, None, "no CUDA GPU trains"), (None, 9, "as they are read"), (3 << 20, 2 << 20, "take 3 MB, and 2 MB of")],
)
def test_what_can_not_be_there_is_refused(needed: int | None, free: int | None, problem: str) -> None:
    with pytest.raises(UsageError, match=problem):
        belongs_on_gpu("cuda", needed, free)


def test_without_a_gpu(capsys: pytest.CaptureFixture[str]) -> None:
    table = SampleTable(BYTES)
    assert place(table, "cpu", CPU) is place(table, "auto", CPU) is None
    with pytest.raises(UsageError, match=r"no CUDA GPU trains: use data\.device=auto or cpu"):
        place(table, "cuda", CPU)
    assert not capsys.readouterr().err


def test_what_is_done_is_said(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(placement, "free_memory", lambda device: 600)
    placed = place(SampleTable(BYTES), "auto", CPU)
    assert placed is not None
    assert placed.device == CPU
    assert place(SampleTable(torch.zeros(1000, 2)), "auto", CPU) is None
    done, kept = capsys.readouterr().err.splitlines()
    assert done == "data.device=auto: 11 samples in the GPU's memory, 0 MB"
    assert kept == "data.device=auto: samples stay in the host's memory (0 MB of 0 MB free)"


def images(device: placement.DataDevice = "cpu") -> TensorData:
    noise = torch.randint(0, 256, (30, 1, 4, 4), generator=torch.Generator().manual_seed(0), dtype=torch.uint8)
    return TensorData(noise, batch_size=8, flip=True, labels=torch.arange(30) % 2, device=device)


def critic_and_generator() -> AdversarialModule:
    torch.manual_seed(0)
    pixels = torch.nn.Sequential(torch.nn.Linear(4, 16), torch.nn.Tanh(), torch.nn.Unflatten(1, (1, 4, 4)))
    return WGANGP(
        pixels, torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(16, 1)), latent_dim=4, n_critic=2, accumulate=2
    )


def trained(data: TensorData, steps: int, resume: Path | None = None) -> tuple[dict[str, Tensor], Path, StepBatch]:
    """The weights, their checkpoint, and the first batch of a last validation."""
    module = critic_and_generator()
    trainer = build(max_steps=steps, accelerator="cpu", val_check_interval=2)
    trainer.fit(module, datamodule=data, ckpt_path=resume)
    file = Path(trainer.default_root_dir) / f"{steps}.ckpt"
    trainer.save_checkpoint(file)
    return state(module), file, next(iter(HeldOut(data.held_out, batch_size=8)))


@pytest.mark.training
def test_the_run_is_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Resumed, too: a stand-in says that the CPU is a GPU with memory, so that its tables pick the batches."""
    monkeypatch.chdir(tmp_path)
    plain, _, _ = trained(images(), 6)
    monkeypatch.setattr(placement, "free_memory", lambda device: 1 << 20)
    placed, _, held_out = trained(images("auto"), 6)
    assert same(plain, placed)
    assert held_out.real.device == CPU
    _, half, _ = trained(images("auto"), 3)
    assert same(plain, trained(images("cuda"), 6, resume=half)[0])
    assert same(plain, trained(images("cpu"), 6, resume=half)[0])


@pytest.mark.training
def test_labels_come_along(monkeypatch: pytest.MonkeyPatch) -> None:
    plain, placed = (WGANGP(*told_networks(), n_critic=2) for _ in range(2))
    play_cloud(plain, 4)
    monkeypatch.setattr(placement, "free_memory", lambda device: 1 << 20)
    trainer = build(max_steps=4, accelerator="cpu")
    trainer.fit(placed, datamodule=Cloud(batch_size=8, device="auto", num_workers=2))
    assert isinstance(trainer.train_dataloader, StepStream)  # no workers: there is nothing to read ahead
    assert same(state(plain), state(placed))


@pytest.mark.training
def test_a_run_without_a_gpu_is_refused() -> None:
    with pytest.raises(UsageError, match="no CUDA GPU trains"):
        build(max_steps=1, accelerator="cpu").fit(
            GAN(*networks(), latent_dim=4), datamodule=Cloud(batch_size=8, device="cuda")
        )


def test_a_thread_reads_the_next_step_ahead() -> None:
    read: list[tuple[int, int]] = []
    ahead = threading.Event()

    class Counting:
        def __init__(self, start: int) -> None:
            self.start = start

        def __iter__(self):  # type: ignore[no-untyped-def]
            for k in range(self.start, 5):
                read.append((k, threading.get_ident()))
                if k == self.start + 1:
                    ahead.set()
                yield StepBatch(torch.full((1,), k), k, 1)

    steps = iter(PrefetchedSteps(Counting(0), CPU))
    assert next(steps).index == 0
    assert ahead.wait(10)  # step 1, which nobody has asked for
    assert [next(steps).index for _ in range(3)] == [1, 2, 3]
    assert threading.get_ident() not in {thread for _, thread in read}
    assert [k for k, _ in read][:4] == [0, 1, 2, 3]
    del steps
    later = PrefetchedSteps(Counting(3), CPU)
    assert [next(iter(later)).index for _ in range(2)] == [3, 3]  # each iteration begins anew, and closes its thread
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("ThreadPoolExecutor")]


def test_errors_of_the_thread_arrive() -> None:
    class Broken:
        def __iter__(self):  # type: ignore[no-untyped-def]
            yield StepBatch(torch.zeros(1), 0, 1)
            raise UsageError("the disk is gone")

    steps = iter(PrefetchedSteps(Broken(), CPU))
    next(steps)
    with pytest.raises(UsageError, match="the disk is gone"):
        next(steps)


@pytest.mark.training
def test_a_prefetched_run_is_the_same(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    plain, _, _ = trained(images(), 5)
    data = images()
    stream = data.train_dataloader
    monkeypatch.setattr(data, "train_dataloader", lambda: PrefetchedSteps(stream(), CPU))
    assert same(plain, trained(data, 5)[0])


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
@pytest.mark.parametrize("kind", KINDS)
def test_batches_of_a_gpu_are_those_of_the_host(kind: str, tmp_path: Path) -> None:
    table = tables(tmp_path)[kind]
    labelled = table.labels is not None
    for a, b in zip(
        batches(table, labelled), batches(table.to(torch.device("cuda", 0)), labelled), strict=True
    ):  # a GPU divides by a product with the inverse
        torch.testing.assert_close(a, b.cpu(), rtol=0, atol=1e-6 if "16 bits" in kind else 0)
