"""EBGAN: its losses by hand, and what is refused."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
import torch

from gan_lightning.core.errors import UsageError
from gan_lightning.loss import EnergyMargin
from gan_lightning.objective.ebgan import EBGAN
from gan_lightning.regularizer.pulling_away import mean_squared_cosine
from gan_lightning.trainer.default import build
from tests.helper.modules import Cloud, autoencoders, networks, play, same, state


def module(**options: Any) -> EBGAN:
    return EBGAN(*autoencoders(), latent_dim=4, **options)


def test_the_losses_are_the_papers() -> None:
    played = module(loss=EnergyMargin(2.0))
    losses: dict[str, float] = {}
    total = played.sum_terms

    def kept(loss: torch.Tensor, **terms: torch.Tensor | None) -> torch.Tensor:
        value = total(loss, **terms)
        losses["critic" if "penalty" in terms else "generator"] = value.item()
        return value

    played.sum_terms = kept  # type: ignore[method-assign]
    fakes: list[torch.Tensor] = []
    played.generator.register_forward_hook(lambda layer, inputs, fake: fakes.append(fake.detach()))
    before = copy.deepcopy(played.critic)
    play(played, steps=1)
    energies = {name: -played.metrics.tensors[f"{name}_score"][0] for name in ("real", "fake")}
    # fakes: of the dry run's check of shapes and of ranges, of the critic's update, of the generator's
    fake = fakes[-2]
    torch.testing.assert_close(energies["fake"], (before.reconstruct(fake) - fake).norm(dim=1))
    by_hand = energies["real"].mean() + (2.0 - energies["fake"]).clamp(min=0).mean()
    assert losses["critic"] == pytest.approx(by_hand.item(), rel=1e-6)
    fake, after = fakes[-1], played.critic
    apart = mean_squared_cosine(after.encoder(fake))
    by_hand = (after.reconstruct(fake) - fake).norm(dim=1).mean() + 0.1 * apart
    assert losses["generator"] == pytest.approx(by_hand.item(), rel=1e-6)
    assert played.metrics.tensors["generator_pulling_away"][0].item() == pytest.approx(0.1 * apart.item(), rel=1e-5)


def test_resumed_run_is_the_uninterrupted_one(tmp_path: Path) -> None:
    whole, first, second = module(), module(), module()
    play(whole, steps=7)
    play(first, steps=4).save_checkpoint(tmp_path / "last.ckpt", weights_only=False)
    trainer = build(max_steps=7, accelerator="cpu")
    trainer.fit(second, datamodule=Cloud(batch_size=8), ckpt_path=tmp_path / "last.ckpt", weights_only=True)
    assert same(state(whole), state(second))


def test_refusals() -> None:
    with pytest.raises(UsageError, match=r"EBGAN's critic is an autoencoder, and container\.Sequential is none: use"):
        EBGAN(*networks(), latent_dim=4)
    with pytest.raises(UsageError, match=r"PullingAway takes statistics of the whole batch.*objective.accumulate=2"):
        module(accumulate=2).dry_run(torch.randn(2, 2))
    module(accumulate=2, regularizers={}).dry_run(torch.randn(2, 2))
