"""Stacked GAN: every term by hand, joint and not, resuming, micro-batches, refusals."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from gan_lightning.augment import InstanceNoise
from gan_lightning.core.errors import UsageError
from gan_lightning.core.rng import StepRNG, new_rng
from gan_lightning.loss import Loss, NonSaturating, RelativisticPairing, Wasserstein
from gan_lightning.nn.level_encoder import LevelEncoder
from gan_lightning.nn.stack import CriticStack, GeneratorStack, LevelCritic, join
from gan_lightning.objective.sgan import SGAN
from gan_lightning.penalty import R1R2, Dragan, GradientPenalty, Penalty
from gan_lightning.trainer.default import build
from tests.helper.modules import Cloud, networks, play, same, stacks, state

REAL, LABEL = torch.tensor([[4.0], [8.0]]), torch.tensor([0, 1])


class Linear(nn.Linear):
    """A linear layer of given weights, [outputs, inputs], and no bias."""

    def __init__(self, *weights: list[float]) -> None:
        super().__init__(len(weights[0]), len(weights), bias=False)
        self.weight = nn.Parameter(torch.tensor(weights))


class Top(nn.Module):
    """z, y → w (y + z)."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.tensor(1.0))

    def forward(self, latent: Tensor, label: Tensor) -> Tensor:
        return self.weight * (latent + label[:, None])


def critic(score: float, latent: float) -> LevelCritic:
    level = LevelCritic(nn.Identity(), 1, 1)
    level.score, level.latent = Linear([score]), Linear([latent])
    return level


def by_hand(score: float = 3.0, **options: Any) -> SGAN:
    """G₁ = y + z₁, G₀ = 2 h₁ + z₀, E₀(x) = x/2, E₁(h) = (h, -h); D₀ = 3x, D₁ = -h, Q₀ = x/4, Q₁ = h."""
    return SGAN(
        GeneratorStack(Linear([2.0, 1.0]), Top(), latent_dims=(1, 1), classes=2),
        CriticStack(critic(score, 0.25), critic(-1.0, 1.0), shapes=[(1,), (1,)]),
        encoder=LevelEncoder(Linear([0.5]), Linear([1.0], [-1.0])),
        **{"loss": Wasserstein(), "entropy_weight": 10.0} | options,
    )


def latents() -> tuple[Tensor, Tensor]:
    """z₀ and z₁ of the losses below."""
    z0, z1 = StepRNG(new_rng("z")).normal(2, 2).unbind(1)
    return z0, z1


@pytest.mark.parametrize("joint", [True, False])
def test_terms_by_hand(joint: bool) -> None:
    played, (z0, z1), y = by_hand(joint=joint), latents(), LABEL.float()
    f1 = y + z1
    f0 = 2 * (f1 if joint else torch.tensor([2.0, 4.0])) + z0
    entropy = (f0 / 4 - z0).square().mean() + (f1 - z1).square().mean()
    loss = played.critic_loss(REAL, StepRNG(new_rng("z")), LABEL).item()
    assert loss == pytest.approx((3 * f0.mean() - 3 * 6 - f1.mean() + 3 + 10 * entropy).item(), rel=1e-5)
    loss = played.generator_loss(REAL, StepRNG(new_rng("z")), LABEL).item()
    terms = {name: values[0].mean().item() for name, values in played.metrics.tensors.items()}
    # E₀(f₀) - h₁ = z₀/2 both ways; the logits of class 0 and 1 differ by 2 f₁
    conditional = (z0 / 2).square().mean() + (torch.tensor([-2.0, 2.0]) * f1).exp().log1p().mean()
    assert terms["conditional"] == pytest.approx(conditional.item(), rel=1e-5)
    assert terms["generator_entropy"] == terms["critic_entropy"] == pytest.approx(10 * entropy.item(), rel=1e-5)
    assert terms["generator_loss"] == pytest.approx((-3 * f0 + f1).mean().item(), rel=1e-5)
    assert loss == pytest.approx((-3 * f0 + f1).mean().item() + (conditional + 10 * entropy).item(), rel=1e-5)
    without = by_hand(joint=joint, conditional_weight=0.0, entropy_weight=0.0)
    assert without.generator_loss(REAL, StepRNG(new_rng("z")), LABEL).item() == terms["generator_loss"]
    own = {"conditional", "critic_entropy", "generator_entropy"}
    assert not own & (without.metric_names | without.metrics.tensors.keys())
    assert played.metric_names >= own


