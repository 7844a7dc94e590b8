from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.torch_version import TorchVersion
from torch.utils.data import DataLoader

from gan_lightning.callback.compile import Compile
from gan_lightning.core.errors import UsageError
from gan_lightning.core.rng import StepRNG, new_rng
from gan_lightning.core.rng_replay import RecordingRNG, ReplayRNG
from gan_lightning.loss import NonSaturating, RelativisticAverage, RelativisticPairing
from gan_lightning.nn.gaussian_noise import GaussianNoise
from gan_lightning.objective.ali import ALI
from gan_lightning.objective.base import AdversarialModule
from gan_lightning.objective.began import BEGAN
from gan_lightning.objective.compiled_loss import OLDEST
from gan_lightning.objective.gan import GAN
from gan_lightning.objective.sgan import SGAN
from gan_lightning.objective.vae_gan import VAEGAN
from gan_lightning.objective.wgan import WGAN
from gan_lightning.objective.wgan_gp import WGANGP
from gan_lightning.penalty import R1R2, Dragan
from gan_lightning.trainer.default import build
from tests.helper.modules import autoencoders, encoding_generator, networks, pair_networks, play, stacks, state
from tests.helper.progressive import family
from tests.helper.progressive import play as play_growing


def noisy() -> tuple[nn.Module, nn.Module]:
    generator, critic = networks()
    generator[1], critic[1] = nn.Dropout(0.3), GaussianNoise(0.5)
    return generator, critic


GAMES: dict[str, Callable[[], AdversarialModule]] = {
    "gradient penalty, in pieces": lambda: WGANGP(*networks(), latent_dim=4, n_critic=2, accumulate=2),
    "clipped weights, batch norm": lambda: WGAN(*networks(norm=True), latent_dim=4, n_critic=2),
    "spectral norm": lambda: GAN(*networks(spectral=True), latent_dim=4, loss=NonSaturating()),
    "relativistic, lazy R1 and R2": lambda: GAN(
        *networks(), latent_dim=4, loss=RelativisticPairing(), penalty=R1R2(r1=1.0, r2=0.5, interval=2)
    ),
    "an autoencoder and its balance": lambda: BEGAN(*autoencoders(), latent_dim=4, balance_rate=0.1),
    "pairs with drawn latents": lambda: ALI(*pair_networks(), penalty=R1R2(r1=1.0)),
    "noise and dropout": lambda: WGANGP(*noisy(), latent_dim=4, n_critic=2, accumulate=2),
}


needs_torch = pytest.mark.skipif(torch.__version__ < OLDEST, reason="needs a newer torch")


def played(module: AdversarialModule, *callbacks: Compile) -> AdversarialModule:
    play(module, steps=4, precision="64-true", callbacks=list(callbacks))
    return module


@pytest.mark.training
@needs_torch
@pytest.mark.parametrize("game", GAMES.values(), ids=list(GAMES))
def test_compiled_games_train_the_same_weights(game: Callable[[], AdversarialModule]) -> None:
    own, compiled = played(game()), played(game(), Compile(backend="aot_eager"))
    theirs = state(compiled)
    for name, value in state(own).items():
        torch.testing.assert_close(theirs[name], value, rtol=1e-9, atol=1e-12, msg=lambda m, n=name: f"{n}: {m}")
    assert compiled.metrics.tensors.keys() == own.metrics.tensors.keys()
    assert "critic_loss" not in compiled.__dict__


@pytest.mark.training
@needs_torch
def test_batches_of_another_size() -> None:
    """They have random numbers of their own size."""
    own, compiled = (WGANGP(*networks(), latent_dim=4, n_critic=1) for _ in range(2))
    points: Any = DataLoader([torch.randn(n, 2, generator=new_rng(n)) for n in (8, 5)], batch_size=None)  # type: ignore[arg-type]
    for module, callbacks in ((own, []), (compiled, [Compile(backend="aot_eager")])):
        build(max_steps=2, accelerator="cpu", precision="64-true", callbacks=callbacks).fit(module, points)
    theirs = state(compiled)
    for name, value in state(own).items():
        torch.testing.assert_close(theirs[name], value, rtol=1e-9, atol=1e-12)


@needs_torch
@pytest.mark.process  # the compiler of C++
def test_machine_code_too() -> None:
    def game() -> AdversarialModule:
        return WGANGP(*networks(), latent_dim=4, n_critic=1)

    own, compiled = state(played(game())), state(played(game(), Compile()))
    for name, value in own.items():
        torch.testing.assert_close(compiled[name], value, rtol=1e-8, atol=1e-11)


@needs_torch
def test_says_what_it_cant_compile() -> None:
    class Peeking(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.linear = nn.Linear(2, 1)

        def forward(self, x: Tensor) -> Tensor:
            print(x.sum().item())
            return self.linear(x).squeeze(1)

    module = GAN(networks()[0], Peeking(), latent_dim=4, loss=NonSaturating())
    with pytest.raises(UsageError, match=r"trainer.compile=true can't: .*; leave it out"):
        play(module, callbacks=[Compile(backend="aot_eager")])


def test_refuses_a_torch_that_cant(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch, "__version__", TorchVersion("2.11.0+cu130"))
    with pytest.raises(UsageError, match=r"needs torch 2\.13 or newer, .* this is 2\.11\.0\+cu130: update torch"):
        play(GAMES["spectral norm"](), callbacks=[Compile(backend="aot_eager")])


def test_replayed_numbers_are_those_that_were_asked_for() -> None:
    def ask(rng: StepRNG) -> list[Tensor]:
        return [rng.normal(4, 3), rng.uniform(4, 1), rng.normal(2)]

    recorded = RecordingRNG(torch.Generator().manual_seed(7), update=3, shard=1, num_shards=2)
    first = ask(recorded)
    again = StepRNG(torch.Generator().manual_seed(7), update=3, shard=1, num_shards=2)
    answers = [request(again, torch.device("cpu")) for request in recorded.calls]
    assert all(torch.equal(a, b) for a, b in zip(ask(ReplayRNG(answers)), first, strict=True))


@pytest.mark.filterwarnings("ignore:training ends after step")
def test_refuses_networks_that_grow() -> None:
    with pytest.raises(UsageError, match="ProGAN's networks change from step to step"):
        play_growing(family(), 1, Compile(backend="aot_eager"))


def test_refuses_features_of_a_layer() -> None:
    with pytest.raises(UsageError, match="can't follow VAEGAN's features of a layer of the critic: leave it out"):
        play(VAEGAN(encoding_generator(), networks()[1]), callbacks=[Compile()])


def test_refuses_terms_of_levels() -> None:
    with pytest.raises(UsageError, match="can't follow SGAN's terms of each level: leave it out"):
        play(SGAN(**stacks()), callbacks=[Compile()])


@pytest.mark.parametrize(
    "part", [{"loss": RelativisticAverage()}, {"penalty": Dragan()}], ids=lambda part: next(iter(part))
)
def test_refuses_statistics_over_several_devices(part: dict[str, Any]) -> None:
    trainer = SimpleNamespace(world_size=2, precision="32-true")
    with pytest.raises(UsageError, match=r"can't follow \w+'s statistics over several devices"):
        Compile().check(trainer, GAN(*networks(), latent_dim=4, **part))  # type: ignore[arg-type]
