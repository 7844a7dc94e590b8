"""Equal results, whatever the way: samples on the GPU, read ahead, scaled losses, the plain loop."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import torch
from lightning.pytorch import Trainer
from lightning.pytorch.plugins.precision import MixedPrecision
from torch import Tensor
from torch.amp import GradScaler

from benchmarks.gpu.games import Game
from benchmarks.step import apart
from benchmarks.timing import Line
from gan_lightning.data import placement
from gan_lightning.data.placement import DataDevice
from gan_lightning.data.sample_source import SampleTable
from gan_lightning.data.tensor_data import TensorData
from gan_lightning.objective.base import AdversarialModule
from gan_lightning.trainer.default import build

STEPS = 10


class ScaledOnly(MixedPrecision):
    """Scales losses as in half precision, and computes in single."""

    @contextmanager
    def forward_context(self) -> Iterator[None]:
        """Without autocast."""
        yield


def equal_batches(game: Game, device: str) -> Line:
    """Batches picked on the device against those picked by the host, mirrored and labelled."""
    samples = game.case.samples()
    table = SampleTable(samples, flip=samples.dim() == 4, labels=torch.arange(len(samples)) % 7)
    there = table.to(torch.device(device))
    differ = 0
    for k in range(50):
        pairs = ((table.batch(0, k, 96), there.batch(0, k, 96)), (table.labels_of(0, k, 96), there.labels_of(0, k, 96)))
        differ += sum(not torch.equal(a, b.cpu()) for a, b in pairs if a is not None and b is not None)
    return {"check": "batches picked on the device: how many of 100 differ", "found": differ, "allowed": 0.0}


def equal_runs(game: Game, device: str) -> list[Line]:
    """Weights after some steps with samples on the GPU, and read ahead, against samples of the host."""
    there: DataDevice = "cuda" if device == "cuda" else "auto"
    plain, again = (_weights(game, device, "cpu") for _ in range(2))
    noise = _apart(plain, again)
    lines: list[Line] = [{"check": "two runs of one kind: largest difference of a weight", "found": noise}]
    placed = _apart(plain, _weights(game, device, there))
    lines.append({"check": "samples on the GPU: the same", "found": placed, "allowed": noise})
    share, placement.SHARE = placement.SHARE, 0.0
    try:
        ahead = _apart(plain, _weights(game, device, "auto"))
    finally:
        placement.SHARE = share
    return [*lines, {"check": "read ahead into pinned memory: the same", "found": ahead, "allowed": noise}]


def equal_scaled(game: Game, device: str) -> list[Line]:
    """Scaled losses in single precision change nothing; in half precision losses stay close, few updates are lost."""
    networks = _networks(game)
    plain, scaled, half = (game.ours(networks) for _ in range(3))
    _fit(plain, game, device)
    noise_free = _fit(scaled, game, device, ScaledOnly("16-mixed", device, GradScaler(device, init_scale=2.0**10)))
    _fit(half, game, device, MixedPrecision("16-mixed", device, GradScaler(device)))
    loss = [module.metrics.tensors["critic_loss"][0].item() for module in (plain, half)]
    lost = sum(scale.skipped for scale in half.loss_scales.values())
    return [
        {
            "check": "scaled losses in single precision: largest difference of a weight",
            "found": _apart(_state(plain), noise_free),
            "allowed": 1e-6,
        },
        {
            "check": f"half precision: difference of the critic's loss after {STEPS} steps, of its size",
            "found": abs(loss[1] - loss[0]) / max(abs(loss[0]), 1e-3),
        },
        {"check": "half precision: updates left out", "found": lost},
    ]


def equal_loop(game: Game, device: str) -> Line:
    """Our losses against the plain loop's in double precision."""
    found = apart(replace(game.case, batch=min(game.case.batch, 16)), ["fast_layers"], device, steps=3)
    return {"check": "plain loop, double precision: largest difference of a loss", "found": found, "allowed": 1e-9}


CHECKS: tuple[Callable[[Game, str], Line | list[Line]], ...] = (equal_batches, equal_runs, equal_scaled, equal_loop)


def _networks(game: Game) -> Any:
    torch.manual_seed(0)
    return game.case.networks(game.case.shape)


def _weights(game: Game, device: str, data: DataDevice) -> dict[str, Tensor]:
    module = game.ours(_networks(game))
    return _fit(module, game, device, data=data)


def _fit(
    module: AdversarialModule, game: Game, device: str, plugin: MixedPrecision | None = None, data: DataDevice = "cpu"
) -> dict[str, Tensor]:
    torch.manual_seed(0)
    samples = TensorData(game.case.samples(), batch_size=game.case.batch, flip=len(game.case.shape) == 3, device=data)
    if plugin is None:
        trainer = build(max_steps=STEPS, accelerator=device, deterministic="warn")
    else:
        quiet: dict[str, Any] = {"logger": False, "enable_checkpointing": False, "enable_progress_bar": False}
        trainer = Trainer(
            max_steps=STEPS,
            max_epochs=-1,
            accelerator=device,
            devices=1,
            plugins=[plugin],
            limit_val_batches=0,
            enable_model_summary=False,
            deterministic="warn",
            **quiet,
        )
    with contextlib.redirect_stderr(io.StringIO()):
        trainer.fit(module, datamodule=samples)
    return _state(module)


def _state(module: AdversarialModule) -> dict[str, Tensor]:
    return {name: value.detach().double().cpu() for name, value in module.state_dict().items()}


def _apart(a: dict[str, Tensor], b: dict[str, Tensor]) -> float:
    return max(float((a[name] - b[name]).abs().max()) for name in a if a[name].numel())
