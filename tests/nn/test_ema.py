"""The averaged generator."""

from __future__ import annotations

import io

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from lightning.pytorch import LightningModule
from torch import nn

from gan_lightning.core.errors import UsageError
from gan_lightning.model import dcgan
from gan_lightning.nn.ema import EMA


class Scale(nn.Module):
    """latent ↦ factor · latent, with a counter."""

    def __init__(self, factor: float) -> None:
        super().__init__()
        self.factor = nn.Parameter(torch.tensor(factor))
        self.register_buffer("seen", torch.tensor(0))

    def forward(self, latent: torch.Tensor) -> torch.Tensor:
        return self.factor * latent


def set_to(generator: Scale, factor: float, seen: int) -> None:
    with torch.no_grad():
        generator.factor.fill_(factor)
        generator.seen.fill_(seen)


def test_by_hand() -> None:
    generator = Scale(8.0)
    ema = EMA(generator, decay=0.75, warmup=False)
    set_to(generator, 4.0, 1)
    ema.update(generator, 0)  # 0.75·8 + 0.25·4 = 7
    assert (ema.generator.factor.item(), ema.generator.seen.item()) == (7.0, 1)
    set_to(generator, 3.0, 2)
    ema.update(generator, 1)  # 0.75·7 + 0.25·3 = 6
    assert (ema.generator.factor.item(), ema.generator.seen.item()) == (6.0, 2)
    assert generator.factor.item() == 3.0
    assert ema(torch.tensor([2.0])).item() == 12.0


def test_warm_up_by_hand() -> None:
    generator = Scale(0.0)
    ema = EMA(generator, decay=0.2)
    set_to(generator, 10.0, 0)
    ema.update(generator, 0)  # decay 1/10: 0.1·0 + 0.9·10 = 9
    assert ema.generator.factor.item() == pytest.approx(9)
    set_to(generator, 20.0, 0)
    ema.update(generator, 1)  # decay 2/11: (2·9 + 9·20)/11 = 18
    assert ema.generator.factor.item() == pytest.approx(18)
    set_to(generator, 28.0, 0)
    ema.update(generator, 2)  # 3/12 is above 0.2: 0.2·18 + 0.8·28 = 26
    assert ema.generator.factor.item() == pytest.approx(26)


@given(st.floats(0, 1, exclude_max=True), st.integers(0, 10**6))
def test_the_decay_rises_to_its_limit(decay: float, k: int) -> None:
    ema = EMA(nn.Identity(), decay=decay)
    assert ema.decay_after(k) <= ema.decay_after(k + 1) <= decay
    assert ema.decay_after(10**17) == pytest.approx(decay)
    assert EMA(nn.Identity(), decay=decay, warmup=False).decay_after(k) == decay


@pytest.mark.parametrize("spectral_norm", [False, True])
def test_without_decay_it_is_the_generator(spectral_norm: bool) -> None:
    torch.manual_seed(0)
    generator = dcgan.Generator(shape=(1, 28, 28), latent_dim=4, width=4, spectral_norm=spectral_norm)
    ema = EMA(generator, decay=0.0)
    optimizer = torch.optim.Adam(generator.parameters(), lr=0.1)
    for k in range(2):
        generator(torch.randn(5, 4)).square().sum().backward()
        optimizer.step()
        ema.update(generator, k)
    mine, theirs = ema.generator.state_dict(), generator.state_dict()
    assert mine.keys() == theirs.keys()
    assert all(torch.equal(mine[key], theirs[key]) for key in mine)
    assert mine["layers.1.norm.num_batches_tracked"] == 2
    latent = torch.randn(3, 4)
    assert torch.equal(ema(latent), generator.eval()(latent))


def test_it_stays_frozen_and_in_eval_mode_inside_a_module_that_trains() -> None:
    class Game(LightningModule):
        def __init__(self) -> None:
            super().__init__()
            self.generator = dcgan.Generator(shape=(1, 28, 28), width=4)
            self.ema = EMA(self.generator)

    game = Game()
    for mode in (True, False, True):
        game.train(mode)
        assert game.generator.training is mode
        assert not any(m.training for m in game.ema.modules())
    assert not any(p.requires_grad for p in game.ema.parameters())
    assert all(p.requires_grad for p in game.generator.parameters())
    before = {key: value.clone() for key, value in game.ema.state_dict().items()}
    game.ema(torch.randn(4, 100))
    assert all(torch.equal(before[key], value) for key, value in game.ema.state_dict().items())


def test_the_state_dict_holds_the_average() -> None:
    generator = Scale(8.0)
    ema = EMA(generator, decay=0.75, warmup=False)
    set_to(generator, 4.0, 5)
    ema.update(generator, 0)
    assert ema.state_dict() == {"generator.factor": torch.tensor(7.0), "generator.seen": torch.tensor(5)}
    file = io.BytesIO()
    torch.save(ema.state_dict(), file)
    file.seek(0)
    restored = EMA(Scale(0.0))
    restored.load_state_dict(torch.load(file, weights_only=True))
    assert restored.generator.factor.item() == 7.0


def test_the_copy_is_its_own() -> None:
    generator = Scale(8.0)
    ema = EMA(generator)
    set_to(generator, 4.0, 5)
    assert ema.generator.factor.item() == 8.0


@pytest.mark.parametrize("decay", [1.0, -0.1])
def test_refusals(decay: float) -> None:
    with pytest.raises(UsageError, match=r"^EMA: decay="):
        EMA(Scale(1.0), decay=decay)


def test_it_is_the_generator_itself_until_averaging_begins() -> None:
    generator = Scale(0.0)
    ema = EMA(generator, decay=0.75, after=2, warmup=False)
    seen = []
    for k, factor in enumerate((8.0, 4.0, 8.0)):
        set_to(generator, factor, 0)
        ema.update(generator, k)
        seen.append(ema.generator.factor.item())
    assert seen == [8.0, 4.0, 5.0]  # then 0.75·4 + 0.25·8
