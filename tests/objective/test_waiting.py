"""Between two records nothing in a step waits for the device: the host only hands out work."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from lightning.pytorch import Callback, LightningModule, Trainer
from torch import Tensor
from torch.overrides import TorchFunctionMode
from torch.profiler import ProfilerActivity, profile

from gan_lightning.callback.checkpoint import Checkpoint
from gan_lightning.callback.curves import Curves
from gan_lightning.callback.doctor import Doctor
from gan_lightning.callback.log_metrics import LogMetrics
from gan_lightning.callback.progress import Progress
from gan_lightning.callback.samples import Samples
from gan_lightning.callback.summary import Summary
from gan_lightning.logger.csv import CSV
from gan_lightning.objective.base import AdversarialModule
from gan_lightning.objective.gan import GAN
from gan_lightning.objective.magan import MAGAN
from gan_lightning.objective.wgan import WGAN
from gan_lightning.objective.wgan_gp import WGANGP
from gan_lightning.penalty import R1R2
from gan_lightning.trainer.default import build
from tests.helper.modules import Cloud, autoencoders, networks

GAMES: dict[str, Callable[[], AdversarialModule]] = {
    "gan, batch norm, clipped gradients": lambda: GAN(*networks(norm=True), latent_dim=4, critic_max_norm=0.5),
    "gan, lazy R1, spectral norm, two pieces": lambda: GAN(
        *networks(spectral=True), latent_dim=4, penalty=R1R2(r1=1.0, r2=1.0, interval=2), accumulate=2
    ),
    "gan, replay of earlier fakes": lambda: GAN(*networks(), latent_dim=4, pool_size=10),
    "magan": lambda: MAGAN(*autoencoders(), latent_dim=4, margin_every=2),
    "wgan": lambda: WGAN(*networks(), latent_dim=4, n_critic=3),
    "wgan_gp, schedule": lambda: WGANGP(
        *networks(), latent_dim=4, n_critic=2, generator_batch=2, schedule=lambda k: 1 / (1 + k)
    ),
}

# What reads numbers on the host, as torch's kernels call it ...
OPERATORS = {"aten::item", "aten::_local_scalar_dense", "aten::is_nonzero", "aten::nonzero", "aten::equal"}
# ... and as Python does, where a CPU's tensors show no operator.
METHODS = {"item", "tolist", "numpy", "cpu", "__bool__", "__int__", "__float__", "__index__", "__repr__", "__format__"}


class Reads(TorchFunctionMode):
    """Counts the methods by which Python reads a tensor, or brings it to the CPU."""

    def __init__(self) -> None:
        super().__init__()
        self.found: Counter[str] = Counter()

    def __torch_function__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        name = getattr(function, "__name__", "")
        home = name == "to" and any(isinstance(a, str) and a == "cpu" for a in (*args[1:], *kwargs.values()))
        if home or name in METHODS:
            self.found[name] += 1
        return function(*args, **kwargs)


class Watch(Callback):
    """Counts what waits in steps `first` to `last`, other callbacks included: this one comes after them."""

    def __init__(self, first: int, last: int) -> None:
        self.first, self.last = first, last
        self.waits: Counter[str] = Counter()

    def on_train_batch_end(self, trainer: Trainer, *about: Any) -> None:
        if trainer.global_step == self.first - 1:
            self.profile, self.reads = profile(activities=[ProfilerActivity.CPU]), Reads()
            self.profile.__enter__()
            self.reads.__enter__()
        elif trainer.global_step == self.last:
            self.reads.__exit__(None, None, None)
            self.profile.__exit__(None, None, None)
            self.steps = sum(e.name == "aten::_foreach_lerp_" for e in self.profile.events())
            self.waits = self.reads.found + Counter(
                event.name for event in self.profile.events() if event.name in OPERATORS and not in_fused_adam(event)
            )


def in_fused_adam(event: Any) -> bool:
    """Its kernel for CPUs reads how many steps there were, on the CPU; that for GPUs does not."""
    while (event := event.cpu_parent) is not None:
        if event.name == "aten::_fused_adam_":
            return True
    return False


def play(module: AdversarialModule, directory: Path, *watching: Callback, accelerator: str = "cpu") -> None:
    """Eight steps with the callbacks of a run from the command line; records come after the first and the last."""
    trainer = build(
        max_steps=8,
        accelerator=accelerator,
        default_root_dir=str(directory),
        callbacks=[
            LogMetrics(),
            Samples(early=False),
            Doctor(),
            Curves(),
            Progress(),
            Summary(),
            Checkpoint(),
            *watching,
        ],
        logger=[CSV(directory=str(directory))],
    )
    trainer.fit(module, datamodule=Cloud(batch_size=8))


@pytest.mark.training
@pytest.mark.parametrize("game", GAMES)
def test_nothing_waits(game: str, tmp_path: Path) -> None:
    watch = Watch(3, 6)
    play(GAMES[game](), tmp_path, watch)
    assert watch.waits == Counter()
    assert watch.steps == 4  # the averaged generator's update, once in each


@pytest.mark.training
def test_a_record_waits(tmp_path: Path) -> None:
    watch = Watch(3, 8)
    play(GAMES["wgan"](), tmp_path, watch)
    assert watch.waits["tolist"] > 0


LOOKS: tuple[Callable[[Tensor], object], ...] = (
    Tensor.item,
    Tensor.tolist,
    Tensor.cpu,
    Tensor.nonzero,
    lambda value: value.to("cpu"),
    lambda value: bool(value > 0),
    lambda value: torch.equal(value, value),
    str,
)


@pytest.mark.training
def test_a_look_is_caught(tmp_path: Path) -> None:
    class Nosy(Callback):
        def on_train_batch_end(self, trainer: Trainer, module: LightningModule, *about: Any) -> None:
            for look in LOOKS:
                look(module.metrics.tensors["critic_loss"][0])  # type: ignore[index, operator]

    watch = Watch(3, 6)
    play(GAMES["wgan"](), tmp_path, Nosy(), watch)
    seen = ["item", "tolist", "cpu", "aten::nonzero", "to", "__bool__", "aten::equal", "__repr__"]
    assert {name: watch.waits[name] for name in seen} == dict.fromkeys(seen, 4)
    assert watch.waits["aten::item"] >= 4
    assert watch.waits["aten::is_nonzero"] >= 4


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
@pytest.mark.parametrize("game", GAMES)
def test_no_step_synchronizes_a_gpu(game: str, tmp_path: Path) -> None:
    class Strict(Callback):
        def on_train_batch_end(self, trainer: Trainer, *about: Any) -> None:
            torch.cuda.set_sync_debug_mode("error" if 2 <= trainer.global_step < 6 else "default")

    try:
        play(GAMES[game](), tmp_path, Strict(), accelerator="gpu")
    finally:
        torch.cuda.set_sync_debug_mode("default")
