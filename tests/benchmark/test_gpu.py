"""The measurements of a GPU, as far as a machine without one shows: tiny games, and stand-ins for CUDA's calls."""

from __future__ import annotations

import importlib.util
import json
import sys
import time
import warnings
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from lightning.pytorch import Callback
from torch import nn
from torch._C._autograd import DeviceType

from benchmarks.gpu import __main__ as program
from benchmarks.gpu import games, measure, meter
from benchmarks.gpu.checks import CHECKS
from benchmarks.gpu.default_run import default_run
from benchmarks.gpu.games import Game, HingeLoop, hinge, wgan_gp
from benchmarks.gpu.meter import Meter, counted_waits, kernels
from benchmarks.step import CASES, Case, Loop, Numbers
from gan_lightning.data.stream import StepStream
from gan_lightning.data.tensor_data import TensorData
from gan_lightning.model import dcgan
from gan_lightning.objective.micro_batches import MicroBatches
from gan_lightning.trainer.default import build

POINTS = Game(CASES[0], wgan_gp, Loop)


def _small(shape: tuple[int, ...]) -> tuple[nn.Module, nn.Module]:
    generator = dcgan.Generator(shape=shape, latent_dim=4, width=4, norm="none")
    return generator, dcgan.Critic(shape=shape, width=4, norm="none")


IMAGES = Game(Case("small", (1, 8, 8), 4, _small, 1), hinge, HingeLoop)


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> None:
    monkeypatch.setattr(sys, "argv", ["gpu", "--cpu", *arguments])
    monkeypatch.setattr("gan_lightning.core.console.silence_libraries", lambda: None)
    monkeypatch.setattr(games, "games", lambda tiny: (POINTS,))
    program.main()


