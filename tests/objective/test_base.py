from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import torch
from lightning.pytorch import Trainer
from lightning.pytorch.strategies import DDPStrategy
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset

from gan_lightning.core.errors import UsageError
from gan_lightning.core.rng import new_rng as generator_of
from gan_lightning.data.sample_source import SampleTable
from gan_lightning.distributed.flat_ddp import FlatDDP, check_strategy
from gan_lightning.loss import Hinge
from gan_lightning.objective.base import AdversarialModule
from gan_lightning.objective.gan import GAN
from gan_lightning.objective.micro_batches import MicroBatches
from gan_lightning.objective.wgan import WGAN
from gan_lightning.objective.wgan_gp import WGANGP
from gan_lightning.optimizer import Adam
from gan_lightning.penalty import R1R2
from gan_lightning.schedule.linear_decay import LinearDecay
from tests.helper.modules import Cloud, networks, play, same, state

FAMILIES = [WGANGP, WGAN, GAN]


class Witness:
    """Writes down what happens in each move of a game."""

    def __init__(self, module: AdversarialModule) -> None:
        self.moves: list[str] = []
        self.opponent_unchanged: list[bool] = []
        self.reals: list[list[Tensor]] = []
        original, score = module.player_step, module.scores

        @contextmanager
        def move(network: nn.Module) -> Iterator[None]:
            critic_moves = network is module.critic
            opponent = module.generator if critic_moves else module.critic
            before = state(opponent)
            self.moves.append("critic" if critic_moves else "generator")
            self.reals.append([])
            with original(network):
                yield
            self.opponent_unchanged.append(same(before, state(opponent)))

        def scores(samples: Tensor, label: Tensor | None = None) -> Tensor:
            self.reals[-1].append(samples.detach())
            return score(samples, label)

        module.player_step, module.scores = move, scores  # type: ignore[method-assign]


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("n_critic", [1, 3])
def test_a_step_is_a_step(family: type[AdversarialModule], n_critic: int) -> None:
    module = family(*networks(), latent_dim=4, n_critic=n_critic)  # type: ignore[call-arg]
    witness = Witness(module)
    trainer = play(module, steps=4)
    assert trainer.global_step == 4
    assert witness.moves == (["critic"] * n_critic + ["generator"]) * 4


@pytest.mark.parametrize("family", FAMILIES)
def test_one_moves_and_the_other_stays_bit_for_bit(family: type[AdversarialModule]) -> None:
    norm = family is not WGANGP
    module = family(*networks(norm=norm, spectral=True), latent_dim=4, n_critic=2)  # type: ignore[call-arg]
    witness = Witness(module)
    first = state(module)
    play(module, steps=3)
    assert witness.opponent_unchanged == [True] * 9
    last = state(module)
    moved = {name for name in first if not torch.equal(first[name], last[name])}
    if norm:  # each player's own running statistics do follow its own turns
        assert {"generator.1.running_mean", "critic.1.running_mean"} <= moved
    assert all(name in moved for name in first if name.endswith(("weight", "original")) and "ema" not in name)


def test_every_critic_turn_sees_fresh_reals() -> None:
    module = WGAN(*networks(), latent_dim=4, n_critic=5)
    witness = Witness(module)
    play(module, steps=4, batch_size=50)  # 4 · 5 · 50 = the 1,000 points, once each
    seen = torch.cat([reals[0] for name, reals in zip(witness.moves, witness.reals, strict=True) if name == "critic"])
    assert len(seen.unique(dim=0)) == 1000


@pytest.mark.parametrize("family", FAMILIES)
def test_same_seed_same_weights_twice(family: type[AdversarialModule]) -> None:
    runs = []
    for seed in (0, 0, 1):
        module = family(*networks(), latent_dim=4, seed=seed)  # type: ignore[call-arg]
        torch.rand(len(runs) + 3)  # whatever the global generator did before
        play(module, steps=5)
        runs.append(state(module))
    assert same(runs[0], runs[1])
    assert not same(runs[0], runs[2])


