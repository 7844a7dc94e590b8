"""fp16 on a CPU: losses are scaled for their backward pass, and nothing else changes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import torch
from lightning.pytorch import Callback, Trainer
from lightning.pytorch.plugins.precision import MixedPrecision
from torch import Tensor
from torch.amp import GradScaler

from gan_lightning.callback.compile import Compile
from gan_lightning.core.errors import UsageError
from gan_lightning.nn.pixel_norm import PixelNorm
from gan_lightning.objective.base import AdversarialModule
from gan_lightning.objective.gan import GAN
from gan_lightning.objective.wgan_gp import WGANGP
from gan_lightning.penalty import NoPenalty
from gan_lightning.run.checkpoint_schema import check_plain
from gan_lightning.trainer.default import build
from tests.helper.command import run_program
from tests.helper.half_precision import half_trainer
from tests.helper.modules import Cloud, networks, play, same, state
from tests.objective.test_nonfinite import Poison

OBJECTIVES: dict[str, Callable[..., AdversarialModule]] = {
    "wgan_gp, accumulated": lambda **keys: WGANGP(*networks(), latent_dim=4, n_critic=2, accumulate=2, **keys),
    "gan, batch norm, clipped": lambda **keys: GAN(
        *networks(norm=True), latent_dim=4, critic_max_norm=0.5, generator_max_norm=0.1, **keys
    ),
    "gan, spectral norm": lambda **keys: GAN(*networks(spectral=True), latent_dim=4, **keys),
}


class WithoutAutocast(MixedPrecision):
    """Scales losses, and computes in single precision."""

    @contextmanager
    def forward_context(self) -> Iterator[None]:
        yield


def fit(
    module: AdversarialModule, steps: int, scale: float = 65536.0, resume: Path | None = None, **keys: Any
) -> Trainer:
    trainer = half_trainer(steps, scale, **keys)
    trainer.fit(module, datamodule=Cloud(batch_size=8), ckpt_path=resume)
    return trainer


class FirstUpdate(Callback):
    """Keeps each player's gradients as its first optimizer step sees them."""

    def __init__(self) -> None:
        self.gradients: dict[str, list[Tensor]] = {}
        self.metrics: dict[str, float] = {}

    def on_train_start(self, trainer: Trainer, module: Any) -> None:
        for player in module.players.values():
            inner, clip = player.parameters, player.clip

            def keep(norm: Tensor, name: str = player.name, inner: Any = inner, clip: Any = clip) -> None:
                self.gradients.setdefault(name, [p.grad.clone() for p in inner])
                clip(norm)

            player.clip = keep

    def on_train_batch_end(self, trainer: Trainer, module: Any, *about: Any) -> None:
        self.metrics = self.metrics or module.step_metrics()


@pytest.mark.training
@pytest.mark.parametrize("name", OBJECTIVES)
def test_scaling_alone_changes_no_bit(name: str) -> None:
    """A scale is a power of two: clipped gradients, norms, accumulation and optimizers see the same numbers."""
    plain, scaled = OBJECTIVES[name](), OBJECTIVES[name]()
    play(plain, steps=6)
    fit(scaled, 6, 2.0**20, plugin=WithoutAutocast)
    assert same(state(plain), state(scaled))
    metrics = scaled.step_metrics()
    assert metrics.pop("critic_skipped_updates") == metrics.pop("generator_skipped_updates") == 0
    assert metrics == plain.step_metrics()


@pytest.mark.training
@pytest.mark.parametrize("name", OBJECTIVES)
def test_half_precision_is_close_to_single(name: str) -> None:
    single, half = FirstUpdate(), FirstUpdate()
    play(OBJECTIVES[name](), steps=1, callbacks=[single])
    fit(OBJECTIVES[name](), 1, 1024.0, callbacks=[half])
    for player in ("critic", "generator"):
        for a, b in zip(single.gradients[player], half.gradients[player], strict=True):
            assert b.dtype == torch.float32
            torch.testing.assert_close(a, b, rtol=2e-2, atol=2e-3)
    for key, value in single.metrics.items():
        assert half.metrics[key] == pytest.approx(value, rel=5e-3, abs=2e-3), key
    if "penalty" in single.metrics:  # in single precision from the reals and fakes on
        assert half.metrics["penalty"] == pytest.approx(single.metrics["penalty"], rel=1e-3)