@pytest.mark.training
def test_writes_what_it_prints(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "gpu.json"
    ways = ("--ways", "plain loop", "eager", "graph")
    run(monkeypatch, "--json", str(file), "--each", "0.05", "--cases", POINTS.case.name, *ways)
    lines = json.loads(file.read_text())["lines"]
    assert [(line["way"], line["precision"]) for line in lines] == [
        *(("plain loop", precision) for precision in ("fp32", "tf32", "bf16")),
        *(("eager", precision) for precision in ("fp32", "tf32", "bf16", "fp16")),
        ("graph", "tf32"),
    ]
    plain, eager = lines[0], lines[3]
    assert plain["ratio"] == plain["same"] == 1
    assert eager["ratio"] == pytest.approx(plain["ms"] / eager["ms"])
    assert lines[5]["same"] == pytest.approx(lines[2]["ms"] / lines[5]["ms"])
    assert "is for GPUs" in lines[6]["note"]
    assert "trainer.cuda_graph=true needs a CUDA GPU" in lines[7]["note"]
    printed = capsys.readouterr().out.splitlines()
    assert len(printed) == 2 + len(lines)
    assert printed[1].split() == " ".join(program.COLUMNS).split()
    assert f"{eager['ms']:.2f}" in printed[5]


@pytest.mark.training
@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_checks_hold_here(check: Any) -> None:
    game = POINTS if check.__name__ == "equal_loop" else IMAGES
    found = check(game, "cpu")
    for line in found if isinstance(found, list) else [found]:
        assert line["found"] <= line.get("allowed", 10), line
        assert "more than" not in program.shown(line)


def test_a_check_that_fails_shows_it() -> None:
    assert program.shown({"check": "equal", "found": 2.0, "allowed": 1.0}) == "equal: 2  more than 1"


@pytest.mark.training
def test_the_hinge_loop_is_ours() -> None:
    """The same losses from equal weights and numbers, in double precision."""
    torch.manual_seed(0)
    networks, samples = IMAGES.case.networks(IMAGES.case.shape), IMAGES.case.samples()
    module, data = IMAGES.ours(networks), TensorData(samples, batch_size=4)
    data.setup()
    steps = StepStream(data.train, batches_per_step=2, batch_size=4)
    cut = MicroBatches(0, 2)

    def numbers() -> Iterator[Numbers]:
        for k in count():
            batch = steps.step_batch(k)
            for turn in (*cut.critic_updates(batch, k), cut.generator_update(batch, k)):
                for real, rng, _ in turn:
                    yield Numbers(real.double(), rng.normal(len(real), 4).double(), torch.zeros(()))

    seen: list[torch.Tensor] = []

    class Note(Callback):
        def on_train_batch_end(self, trainer: Any, module: Any, *about: Any) -> None:
            seen.extend(module.metrics.tensors[f"{player}_loss"][0] for player in ("critic", "generator"))

    loop = IMAGES.plain(tuple(one.double() for one in networks), numbers(), "cpu", "fp32")  # type: ignore[arg-type]
    build(max_steps=5, accelerator="cpu", precision="64-true", callbacks=[Note()]).fit(module, datamodule=data)
    torch.set_default_dtype(torch.float64)
    try:
        theirs = [loss for _ in range(5) for loss in loop.step()[1:]]
    finally:
        torch.set_default_dtype(torch.float32)
    torch.testing.assert_close(torch.stack(seen), torch.stack(theirs), rtol=1e-7, atol=1e-7)


def test_what_fails_or_takes_too_long_is_a_note() -> None:
    def late() -> dict[str, Any]:
        try:
            time.sleep(10)
        except Exception:
            pytest.fail("caught on the way")
        return {}

    def broken() -> dict[str, Any]:
        raise ValueError("no\nkernel")

    begun = {"case": "x"}
    assert measure.noted(late, 0.05, begun) == [{"case": "x", "note": "longer than 0 s"}]
    assert measure.noted(broken, 5, begun) == [{"case": "x", "note": "ValueError: no kernel"}]
    assert measure.noted(broken, 0, begun) == [{"case": "x", "note": "left out: no time is left"}]


def event(
    name: str, start: float = 0, end: float = 0, on_gpu: bool = True, annotation: bool = False
) -> SimpleNamespace:
    kind = DeviceType.CUDA if on_gpu else DeviceType.CPU
    span = SimpleNamespace(start=start, end=end)
    return SimpleNamespace(name=name, device_type=kind, time_range=span, is_user_annotation=annotation)


def test_kernels_of_a_profile() -> None:
    """Two steps of 10 ms, in which kernels, some at the same time, take 5 ms in all."""
    events = [
        event("gemm", 0, 3000),
        event("copy", 2000, 4000),
        event("tiny", 2500, 2600),
        event("gemm", 19_000, 20_000),
        event("Optimizer.step#Adam.step", 0, 20_000),
        event("a span", 0, 20_000, annotation=True),
        *(event(name, on_gpu=False) for name in ("cudaLaunchKernel", "cudaLaunchKernelExC", "cuLaunchKernel")),
        event("cudaGraphLaunch", on_gpu=False),
        event("cudaMemcpyAsync", on_gpu=False),
    ]
    assert kernels(events, steps=2, ms=10.0) == {"busy": 0.25, "launches": 2, "kernels": 2}
    assert kernels([], steps=1, ms=1.0) == {"busy": 0, "launches": 0, "kernels": 0}


def test_a_meter_of_a_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    modes: list[str] = []
    monkeypatch.setattr(torch.cuda, "synchronize", lambda: None)
    monkeypatch.setattr(torch.cuda, "reset_peak_memory_stats", lambda: None)
    monkeypatch.setattr(torch.cuda, "max_memory_allocated", lambda: 3 << 20)
    monkeypatch.setattr(torch.cuda, "set_sync_debug_mode", modes.append)
    profiler = SimpleNamespace(events=lambda: [event("gemm", 0, 600)])

    class Profile:
        def __init__(self, activities: object) -> None: ...

        def __enter__(self) -> SimpleNamespace:
            return profiler

        def __exit__(self, *about: object) -> None: ...

    monkeypatch.setattr(meter, "profile", Profile)
    measured = Meter("cuda", seconds=0.02)
    for _ in count():
        time.sleep(0.001)
        if modes == ["warn"]:
            warnings.warn("called a synchronizing CUDA operation", stacklevel=1)
            warnings.warn("something else", stacklevel=1)
        if measured.step_ended():
            break
    assert modes == ["warn", "default"]
    line = measured.line
    assert line["ms"] >= 1
    assert line["busy"] == pytest.approx(0.6 / meter.WATCHED / line["ms"])
    assert (line["peak MB"], line["waits"], line["kernels"]) == (3, 1, 1 / meter.WATCHED)


def test_waits_are_counted_to_the_end_of_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    modes: list[str] = []
    monkeypatch.setattr(torch.cuda, "set_sync_debug_mode", modes.append)
    with pytest.raises(ValueError, match="no"), counted_waits():
        raise ValueError("no")
    assert modes == ["warn", "default"]


def test_what_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    found = importlib.util.find_spec
    missing = {"pydantic", "rich", "mlxtend"}
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name in missing else found(name))
    monkeypatch.setattr(sys, "argv", ["gpu"])
    with pytest.raises(SystemExit, match=r"^benchmarks\.gpu needs pydantic, rich, which this Python does not have$"):
        program.main()
    assert default_run("cpu", 100)["note"] == "needs mlxtend"


@pytest.mark.process
def test_the_default_run() -> None:
    small = ("metric.n_fake_training=100", "callback.samples.count=4", "callback.doctor=null")
    line = default_run("cpu", 200, "trainer.max_steps=2", "trainer.threads=1", *small)
    assert line["steps"] == 2
    assert line["ms"] == pytest.approx(500 * line["seconds"])
    assert line["note"].startswith("2 steps in ")
    assert line["score"] > 0
    assert default_run("cpu", 10)["note"] == "left out: no time is left"


def test_a_default_run_that_fails_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    failed = SimpleNamespace(returncode=1, stderr="so\nerror: no disk\n")
    monkeypatch.setattr("benchmarks.gpu.default_run.subprocess.run", lambda *command, **options: failed)
    assert default_run("cpu", 100)["note"] == "error: no disk"


@pytest.mark.skipif(torch.cuda.is_available(), reason="needs a machine without a GPU")
def test_without_a_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["gpu"])
    with pytest.raises(SystemExit, match="no CUDA GPU here: add --cpu"):
        program.main()
