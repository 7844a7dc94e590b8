"""The doctor's advice composes as overrides of any objective."""

from __future__ import annotations

import pytest
import torch

from gan_lightning.callback.doctor import defaults
from gan_lightning.config.validate import instantiate
from gan_lightning.diagnostic.advice import penalty_override, rounded, slower_critic, stronger_penalty
from gan_lightning.objective.wgan import WGAN
from gan_lightning.objective.wgan_gp import WGANGP
from gan_lightning.penalty import R1R2, Dragan, GradientPenalty, NoPenalty, Penalty, WeightClipping
from tests.helper.command import checked
from tests.helper.observations import observe, probe, tiny_gan

NETWORKS = {"progan": ("model=progressive", "data.size=8", "model.generator.max_width=8", "model.critic.max_width=8")}
SMALL = ("model=dcgan_small", "model.generator.width=4", "model.critic.width=4")


@pytest.mark.training
@pytest.mark.parametrize("objective", ["gan_minimax", "wgan_clip", "wgan_gp", "progan"])
def test_every_override_composes(objective: str) -> None:
    overrides = (f"objective={objective}", *NETWORKS.get(objective, SMALL))
    config = checked(*overrides)
    module = instantiate(
        config["objective"], **{player: instantiate(network) for player, network in config["model"].items()}
    )
    images = torch.rand(2, *instantiate(config["data"]).shape)
    seen = observe(
        module,
        real=(30.0, 30.0),
        fake=(-30.0, -30.0),
        metrics={"generator_grad_norm": 0.0, "penalty": 1.0, module.loss.divergence_name: 0.0},
        scores={"recall/x": 0.0, "precision/x": 1.0},
        probe=probe(real=images.tolist(), fake=images.tolist(), trained=(1.0, 1.0), slope=50.0),
    )
    symptoms = [diagnostic()(seen) for diagnostic in defaults().values()]
    advice = {symptom.advice for symptom in symptoms if symptom}
    assert len(advice) >= 3
    for overriding in advice:
        checked(*overrides, *overriding.split())


@pytest.mark.parametrize(
    ("penalty", "for_images", "for_points"),
    [
        (GradientPenalty(0.0), "objective.penalty.weight=10", "objective.penalty.weight=0.1"),
        (GradientPenalty(0.5), "objective.penalty.weight=5", "objective.penalty.weight=5"),
        (R1R2(r1=0.3), "objective.penalty.r1=3", "objective.penalty.r1=3"),
        (R1R2(r1=0.0, r2=1.0), "objective.critic_optimizer.lr=0.0001", "objective.critic_optimizer.lr=0.0001"),
        (WeightClipping(0.1), "objective.penalty.clip=0.01", "objective.penalty.clip=0.01"),
        (WeightClipping(0.01), "objective.critic_optimizer.lr=0.0001", "objective.critic_optimizer.lr=0.0001"),
        (Dragan(), "objective.critic_optimizer.lr=0.0001", "objective.critic_optimizer.lr=0.0001"),
        (
            NoPenalty(),
            "penalty@objective.penalty=r1_r2 critic_norm=layer",
            "penalty@objective.penalty=r1_r2 critic_norm=layer objective.penalty.r1=0.1",
        ),
    ],
)
def test_stronger_penalty(penalty: Penalty, for_images: str, for_points: str) -> None:
    images, points = probe(real=torch.zeros(2, 1, 4, 4).tolist()), probe()
    module = tiny_gan(penalty=penalty)
    assert stronger_penalty(observe(module, probe=images)) == for_images
    assert stronger_penalty(observe(module, probe=points)) == for_points


def test_a_fast_critic_gets_the_learning_rate_of_the_generator() -> None:
    module = tiny_gan(penalty=NoPenalty())
    assert slower_critic(observe(module, lr=(1e-3, 1e-4))) == "objective.critic_optimizer.lr=0.0001"


def test_penalty_override_uses_the_short_key_of_the_objective() -> None:
    assert penalty_override(observe(), "clip", 0.25) == "objective.penalty.clip=0.2"
    assert penalty_override(observe(tiny_gan(WGAN)), "clip", 0.25) == "objective.clip=0.2"
    assert penalty_override(observe(tiny_gan(WGANGP)), "weight", 3.0) == "objective.gp_weight=3"


@pytest.mark.parametrize(("value", "typed"), [(0.0123, "0.01"), (1.0, "1"), (2.6e-6, "3e-06"), (1000.0, "1000")])
def test_one_digit_is_what_one_types(value: float, typed: str) -> None:
    assert rounded(value) == typed