@pytest.mark.parametrize("precision", ["64-true", "bf16-mixed"])
def test_step_is_the_papers_algorithm(precision: str) -> None:
    """Against algorithm 1 of Gulrajani et al. 2017 written out, from the same weights and the same draws."""
    module = WGANGP(*networks(), latent_dim=4, n_critic=2, ema_decay=0.5, critic_optimizer=Adam(0.02, (0.0, 0.9)))
    play(module, steps=3, batch_size=8, precision=precision)

    double = precision == "64-true"
    dtype = torch.float64 if double else torch.float32
    generator, critic = (n.to(dtype) for n in networks())
    average = state(generator)
    # Steps large enough for a stale or rounded gradient to show.
    adam = [
        torch.optim.Adam(network.parameters(), lr=lr, betas=(0.0, 0.9), fused=True)
        for network, lr in ((critic, 0.02), (generator, 1e-4))
    ]
    points: SampleTable = Cloud(batch_size=8).load()[0]

    def autocast() -> torch.autocast:
        return torch.autocast("cpu", torch.bfloat16, enabled=not double)

    for k in range(3):
        for turn in (2 * k, 2 * k + 1):
            x = points.batch(0, turn, 8).to(dtype)
            source = generator_of(0, "critic", turn)
            with autocast():
                fake = generator(torch.randn(8, 4, generator=source, dtype=dtype)).detach()
                epsilon = torch.rand(8, 1, generator=source, dtype=dtype)
                loss = critic(fake).to(dtype).mean() - critic(x).to(dtype).mean()
            between = (fake + epsilon * (x - fake)).to(dtype).requires_grad_()
            (slope,) = torch.autograd.grad(critic(between).sum(), between, create_graph=True)
            loss = loss + 10 * ((slope.square().sum(1) + 1e-12).sqrt() - 1).square().mean()
            adam[0].zero_grad()
            loss.backward()
            adam[0].step()
        with autocast():
            z = torch.randn(8, 4, generator=generator_of(0, "generator", k), dtype=dtype)
            loss = -critic(generator(z)).to(dtype).mean()
        adam[1].zero_grad()
        loss.backward()
        adam[1].step()
        decay = min(0.5, (1 + k) / (10 + k))
        average = {n: decay * average[n] + (1 - decay) * v for n, v in state(generator).items()}

    tolerance = {"rtol": 1e-10, "atol": 1e-12} if double else {"rtol": 1e-3, "atol": 2e-4}
    torch.testing.assert_close(state(module.critic), state(critic), **tolerance)
    torch.testing.assert_close(state(module.generator), state(generator), **tolerance)
    torch.testing.assert_close(state(module.ema.generator), average, **tolerance)


@pytest.mark.parametrize("family", FAMILIES)
def test_accumulated_pieces_are_one_batch(family: type[AdversarialModule]) -> None:
    runs = []
    for pieces in (1, 4):
        module = family(*networks(), latent_dim=4, accumulate=pieces, n_critic=2)  # type: ignore[call-arg]
        play(module, steps=5, batch_size=16, precision="64-true")
        runs.append(state(module))
    torch.testing.assert_close(runs[0], runs[1], rtol=1e-9, atol=1e-12)


def test_gradients_are_clipped_player_by_player() -> None:
    module = GAN(*networks(), latent_dim=4, critic_max_norm=1e-3, generator_max_norm=1e-4)
    norms: dict[str, float] = {}

    def norm_of(name: str) -> object:
        def hook(optimizer: torch.optim.Optimizer, *_: object) -> None:
            gradients = [p.grad for group in optimizer.param_groups for p in group["params"]]
            norms[name] = torch.cat([g.flatten() for g in gradients]).norm().item()

        return hook

    configure = module.configure_optimizers

    def hooked() -> list[torch.optim.Optimizer]:
        critic, generator = configure()
        critic.register_step_pre_hook(norm_of("critic"))  # type: ignore[arg-type]
        generator.register_step_pre_hook(norm_of("generator"))  # type: ignore[arg-type]
        return [critic, generator]

    module.configure_optimizers = hooked  # type: ignore[method-assign]
    play(module, steps=1)
    assert norms == {"critic": pytest.approx(1e-3, rel=1e-2), "generator": pytest.approx(1e-4, rel=1e-1)}


def test_schedule_scales_both_rates_by_the_step() -> None:
    module = GAN(*networks(), latent_dim=4, schedule=LinearDecay(end_step=4), generator_optimizer=Adam(4e-3))
    trainer = play(module, steps=4)
    # the last step is k = 3: a quarter of the way from zero
    assert [o.param_groups[0]["lr"] for o in trainer.optimizers] == pytest.approx([2e-4 / 4, 4e-3 / 4])


def test_penalty_falls_by_its_schedule() -> None:
    def penalty(factor: float) -> float:
        module = WGANGP(*networks(), latent_dim=4, n_critic=1, penalty_schedule=lambda k: factor / (k + 1))
        play(module, steps=1)
        return module.step_metrics()["penalty"]

    assert penalty(0.25) == pytest.approx(penalty(1.0) / 4)
    module = WGANGP(*networks(), latent_dim=4, n_critic=2, penalty_schedule=lambda k: float(k < 3))
    play(module, steps=4)
    assert module.step_metrics()["penalty"] == 0


@pytest.mark.parametrize("dropout", [0.0, 0.5])
def test_resumed_run_is_the_uninterrupted_one(tmp_path: Path, dropout: float) -> None:
    def game() -> WGANGP:
        generator, critic = networks()
        return WGANGP(generator, nn.Sequential(critic[:3], nn.Dropout(dropout), critic[3]), latent_dim=4)

    whole, first, second = game(), game(), game()
    play(whole, steps=7)
    play(first, steps=4).save_checkpoint(tmp_path / "last.ckpt", weights_only=False)
    trainer = Trainer(
        max_steps=7, accelerator="cpu", logger=False, enable_checkpointing=False, enable_progress_bar=False
    )
    trainer.fit(second, datamodule=Cloud(batch_size=8), ckpt_path=tmp_path / "last.ckpt", weights_only=True)
    assert trainer.global_step == 7
    assert same(state(whole), state(second))


