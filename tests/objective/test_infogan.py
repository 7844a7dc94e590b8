"""InfoGAN: codes are learned, recognized and logged; the run resumes, and its batch may be cut."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
import torch

from gan_lightning.core.errors import UsageError
from gan_lightning.loss import Wasserstein
from gan_lightning.objective.infogan import InfoGAN
from gan_lightning.optimizer import Adam
from gan_lightning.penalty import GradientPenalty
from gan_lightning.regularizer import MutualInformation, Orthogonal
from gan_lightning.trainer.default import build
from tests.helper.modules import Cloud, coded_networks, networks, play, same, state


def module(width: int = 16, depth: int = 1, **options: Any) -> InfoGAN:
    return InfoGAN(*coded_networks(width, depth), **options)


def test_resumed_run_is_the_uninterrupted_one(tmp_path: Path) -> None:
    whole, first, second = module(), module(), module()
    play(whole, steps=7)
    play(first, steps=4).save_checkpoint(tmp_path / "last.ckpt", weights_only=False)
    trainer = build(max_steps=7, accelerator="cpu")
    trainer.fit(second, datamodule=Cloud(batch_size=8), ckpt_path=tmp_path / "last.ckpt", weights_only=True)
    assert same(state(whole), state(second))
    assert "critic.recognizer.0.weight" in state(whole)


def test_micro_batches_are_the_whole_batch() -> None:
    whole, pieces = (module(accumulate=n, generator_batch=2) for n in (1, 2))
    for one in (whole, pieces):
        play(one, steps=5, precision="64-true")
    for name, value in state(whole).items():
        torch.testing.assert_close(state(pieces)[name], value, rtol=0, atol=1e-9)
    assert whole.step_metrics()["mutual_information"] == pytest.approx(pieces.step_metrics()["mutual_information"])


@pytest.mark.training
def test_codes_are_recovered() -> None:
    fast = Adam(3e-3, (0.5, 0.9))
    parts: dict[str, Any] = {"loss": Wasserstein(), "penalty": GradientPenalty(0.1)}
    parts["regularizers"] = {"mutual_information": MutualInformation(continuous_weight=0.3)}
    played = module(32, 2, critic_optimizer=fast, generator_optimizer=fast, ema_decay=0.0, **parts)
    play(played, steps=300, batch_size=64)
    latent = played.latent(500, "codes")
    codes, found = played.generator.codes.values(latent), played.recognize(played.sample(latent))  # type: ignore[union-attr, operator]
    assert (codes.categories == found.categories).float().mean() > 0.95
    assert torch.corrcoef(torch.cat([codes.numbers, found.numbers], 1).T)[0, 1] > 0.7
    bound = played.step_metrics()["mutual_information"]
    assert math.log(2) * 0.8 < bound


def test_refusals() -> None:
    with pytest.raises(UsageError, match="use model=dcgan_codes for images, model=mlp_codes for points"):
        InfoGAN(*networks(), latent_dim=4)
    with pytest.raises(UsageError, match=r"no mutual information: use regularizer=\[mutual_information\]"):
        module(regularizers={"apart": Orthogonal()})
    renamed = module(regularizers={"codes": MutualInformation(weight=2.0)})
    assert renamed.critic.recognizer is not None