@pytest.mark.training
def test_networks_run_in_half_precision_and_penalties_do_not() -> None:
    seen: list[torch.dtype] = []
    generator, critic = networks()
    critic[0].register_forward_hook(lambda layer, inputs, output: seen.append(output.dtype))
    fit(WGANGP(generator, critic, latent_dim=4, n_critic=1), 1, 1024.0, callbacks=[Clear(seen)])
    assert seen == [torch.float16, torch.float16, torch.float32, torch.float16]  # reals, fakes, penalty; generator


class Clear(Callback):
    """Forgets what was seen of the dry run."""

    def __init__(self, seen: list[torch.dtype]) -> None:
        self.seen = seen

    def on_train_batch_start(self, trainer: Trainer, module: Any, *about: Any) -> None:
        module.on_train_batch_start(*about)
        module.on_train_batch_start = lambda *about: None
        self.seen.clear()


@pytest.mark.training
def test_small_gradients_survive() -> None:
    """Those of the critic's first layer are below half of the least number of half precision, 6e-8, without a scale."""

    def gradient(scale: float) -> float:
        generator, critic = networks()
        with torch.no_grad():
            critic[3].weight.mul_(1e-6)
        first = FirstUpdate()
        fit(GAN(generator, critic, latent_dim=4), 1, scale, callbacks=[first])
        return float(first.gradients["critic"][0].norm())

    assert gradient(1.0) == 0
    assert gradient(65536.0) == pytest.approx(gradient(16384.0), rel=1e-2)
    assert gradient(65536.0) > 0


@pytest.mark.training
def test_updates_that_overflow_are_left_out_and_told(capsys: pytest.CaptureFixture[str]) -> None:
    """With the default policy, too, which is about losses that diverge."""
    module = GAN(*networks(norm=True), latent_dim=4)
    scales, weights = [2.0**24], [state(module.generator)]

    class Watch(Callback):
        def on_train_batch_end(self, trainer: Trainer, module: Any, *about: Any) -> None:
            scales.append(module.loss_scales["generator"].state_dict()["scale"])
            weights.append(state(module.generator))

    trainer = fit(module, 60, 2.0**24, callbacks=[Watch()])
    skipped = {name: scale.skipped for name, scale in module.loss_scales.items()}
    assert trainer.global_step == 60
    assert 1 <= skipped["critic"] < 20
    assert 1 <= skipped["generator"] < 20
    assert scales[-1] == 2.0 ** (24 - skipped["generator"])
    for k in range(60):  # batch norm's statistics, too, stay as they are
        assert same(weights[k], weights[k + 1]) == (scales[k + 1] < scales[k])
    metrics = module.step_metrics()
    assert {name: metrics[f"{name}_skipped_updates"] for name in skipped} == skipped
    assert metrics["critic_grad_norm"] < 100
    assert (
        f"precision 16-mixed: gradients of {skipped['critic']} critic and {skipped['generator']} generator update(s) "
        "overflowed; these were left out"
    ) in capsys.readouterr().err


@pytest.mark.training
def test_gradients_that_no_scale_makes_finite_stop_the_run() -> None:
    """A penalty whose gradient is NaN while its value is 0."""
    always = GAN(*networks(), latent_dim=4, penalty=Poison(*range(200), value=0.0))
    with pytest.raises(UsageError, match=r"step 6, critic update: critic_grad_norm is nan"):
        fit(always, 100, 32.0)
    assert always.loss_scales["critic"].skipped == 50  # up to the next check
    assert always.loss_scales["generator"].skipped == 0


@pytest.mark.training
def test_a_loss_that_is_not_finite_is_no_overflow() -> None:
    with pytest.raises(UsageError, match=r"step 8, critic update: penalty is nan"):
        fit(GAN(*networks(), latent_dim=4, penalty=Poison(7)), 60, 1024.0)
    skipping = GAN(*networks(), latent_dim=4, penalty=Poison(7), on_nan="skip")
    with pytest.warns(UserWarning, match=r"step 8, critic update: penalty is nan: this update is skipped"):
        fit(skipping, 10, 1024.0)


def checkpoint_after(steps: int, folder: Path, **keys: Any) -> tuple[AdversarialModule, Path]:
    module = WGANGP(*networks(norm=False), latent_dim=4, n_critic=2)
    trainer = fit(module, steps, 2.0**24, **keys)
    trainer.save_checkpoint(folder / f"{steps}.ckpt")
    return module, folder / f"{steps}.ckpt"