def test_validation_leaves_no_trace_and_says_what_the_critic_thinks() -> None:
    plain = WGAN(*networks(norm=True, spectral=True), latent_dim=4)
    play(plain, steps=4)
    looked = WGAN(*networks(norm=True, spectral=True), latent_dim=4)
    play(looked, steps=4, val_check_interval=2, batch_size=8)
    assert same(state(plain), state(looked))
    assert looked.validation.keys() == {"val_critic_loss", "val_wasserstein"}
    assert looked.validation["val_wasserstein"] == -looked.validation["val_critic_loss"]


def test_figures_are_those_of_the_last_step() -> None:
    module = WGANGP(*networks(), latent_dim=4)
    assert module.step_metrics() == {}
    play(module, steps=3)
    figures = module.step_metrics()
    scores, losses = {"real_score", "fake_score", "wasserstein"}, {"critic_loss", "penalty", "generator_loss"}
    assert figures.keys() == scores | losses | {"critic_grad_norm", "generator_grad_norm"}
    assert figures["wasserstein"] == pytest.approx(figures["real_score"] - figures["fake_score"], abs=1e-6)
    assert figures["critic_loss"] == pytest.approx(-figures["wasserstein"], abs=1e-6)


def test_samples_and_scores_leave_no_trace() -> None:
    module = GAN(*networks(norm=True, spectral=True), latent_dim=4)
    play(module, steps=2)
    before, chance = state(module), torch.get_rng_state()
    latent = module.latent(3, "pictures")
    assert torch.equal(latent, module.latent(3, "pictures"))
    assert not torch.equal(latent, module.latent(3, "scores"))
    assert module.score(module.sample(latent)).shape == (3, 1)
    assert same(before, state(module))
    assert torch.equal(chance, torch.get_rng_state())


def test_lazy_penalty_skips_turns() -> None:
    module = GAN(*networks(), latent_dim=4, penalty=R1R2(r1=1.0, interval=3), loss=Hinge())
    acted = []
    penalty = module.penalty
    module.penalty = type(
        "Spy",
        (),
        {
            "per_sample": True,
            "__call__": lambda self, *a: acted.append(penalty(*a) is not None),
            "project": lambda self, critic: None,
        },
    )()
    play(module, steps=7)
    assert acted == [True, False, False, True, False, False, True]


@pytest.mark.filterwarnings("ignore:.*many workers")
def test_plain_dataloader_and_trainer() -> None:
    """As in the README, without Hydra and without our data modules: a batch is a step."""
    points = torch.randn(400, 2)
    module = WGANGP(*networks(), latent_dim=4, n_critic=5)
    witness = Witness(module)
    loader = DataLoader(TensorDataset(points, torch.zeros(400)), batch_size=40, drop_last=True)
    trainer = Trainer(
        max_steps=3, accelerator="cpu", logger=False, enable_checkpointing=False, enable_progress_bar=False
    )
    trainer.fit(module, loader)
    assert trainer.global_step == 3
    reals = [r[0] for name, r in zip(witness.moves, witness.reals, strict=True) if name == "critic"]
    assert torch.equal(torch.cat(reals), points[:120])
    assert {len(r) for r in reals} == {8}


def test_refuses_a_batch_that_makes_no_step() -> None:
    dealer = MicroBatches(seed=0, n_critic=5)
    with pytest.raises(UsageError, match="multiple of 5"):
        next(dealer.critic_updates(torch.zeros(64, 2), 0))


def test_refuses_a_batch_that_devices_cannot_share() -> None:
    with pytest.raises(UsageError, match="make it a multiple of 3"):
        play(GAN(*networks(), latent_dim=4, accumulate=3), batch_size=8)


def test_refuses_wrapped_ddp() -> None:
    with pytest.raises(UsageError, match="FlatDDP"):
        check_strategy(DDPStrategy())
    check_strategy(DDPStrategy(find_unused_parameters=True))
    check_strategy(FlatDDP())


def test_refuses_generators_of_unknown_latents() -> None:
    with pytest.raises(UsageError, match="pass latent_dim="):
        GAN(*networks())


@pytest.mark.parametrize(
    ("family", "wrong", "says"),
    [
        (WGANGP, {"n_critic": 0}, "n_critic=0 must be greater than or equal to 1"),
        (WGANGP, {"gp_weight": -1.0}, "gp_weight=-1.0 must be greater than or equal to 0"),
        (WGAN, {"clip": 0.0}, "clip=0.0 must be greater than 0"),
        (GAN, {"accumulate": 0}, "accumulate=0 must be greater than or equal to 1"),
        (GAN, {"ema_decay": 1.0}, "ema_decay=1.0 must be less than 1"),
        (GAN, {"seed": -1}, "seed=-1 must be greater than or equal to 0"),
        (GAN, {"n_critic": "five"}, "n_critic='five' must be a whole number"),
    ],
)
def test_refuses_values_out_of_range(family: type[AdversarialModule], wrong: dict[str, object], says: str) -> None:
    with pytest.raises(UsageError, match=says):
        family(*networks(), latent_dim=4, **wrong)  # type: ignore[arg-type]