@pytest.mark.parametrize("joint", [True, False])
def test_the_stack_is_trained_end_to_end_if_joint(joint: bool) -> None:
    """G₁'s weight w: D₁ gives d/dw of -D₁(f₁) = f₁; joint, D₀ adds that of -3 · 2 f₁."""
    played = by_hand(joint=joint, conditional_weight=0.0, entropy_weight=0.0)
    played.generator_loss(REAL, StepRNG(new_rng("z")), LABEL).backward()
    top: Any = played.generator.generators[1]
    f1 = (LABEL + latents()[1]).mean().item()
    assert top.weight.grad.item() == pytest.approx((1 - 6 if joint else 1) * f1, rel=1e-5)
    assert all(p.grad is None and not p.requires_grad for p in played.encoder.parameters())


def test_r1_is_the_sum_over_all_critics() -> None:
    played = by_hand(penalty=R1R2(r1=2.0))
    played.critic_loss(REAL, StepRNG(new_rng("z")), LABEL)
    assert played.metrics.tensors["penalty"][0].item() == pytest.approx(3**2 + 1)


def test_levels_of_any_number() -> None:
    """Three parts of an encoder: h₂ = h₁/2 + …, made from the top down, or each below what is given."""
    stack = GeneratorStack(Linear([2.0, 1.0]), Linear([3.0, 1.0]), Top(), latent_dims=(1, 1, 1), classes=2)
    latent = torch.tensor([[0.1, 0.2, 0.3]])
    down = [level.item() for level in stack.levels(latent, torch.tensor([1]))]
    assert down == pytest.approx([2 * 4.1 + 0.1, 3 * 1.3 + 0.2, 1.3])
    assert stack(latent, torch.tensor([1])).item() == down[0]
    above = [torch.tensor([[10.0]]), torch.tensor([[20.0]])]
    alone = [level.item() for level in stack.levels(latent, torch.tensor([1]), above)]
    assert alone == pytest.approx([20.1, 60.2, 1.3])
    critics = CriticStack(critic(3.0, 1.0), critic(2.0, 1.0), critic(1.0, 1.0), shapes=[(1,)] * 3)
    encoder = LevelEncoder(Linear([1.0]), Linear([1.0]), Linear([1.0], [-1.0]))
    for joint in (True, False):
        played = SGAN(stack, critics, encoder=encoder, joint=joint)
        played.generator_loss(REAL, StepRNG(new_rng("z")), LABEL).backward()
        assert played.metrics.tensors["generator_entropy"][0] > 0


def test_rows_of_levels_are_split_again() -> None:
    levels = [torch.randn(3, 1, 4, 4), torch.randn(3, 5)]
    stack = CriticStack(nn.Identity(), nn.Identity(), shapes=[(1, 4, 4), (5,)])
    assert all(map(torch.equal, stack.split(join(levels)), levels))


@pytest.mark.parametrize("loss", [NonSaturating(), RelativisticPairing()], ids=["", "relativistic"])
def test_q_reads_the_fakes(loss: Loss) -> None:
    """Also of a loss that scores reals after the fakes."""
    played, (z0, z1) = by_hand(loss=loss, entropy_weight=1.0), latents()
    played.generator_loss(REAL, StepRNG(new_rng("z")), LABEL)
    f1 = LABEL + z1
    expected = ((2 * f1 + z0) / 4 - z0).square().mean() + (f1 - z1).square().mean()
    assert played.metrics.tensors["generator_entropy"][0].item() == pytest.approx(expected.item(), rel=1e-5)


