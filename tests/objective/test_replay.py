"""Replay of earlier fakes: what the critic sees, resuming, micro-batches, refusals."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from gan_lightning.callback.compile import Compile
from gan_lightning.core.errors import UsageError
from gan_lightning.core.rng import StepRNG
from gan_lightning.ensemble.compatibility import check_ensemble_support
from gan_lightning.objective.gan import GAN
from gan_lightning.objective.infogan import InfoGAN
from gan_lightning.objective.vae_gan import VAEGAN
from gan_lightning.trainer.default import build
from tests.helper.modules import (
    Cloud,
    coded_networks,
    encoding_generator,
    networks,
    play,
    same,
    state,
    told_networks,
)
from tests.helper.progressive import family


class Watched(GAN):
    """Keeps the fakes that the critic sees, and those just made, in each of its updates."""

    def replay(self, fake: Tensor, rng: StepRNG) -> Tensor:
        seen = super().replay(fake, rng)
        self.__dict__.setdefault("rows", []).append((fake.clone(), seen.clone()))
        return seen


def module(kind: type[GAN] = GAN, **options: Any) -> Any:
    return kind(*networks(), latent_dim=4, **{"pool_size": 16, "n_critic": 2, **options})


def test_half_of_the_fakes_are_earlier_ones() -> None:
    played = module(Watched)
    play(played, steps=40)
    rows = played.rows
    assert len(rows) == 80
    assert all(torch.equal(made, seen) for made, seen in rows[:2])  # while 16 fakes of two updates fill the pool
    earlier, again = rows[0][0][:0], 0
    for made, seen in rows:
        for new, one in zip(made, seen, strict=True):
            if not torch.equal(new, one):
                assert (earlier == one).all(1).any()
                again += 1
        earlier = torch.cat([earlier, made])
    assert 0.4 < again / (78 * 8) < 0.6
    assert played.pool.count == 80 * 8


def test_no_pool_is_the_game_without_it() -> None:
    without, zero = GAN(*networks(), latent_dim=4), module(pool_size=0, n_critic=1)
    for one in (without, zero):
        play(one, steps=3)
    assert same(state(without), state(zero))
    assert not any("pool" in name for name in zero.state_dict())


def test_resumed_run_is_the_uninterrupted_one(tmp_path: Path) -> None:
    whole, first, second = module(), module(), module()
    play(whole, steps=7)
    play(first, steps=4).save_checkpoint(tmp_path / "last.ckpt", weights_only=False)
    trainer = build(max_steps=7, accelerator="cpu")
    trainer.fit(second, datamodule=Cloud(batch_size=8), ckpt_path=tmp_path / "last.ckpt", weights_only=True)
    assert same(state(whole), state(second))
    assert not torch.equal(whole.pool.fakes, first.pool.fakes)


def test_micro_batches_are_the_whole_batch() -> None:
    whole, pieces = (module(accumulate=n) for n in (1, 2))
    for one in (whole, pieces):
        play(one, steps=9, precision="64-true")
    for name, value in state(whole).items():
        torch.testing.assert_close(state(pieces)[name], value, rtol=0, atol=1e-9)


def test_refusals() -> None:
    with pytest.raises(UsageError, match=r"^objective.pool_size keeps fakes without their labels: use condition=none"):
        GAN(*told_networks(), pool_size=4)
    with pytest.raises(UsageError, match=r"^objective.pool_size: earlier fakes of ProGAN have other sizes: leave it"):
        family(pool_size=4)
    with pytest.raises(UsageError, match=r"^objective.pool_size: the critic of VAEGAN sees more than samples: leave"):
        VAEGAN(encoding_generator(), networks()[1], pool_size=4)
    with pytest.raises(UsageError, match=r"^objective.pool_size keeps fakes without their latents, which mutual_info"):
        InfoGAN(*coded_networks(), pool_size=4)
    alone = module()
    alone.trainer = build(max_steps=1, accelerator="cpu")
    with pytest.raises(UsageError, match=r"^an ensemble has no pool of earlier fakes: use objective.pool_size=0"):
        check_ensemble_support(alone)
    with pytest.raises(UsageError, match=r"^trainer.compile=true can't follow a pool of earlier fakes: leave it out"):
        play(module(), steps=1, callbacks=[Compile()])
