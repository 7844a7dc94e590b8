"""CycleGAN: every term by hand, the pool of earlier fakes, resuming, micro-batches, refusals."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from gan_lightning.augment import InstanceNoise
from gan_lightning.callback.score import Scoring
from gan_lightning.core.errors import UsageError
from gan_lightning.core.rng import StepRNG, new_rng
from gan_lightning.data.base import AdversarialDataModule
from gan_lightning.data.pixels import to_float
from gan_lightning.data.sample_source import SampleTable
from gan_lightning.data.unpaired import OtherDirection, UnpairedTable
from gan_lightning.loss import LeastSquares, RelativisticPairing, Wasserstein
from gan_lightning.metric.evaluator import Evaluator
from gan_lightning.metric.independent_critic import IndependentCritic
from gan_lightning.model import cyclegan, unet
from gan_lightning.nn.two_domains import TwoDomainCritic, TwoWayGenerator
from gan_lightning.objective.cyclegan import CycleGAN
from gan_lightning.objective.fake_pool import FakePool
from gan_lightning.objective.gan import GAN
from gan_lightning.objective.sum_of_games import SumOfGames
from gan_lightning.penalty import R1R2, Dragan, GradientPenalty, Penalty
from gan_lightning.regularizer import L1, Orthogonal
from gan_lightning.trainer.default import build
from tests.helper.modules import networks, same, state

SHAPE = (1, 8, 8)


class Affine(nn.Module):
    """x → w x + c."""

    def __init__(self, weight: float, offset: float) -> None:
        super().__init__()
        self.weight, self.offset = nn.Parameter(torch.tensor(weight)), offset

    def forward(self, x: Tensor) -> Tensor:
        return self.weight * x + self.offset


def by_hand(**options: Any) -> CycleGAN:
    """G(x) = 2x, F(x) = x/4 + 1; D of A is 3 times the mean of an image, D of B minus its mean."""
    generator = TwoWayGenerator(Affine(2.0, 0.0), Affine(0.25, 1.0), (1, 2, 2))
    critics = (nn.Sequential(nn.AvgPool2d(2), Affine(weight, 0.0)) for weight in (3.0, -1.0))
    return CycleGAN(generator, TwoDomainCritic(*critics, channels=1), **options)


def image(value: float, rows: int = 1) -> Tensor:
    return torch.full((rows, 1, 2, 2), value)


def test_terms_by_hand() -> None:
    """a = 1, b = ½: G(a) = 2, F(b) = 9/8, F(G(a)) = 3/2, G(F(b)) = 9/4, F(a) = 5/4, G(b) = 1."""
    played = by_hand(adversarial_weight=2.0)
    loss = played.generator_loss(image(0.5), StepRNG(new_rng("z")), image(1.0)).item()
    terms = {name: values[0].item() for name, values in played.metrics.tensors.items()}
    assert terms["cycle"] == pytest.approx(10 * (1 / 2 + 7 / 4))
    assert terms["identity"] == pytest.approx(5 * (1 / 4 + 1 / 2))
    assert terms["generator_loss"] == pytest.approx(((27 / 8 - 1) ** 2 + (-2 - 1) ** 2) / 2)
    assert loss == pytest.approx(2 * terms["generator_loss"] + terms["cycle"] + terms["identity"])
    loss = played.critic_loss(image(0.5), StepRNG(new_rng("z")), image(1.0)).item()
    assert loss == pytest.approx(((3 - 1) ** 2 + (27 / 8) ** 2) / 2 + ((-1 / 2 - 1) ** 2 + (-2) ** 2) / 2)
    without = by_hand(cycle_weight=0.0, identity_weight=0.0)
    assert without.generator_loss(image(0.5), StepRNG(new_rng("z")), image(1.0)).item() == terms["generator_loss"]
    assert not {"cycle", "identity"} & (without.metric_names | without.metrics.tensors.keys())
    assert played.metric_names >= {"cycle", "identity"}


def test_each_network_has_the_gradients_of_its_own_terms() -> None:
    played = by_hand(cycle_weight=0.0, identity_weight=0.0)
    played.generator_loss(image(0.5), StepRNG(new_rng("z")), image(1.0)).backward()
    g, f = played.generator.a_to_b.weight.grad, played.generator.b_to_a.weight.grad
    assert g is not None
    assert f is not None
    # ½(3 F(b) - 1)² by w: (27/8 - 1) · 3 b; ½(-G(a) - 1)²: (-2 - 1) · -a
    assert (f.item(), g.item()) == pytest.approx(((27 / 8 - 1) * 3 / 2, 3))


def test_a_relativistic_loss_compares_within_its_domain() -> None:
    real, fake = torch.randn(2, 4, 2, 3, 3, generator=new_rng("scores"))
    loss = SumOfGames(RelativisticPairing(), 2)
    for n in range(2):
        torch.testing.assert_close(
            loss.critic(real, fake) - RelativisticPairing().critic(real[:, n], fake[:, n]),
            RelativisticPairing().critic(real[:, 1 - n], fake[:, 1 - n]),
        )
    assert loss.divergence(real, fake) == RelativisticPairing().divergence(real, fake)
    assert SumOfGames(LeastSquares(), 2).generator(fake.flatten(), real.flatten) == 2 * LeastSquares().generator(
        fake.flatten(), real.flatten
    )


def test_r1_is_the_sum_over_both_critics() -> None:
    played = by_hand(penalty=R1R2(r1=2.0), loss=Wasserstein())
    played.critic_loss(image(0.5), StepRNG(new_rng("z")), image(1.0))
    # each of 4 pixels has the gradient 3/4 in A's critic and -1/4 in B's
    assert played.metrics.tensors["penalty"][0].item() == pytest.approx(4 * (9 / 16 + 1 / 16))


# ---- the pool -----------------------------------------------------------------------------------------------------


def numbered(update: int, rows: int) -> Tensor:
    """Fakes whose values tell where they come from, [2, rows, 1]: 100 · update + row, those of B negative."""
    numbers = 100.0 * update + torch.arange(rows)[:, None]
    return torch.stack([numbers, -numbers - 1])


def seen(pool: FakePool, update: int, fakes: Tensor, shards: int = 1) -> Tensor:
    """What a critic sees of an update, whose batch is cut into micro-batches."""
    out = torch.empty_like(fakes)
    for shard in range(shards):
        out[:, shard::shards] = pool(fakes[:, shard::shards], StepRNG(None, update, shard, shards))
    pool.store()
    return out


def test_the_pool_by_hand() -> None:
    pool, inside = FakePool(3, (1,), seed=0, sides=2), list[set[float]]()
    for update in range(2):
        assert torch.equal(seen(pool, update, numbered(update, 2)), numbered(update, 2))
    assert pool.fakes[0].flatten().tolist() == [0, 1, 100]  # 101 found no place
    assert pool.fakes[1].flatten().tolist() == [-1, -2, -101]
    exchanges = 0
    for update in range(2, 200):
        before, fresh = pool.fakes.clone(), numbered(update, 2)
        out = seen(pool, update, fresh)
        for side in range(2):
            old = set(before[side].flatten().tolist())
            inside = {*pool.fakes[side].flatten().tolist()}  # type: ignore[assignment]
            for value, new in zip(out[side].flatten().tolist(), fresh[side].flatten().tolist(), strict=True):
                exchanges += value != new
                assert value in old if value != new else new not in inside
                assert value not in inside
                assert (new in inside) == (value != new)
    assert 350 < exchanges < 440  # half of 792
    assert pool.count == 400


def test_both_sides_of_the_pool_decide_alone() -> None:
    pool = FakePool(50, (1,), seed=0, sides=2)
    seen(pool, 0, numbered(0, 50))
    fresh = numbered(1, 50)
    kept = (seen(pool, 1, fresh) == fresh).flatten(1)
    assert not torch.equal(kept[0], kept[1])


@pytest.mark.parametrize("shards", [2, 4])
def test_the_pool_does_not_depend_on_how_a_batch_is_cut(shards: int) -> None:
    whole, cut = FakePool(5, (1,), seed=3, sides=2), FakePool(5, (1,), seed=3, sides=2)
    for update in range(20):
        fakes = numbered(update, 8)  # larger than the pool
        assert torch.equal(seen(whole, update, fakes), seen(cut, update, fakes, shards))
        assert torch.equal(whole.fakes, cut.fakes)


def test_what_is_not_finite_stays_out_of_the_pool() -> None:
    pool = FakePool(2, (1,), seed=0, sides=2)
    fakes = numbered(0, 2)
    fakes[0, 1] = torch.nan
    seen(pool, 0, fakes)
    assert pool.fakes.flatten().tolist() == [0, 0, -1, -2]


# ---- training -----------------------------------------------------------------------------------------------------


class Domains(AdversarialDataModule):
    """40 images of A around -½, and 26 of B around ½."""

    shape = SHAPE

    def load(self) -> tuple[SampleTable, SampleTable]:
        rng = torch.Generator().manual_seed(0)
        a, b = (
            torch.randint(low, low + 128, (n, *SHAPE), generator=rng, dtype=torch.uint8)
            for n, low in ((40, 0), (26, 127))
        )
        return (
            UnpairedTable(SampleTable(b[:20]), SampleTable(a[:30])),
            UnpairedTable(SampleTable(b[20:]), SampleTable(a[30:])),
        )


def module(**options: Any) -> CycleGAN:
    torch.manual_seed(0)
    generator = cyclegan.Generator(shape=SHAPE, label_shape=SHAPE, width=2, blocks=1)
    critic = cyclegan.Critic(shape=SHAPE, label_shape=SHAPE, width=4, receptive_field=16)
    return CycleGAN(generator, critic, pool_size=6, **options)


def trained(played: CycleGAN, steps: int, **options: Any) -> Any:
    trainer = build(max_steps=steps, accelerator="cpu", **options)
    trainer.fit(played, datamodule=Domains(batch_size=4, label_shape=SHAPE))
    return trainer


@pytest.mark.training
def test_resumed_run_is_the_uninterrupted_one(tmp_path: Path) -> None:
    whole, first, second = module(), module(), module()
    trained(whole, 7)
    trained(first, 4).save_checkpoint(tmp_path / "last.ckpt", weights_only=False)
    trainer = build(max_steps=7, accelerator="cpu")
    data = Domains(batch_size=4, label_shape=SHAPE)
    trainer.fit(second, datamodule=data, ckpt_path=tmp_path / "last.ckpt", weights_only=True)
    assert same(state(whole), state(second))
    assert whole.pool.count == 28
    assert whole.pool.fakes.abs().sum((1, 2, 3, 4)).min() > 0


@pytest.mark.training
def test_each_direction_is_scored_against_its_own_domain() -> None:
    """Domain B is bright and A dark; a metric that knows its data knows those of the direction."""
    played = module()
    scoring = Scoring(metric=IndependentCritic(n_fake_training=6), every=2, keep=False)
    trained(played, 2, callbacks=[scoring])
    assert [score.name for score in scoring.last] == ["independent_critic", "independent_critic_b_to_a"]
    data = Domains(batch_size=4, label_shape=SHAPE)
    data.setup("fit")
    for score, one, direction in zip(scoring.last, (data, OtherDirection(data)), ("a_to_b", "b_to_a"), strict=True):
        one.setup("fit")
        alone = Evaluator(IndependentCritic(), one, n_fake=6, conditional=True)
        (found,) = alone(
            lambda latents, label, to=direction: played.translate(to_float(label), to),
            lambda numbers: torch.zeros(len(numbers), 1),
        ).scores
        assert found.value == pytest.approx(score.value)


@pytest.mark.training
def test_micro_batches_are_the_whole_batch() -> None:
    whole, pieces = (module(accumulate=n) for n in (1, 2))
    for one in (whole, pieces):
        trained(one, 5, precision="64-true")
    for name, value in state(whole).items():
        torch.testing.assert_close(state(pieces)[name], value, rtol=0, atol=1e-9)


@pytest.mark.training
def test_validation_and_translation_leave_the_pool() -> None:
    played = module()
    trainer = trained(played, 3)
    before = state(played)
    trainer.validate(played, datamodule=Domains(batch_size=4, label_shape=SHAPE), verbose=False)
    images = torch.zeros(3, *SHAPE)
    assert torch.equal(played.translate(images), played.sample(torch.zeros(3, 1), images))
    assert not torch.equal(played.translate(images), played.translate(images, "b_to_a"))
    assert played.score(images).shape == (3,)
    assert same(before, state(played))


def test_refusals() -> None:
    generator, critic = by_hand().generator, by_hand().critic
    with pytest.raises(
        UsageError, match=r"^CycleGAN's generator translates both ways, and container.Sequential does not"
    ):
        CycleGAN(networks()[0], critic)
    with pytest.raises(UsageError, match=r"^CycleGAN's critic is one of two domains, and container.* model=cyclegan"):
        CycleGAN(generator, networks()[1])
    for penalty in (GradientPenalty(), Dragan()):
        refused: Penalty = penalty
        with pytest.raises(UsageError, match=r"^CycleGAN has two critics, and .* use penalty@objective.penalty=r1_r2"):
            by_hand(penalty=refused)
    with pytest.raises(UsageError, match=r"^CycleGAN translates without noise.* objective.generator_batch=1"):
        by_hand(generator_batch=2)
    with pytest.raises(
        UsageError, match=r"^l1 compares fakes with the reals beside them, and CycleGAN's images have no"
    ):
        by_hand(regularizers={"l1": L1()})
    by_hand(regularizers={"orthogonal": Orthogonal()})
    with pytest.raises(
        UsageError, match=r"augment=noise changes a sample, and not the image that it was translated from"
    ):
        by_hand(augments={"noise": InstanceNoise(0.1)}).dry_run(image(0.0, 2))


def test_its_networks_in_other_objectives() -> None:
    one = module()
    with pytest.raises(UsageError, match=r"this critic takes pairs of an image of each domain.*objective=cyclegan"):
        GAN(one.generator, one.critic).dry_run(torch.zeros(2, *SHAPE))
    translator = unet.Generator(shape=SHAPE, label_shape=SHAPE, width=4)
    with pytest.raises(UsageError, match=r"unet.Generator does not: use model=cyclegan"):
        CycleGAN(translator, one.critic)
    critic = unet.Critic(shape=SHAPE, label_shape=SHAPE, width=4, receptive_field=16)
    pix2pix = GAN(translator, critic, regularizers={"l1": L1()})
    with pytest.raises(UsageError, match=r"^l1 compares each fake with .* these two domains have no pairs: use object"):
        trained(pix2pix, 1)  # type: ignore[arg-type]
