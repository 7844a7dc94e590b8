"""Runs side by side that differ, fail, stop or resume."""

from __future__ import annotations

import math
import os
import signal
from pathlib import Path
from typing import Any

import pytest
import torch
from lightning.pytorch import Callback, Trainer
from torch import nn

from gan_lightning.callback.checkpoint import Checkpoint
from gan_lightning.callback.cuda_graph import CUDAGraph
from gan_lightning.callback.stop_signals import StoppedBySignal
from gan_lightning.core.errors import UsageError
from gan_lightning.data.ring8 import Ring8
from gan_lightning.ensemble.scheduler import fit, train_all
from gan_lightning.loss import Minimax
from gan_lightning.model import mlp, unet
from gan_lightning.objective.aae import AAE
from gan_lightning.objective.base import AdversarialModule
from gan_lightning.objective.gan import GAN
from gan_lightning.objective.sgan import SGAN
from gan_lightning.objective.wgan import WGAN
from gan_lightning.optimizer import RMSProp
from gan_lightning.trainer.default import build
from tests.helper.modules import latent_networks, stacks


def game(seed: int = 0, width: int = 4, family: Any = GAN, **options: Any) -> AdversarialModule:
    torch.manual_seed(seed)
    module: AdversarialModule = family(
        mlp.Generator(shape=[2], width=width), mlp.Critic(shape=[2], width=width), seed=seed, **options
    )
    return module


def trainer(steps: int = 6, *callbacks: Callback, **options: Any) -> Trainer:
    return build(max_steps=steps, accelerator="cpu", precision="64-true", callbacks=list(callbacks), **options)


def together(modules: list[AdversarialModule], trainers: list[Trainer], checkpoint: str | None = None) -> None:
    fit(trainers, modules, [Ring8(batch_size=8) for _ in modules], [checkpoint, *[None] * (len(modules) - 1)])


def weights(module: AdversarialModule) -> torch.Tensor:
    return torch.cat([value.double().flatten() for value in module.state_dict().values()])


def alone(steps: int = 6, **options: Any) -> torch.Tensor:
    module = game(**options)
    trainer(steps).fit(module, datamodule=Ring8(batch_size=8))
    return weights(module)


@pytest.mark.training
def test_networks_families_and_lengths_may_differ() -> None:
    kinds: list[dict[str, Any]] = [{}, {"seed": 1}, {"width": 5}, {"family": WGAN}, {"loss": Minimax()}]
    kinds += [{"seed": 2, "critic_optimizer": RMSProp(1e-3)}]
    lengths = [6, 3, 6, 4, 5, 6]
    modules = [game(**options) for options in kinds]
    together(modules, [trainer(steps) for steps in lengths])
    for module, steps, options in zip(modules, lengths, kinds, strict=True):
        torch.testing.assert_close(weights(module), alone(steps, **options), rtol=0, atol=1e-12)


def test_a_run_that_fails_leaves_the_others() -> None:
    class Poison(Callback):
        def on_train_batch_end(self, trainer: Trainer, pl_module: Any, *about: Any) -> None:
            if trainer.global_step == 2:
                with torch.no_grad():
                    pl_module.generator.layers[0].bias.fill_(math.nan)

        def on_train_end(self, trainer: Trainer, pl_module: Any) -> None:
            pl_module.monitor.check()

    modules = [game(seed) for seed in range(3)]
    with pytest.raises(UsageError, match="step 3, critic update: critic_loss is nan"):
        together(modules, [trainer(), trainer(4, Poison()), trainer()])
    for seed in (0, 2):
        torch.testing.assert_close(weights(modules[seed]), alone(seed=seed), rtol=0, atol=1e-12)


@pytest.mark.training
def test_a_run_goes_on_from_its_checkpoint_beside_one_that_begins(tmp_path: Path) -> None:
    first = [game(seed) for seed in range(2)]
    together(first, [trainer(4, Checkpoint(), default_root_dir=str(tmp_path / str(n))) for n in range(2)])
    file = tmp_path / "1" / "checkpoints" / "last.ckpt"
    single = game(1)
    trainer(4, Checkpoint(), default_root_dir=str(tmp_path / "2")).fit(single, datamodule=Ring8(batch_size=8))
    assert file.stat().st_size < 1.1 * (tmp_path / "2" / "checkpoints" / "last.ckpt").stat().st_size
    then = [game(1), game(2)]
    together(then, [trainer(), trainer()], checkpoint=str(file))
    torch.testing.assert_close(weights(then[0]), alone(seed=1), rtol=0, atol=1e-12)
    torch.testing.assert_close(weights(then[1]), alone(seed=2), rtol=0, atol=1e-12)
    assert [t.untyped_storage().nbytes() for t in then[0].critic.parameters()] == [
        t.numel() * t.element_size() for t in then[0].critic.parameters()
    ]