@pytest.mark.training
@pytest.mark.parametrize("half", [2, 7])
def test_a_resumed_run_is_the_same(half: int, tmp_path: Path) -> None:
    whole, _ = checkpoint_after(10, tmp_path)
    assert whole.loss_scales["critic"].skipped > 4  # before and after the first checkpoint
    _, file = checkpoint_after(half, tmp_path)
    resumed, _ = checkpoint_after(10, tmp_path, resume=file)
    assert same(state(whole), state(resumed))
    assert {name: one.state_dict() for name, one in whole.loss_scales.items()} == {
        name: one.state_dict() for name, one in resumed.loss_scales.items()
    }
    assert whole.step_metrics() == resumed.step_metrics()


@pytest.mark.training
def test_checkpoints_of_other_precisions_have_no_scales(tmp_path: Path) -> None:
    single = build(max_steps=2, accelerator="cpu")
    module = WGANGP(*networks(), latent_dim=4, n_critic=2)
    single.fit(module, datamodule=Cloud(batch_size=8))
    single.save_checkpoint(tmp_path / "single.ckpt")
    assert "loss_scales" not in torch.load(tmp_path / "single.ckpt", weights_only=True)
    resumed, file = checkpoint_after(4, tmp_path, resume=tmp_path / "single.ckpt")
    assert resumed.loss_scales["critic"].state_dict()["scale"] <= 2.0**24
    back = WGANGP(*networks(), latent_dim=4, n_critic=2)
    build(max_steps=6, accelerator="cpu").fit(back, datamodule=Cloud(batch_size=8), ckpt_path=file)
    assert back.loss_scales == {}
    assert not {"critic_skipped_updates"} & back.metric_names
    saved = torch.load(file, weights_only=True)
    for key, wrong, says in (
        ("scale", float("nan"), "loss_scales.critic.scale is nan"),
        ("scale", -2.0, "loss_scales.critic.scale is -2"),
        ("skipped", -1, "loss_scales.critic.skipped is -1"),
        ("growth_tracker", "1", "loss_scales.critic.growth_tracker is a str"),
    ):
        crafted = {**saved, "loss_scales": {**saved["loss_scales"]}}
        crafted["loss_scales"]["critic"] = {**saved["loss_scales"]["critic"], key: wrong}
        with pytest.raises(UsageError, match=says):
            check_plain(crafted)


@pytest.mark.parametrize(
    ("keys", "callbacks", "says"),
    [
        ({"penalty_autocast": True}, [], "penalty_autocast=true under 16-mixed"),
        ({}, [Compile()], "trainer.compile=true computes gradients before"),
    ],
)
def test_what_no_scale_reaches_is_refused(keys: dict[str, Any], callbacks: list[Callback], says: str) -> None:
    with pytest.raises(UsageError, match=says):
        fit(WGANGP(*networks(), latent_dim=4, **keys), 1, callbacks=callbacks)


def test_a_cpu_is_refused() -> None:
    with pytest.raises(UsageError, match=r"precision=16-mixed is for GPUs: on a CPU use trainer\.precision=bf16-mixed"):
        build(precision="16-mixed", accelerator="cpu")


def test_pixel_norm_in_half_precision() -> None:
    """Of zeros, of numbers whose squares overflow, and of such whose squares vanish."""
    x = torch.tensor([[0.0, 0.0], [300.0, -400.0], [1e-3, 2e-3], [3.0, 4.0]])
    exact = PixelNorm()(x)
    torch.testing.assert_close(PixelNorm()(x.half()).float(), exact, rtol=2e-3, atol=1e-6)


@pytest.mark.distributed
def test_all_ranks_leave_out_an_update_together(tmp_path: Path) -> None:
    """Where the gradients of one of two overflow; else both train the weights of one."""
    done = run_program("2", str(tmp_path / "two"), cwd=Path(__file__).parents[2], module="tests.helper.half_precision")
    assert done.returncode == 0, done.stderr
    ranks = [torch.load(tmp_path / f"two{rank}", weights_only=True) for rank in range(2)]
    assert same(ranks[0]["weights"], ranks[1]["weights"])
    assert ranks[0]["scales"] == ranks[1]["scales"]
    assert ranks[0]["scales"]["critic"]["skipped"] == 1
    assert ranks[0]["scales"]["generator"]["skipped"] == 0
    assert ranks[0]["steps"] == ranks[1]["steps"] == 6


@pytest.mark.training
def test_no_scale_is_left_in_lightning() -> None:
    trainer = half_trainer(1, 1024.0)
    assert isinstance(trainer.precision_plugin, MixedPrecision)
    assert isinstance(trainer.precision_plugin.scaler, GradScaler)
    module = GAN(*networks(), latent_dim=4, penalty=NoPenalty())
    trainer.fit(module, datamodule=Cloud(batch_size=8))
    assert trainer.precision_plugin.scaler is None