# ---- training -----------------------------------------------------------------------------------------------------


@pytest.mark.training
@pytest.mark.parametrize("joint", [True, False])
def test_resumed_run_is_the_uninterrupted_one(tmp_path: Path, joint: bool) -> None:
    whole, first, second = (SGAN(**stacks(), joint=joint) for _ in range(3))
    before = state(whole.encoder)
    play(whole, steps=7)
    play(first, steps=4).save_checkpoint(tmp_path / "last.ckpt", weights_only=False)
    trainer = build(max_steps=7, accelerator="cpu")
    trainer.fit(second, datamodule=Cloud(batch_size=8), ckpt_path=tmp_path / "last.ckpt", weights_only=True)
    assert same(state(whole), state(second))
    assert same(before, state(whole.encoder))
    assert not whole.encoder.training


@pytest.mark.training
@pytest.mark.parametrize("joint", [True, False])
def test_micro_batches_are_the_whole_batch(joint: bool) -> None:
    given: dict[str, Any] = {"joint": joint, "generator_batch": 2, "penalty": R1R2(r1=1.0)}
    whole, pieces = (SGAN(**stacks(), accumulate=n, **given) for n in (1, 2))
    for one in (whole, pieces):
        play(one, 5, precision="64-true")
    for name, value in state(whole).items():
        torch.testing.assert_close(state(pieces)[name], value, rtol=0, atol=1e-9)


@pytest.mark.training
def test_scores_levels_and_samples() -> None:
    played = SGAN(**stacks())
    trainer = play(played, 3)
    trainer.validate(played, datamodule=Cloud(batch_size=8), verbose=False)
    points = torch.randn(5, 2)
    assert played.score(points).shape == (5,)
    assert [tuple(level.shape) for level in played.levels(points)] == [(5, 2), (5, 3), (5, 2)]
    assert played.sample(played.latent(4, "x"), torch.tensor([0, 1, 0, 1])).shape == (4, 2)


def test_refusals() -> None:
    given = stacks()
    with pytest.raises(UsageError, match=r"^SGAN's generator is a stack, and container.Sequential is none: use model"):
        SGAN(**given | {"generator": networks()[0]})
    with pytest.raises(UsageError, match=r"^SGAN's critic is one of levels, and container.* in Python .*CriticStack"):
        SGAN(**given | {"critic": networks()[1]})
    with pytest.raises(UsageError, match=r"^SGAN's encoder has levels, and this one has none: use .*LevelEncoder"):
        SGAN(**given | {"encoder": nn.Linear(2, 3)})
    for penalty in (GradientPenalty(), Dragan()):
        refused: Penalty = penalty
        with pytest.raises(UsageError, match=r"^SGAN has a critic for each level, and .* penalty@objective.penalty=r1"):
            SGAN(**given, penalty=refused)
    with pytest.raises(UsageError, match=r"^SGAN's encoder reads samples as they are, and noise changes.*augment=\[\]"):
        SGAN(**given, augments={"noise": InstanceNoise(0.1)})
    with pytest.raises(UsageError, match=r"^objective.pool_size: the critic of SGAN sees more than samples: leave it"):
        SGAN(**given, pool_size=4)
    with pytest.raises(UsageError, match=r"^the encoder does not take samples of shape \[7\]: train one by python -m"):
        SGAN(**given).dry_run(torch.zeros(2, 7))
    other = LevelEncoder(nn.Linear(2, 4), nn.Linear(4, 2))
    with pytest.raises(UsageError, match=r"^the encoder makes levels of \[4\] and \[2\] numbers of these data, the n"):
        SGAN(**given | {"encoder": other}).dry_run(torch.zeros(2, 2))