def test_a_signal_stops_all_after_the_same_step_with_checkpoints(tmp_path: Path) -> None:
    class Kill(Callback):
        def on_train_batch_end(self, trainer: Trainer, *about: Any) -> None:
            if trainer.global_step == 3:
                os.kill(os.getpid(), signal.SIGTERM)

    before = signal.getsignal(signal.SIGTERM)
    trainers = [trainer(50, Checkpoint(), default_root_dir=str(tmp_path / "0"))]
    trainers += [trainer(50, Kill(), Checkpoint(), default_root_dir=str(tmp_path / "1"))]
    with pytest.raises(StoppedBySignal):
        together([game(0), game(1)], trainers)
    written = [torch.load(tmp_path / f"{n}/checkpoints/last.ckpt", weights_only=True) for n in range(2)]
    assert written[0]["global_step"] == written[1]["global_step"] in (4, 5)
    assert signal.getsignal(signal.SIGTERM) == before


def test_the_module_can_train_alone_afterwards() -> None:
    modules = [game(seed) for seed in range(2)]
    together(modules, [trainer(), trainer()])
    before = weights(modules[0])
    trainer(2).fit(modules[0], datamodule=Ring8(batch_size=8))
    assert not torch.equal(weights(modules[0]), before)


def test_an_error_outside_of_training_is_the_runs_own() -> None:
    def broken(member: object) -> None:
        raise OSError("no disk")

    def whole(member: Any) -> None:
        trainer(2, member).fit(game(), datamodule=Ring8(batch_size=8))

    members = train_all([broken, whole])
    assert isinstance(members[0].error, OSError)
    assert members[1].error is None
    assert members[1].module.trainer.global_step == 2


class Odd(mlp.Generator):
    def __init__(self) -> None:
        super().__init__(shape=[2], width=4)
        self.layers.insert(1, nn.Dropout(0.5))


@pytest.mark.training
def translators() -> tuple[unet.Generator, unet.Critic]:
    """A pair that translates images of 8 px."""
    shape = {"shape": (1, 8, 8), "label_shape": (1, 8, 8), "width": 4}
    return unet.Generator(**shape), unet.Critic(**shape, receptive_field=16)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("module", "options", "line"),
    [
        (lambda: game(on_nan="skip"), {}, "use on_nan=stop"),
        (lambda: GAN(Odd(), mlp.Critic(shape=[2])), {}, "no dropout"),
        (lambda: game(critic_optimizer=lambda p: torch.optim.LBFGS(p)), {}, "LBFGS is none of them"),
        (lambda: AAE(*latent_networks()), {}, "no generators with an encoder: train AAE with another launcher"),
        (lambda: GAN(*translators()), {}, "no networks that translate images: train GAN with another launcher"),
        (lambda: SGAN(**stacks()), {}, "no stacks: train SGAN with another launcher"),
        (lambda: game(), {"precision": "bf16-mixed"}, "bf16-mixed is neither"),
        (lambda: game(), {"compile": True}, "leave trainer.compile out"),
        (lambda: game(), {"callbacks": [CUDAGraph(lambda run: run)]}, "leave trainer.cuda_graph out"),
    ],
)
def test_what_cannot_be_one_of_many_is_refused(module: Any, options: dict[str, Any], line: str) -> None:
    other, refused = game(), module()
    with pytest.raises(UsageError, match=line):
        together([other, refused], [trainer(2), build(max_steps=2, accelerator="cpu", **options)])
    torch.testing.assert_close(weights(other), alone(2), rtol=0, atol=1e-12)


def test_members_whose_formula_branches_are_refused() -> None:
    modules = [game(0, loss=Minimax(real_target=0.9)), game(1, loss=Minimax(real_target=1.0))]
    with pytest.raises(UsageError, match="zero for some"):
        together(modules, [trainer(2), trainer(2)])
