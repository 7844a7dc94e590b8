"""What the doctor says to type can be typed, whatever is played."""

from __future__ import annotations

import pytest
import torch

from gan_lightning.callback.doctor import defaults
from gan_lightning.config.validate import instantiate
from gan_lightning.diagnostic.advice import clip_override, rounded, slow_critic, stronger_penalty
from gan_lightning.penalty import GradientPenalty, NoPenalty
from tests.helper.command import checked
from tests.helper.observations import game, look, probe

NETWORKS = {"progan": ("model=progressive", "data.size=8", "model.generator.max_width=8", "model.critic.max_width=8")}
SMALL = ("model=dcgan_small", "model.generator.width=4", "model.critic.width=4")


@pytest.mark.parametrize("objective", ["gan_minimax", "wgan_clip", "wgan_gp", "progan"])
def test_every_override_composes(objective: str) -> None:
    overrides = (f"objective={objective}", *NETWORKS.get(objective, SMALL))
    config = checked(*overrides)
    module = instantiate(
        config["objective"], **{player: instantiate(network) for player, network in config["model"].items()}
    )
    images = torch.rand(2, *instantiate(config["data"]).shape)
    seen = look(
        module,
        real=(30.0, 30.0),
        fake=(-30.0, -30.0),
        figures={"generator_grad_norm": 0.0, "penalty": 1.0, module.loss.divergence_name: 0.0},
        scores={"recall/x": 0.0, "precision/x": 1.0},
        probe=probe(real=images.tolist(), fake=images.tolist(), trained=(1.0, 1.0), slope=50.0),
    )
    signs = [rule()(seen) for rule in defaults().values()]
    advice = {sign.advice for sign in signs if sign}
    assert len(advice) >= 3
    for overriding in advice:
        checked(*overrides, *overriding.split())


def test_firmer_by_what_holds_the_critic() -> None:
    images, points = probe(real=torch.zeros(2, 1, 4, 4).tolist()), probe()
    free = game(penalty=NoPenalty())
    assert stronger_penalty(look(free, probe=images)) == "penalty@objective.penalty=r1_r2 critic_norm=layer"
    assert stronger_penalty(look(free, probe=points)).endswith(" critic_norm=layer objective.penalty.r1=0.1")
    assert stronger_penalty(look(game(penalty=GradientPenalty(0.0)), probe=images)) == "objective.penalty.weight=10"
    assert stronger_penalty(look(game(penalty=GradientPenalty(0.5)), probe=images)) == "objective.penalty.weight=5"
    assert slow_critic(look(free, lr=(1e-3, 1e-4))) == "objective.critic_optimizer.lr=0.0001"
    assert clip_override(look(free), 0.25) == "objective.penalty.clip=0.2"


@pytest.mark.parametrize(("value", "typed"), [(0.0123, "0.01"), (1.0, "1"), (2.6e-6, "3e-06"), (1000.0, "1000")])
def test_one_digit_is_what_one_types(value: float, typed: str) -> None:
    assert rounded(value) == typed
