"""Few labels: what they teach, what they don't tell, and what is refused."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from lightning.pytorch import Callback, LightningModule, Trainer
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, softplus

from gan_lightning.augment import InstanceNoise
from gan_lightning.config.train_config import TrainConfig
from gan_lightning.core.errors import UsageError
from gan_lightning.core.rng import derive_seed
from gan_lightning.data.labelled_subset import labelled_subset
from gan_lightning.data.ring8 import Ring8
from gan_lightning.data.tensor_data import TensorData
from gan_lightning.ensemble.compatibility import check_ensemble_support
from gan_lightning.logger.csv import read
from gan_lightning.loss import Hinge, Minimax, RelativisticPairing, Wasserstein
from gan_lightning.model import mlp
from gan_lightning.nn.class_logits import LogSumExpHead
from gan_lightning.objective.semi_supervised import SemiSupervised
from gan_lightning.regularizer import FeatureMatching
from gan_lightning.regularizer.auxiliary_classifier import AuxiliaryClassifier
from gan_lightning.train import train
from gan_lightning.trainer.default import build
from tests.helper.command import QUICK, checked
from tests.helper.modules import Cloud, networks, play, same, state


def pair(classes: int = 2) -> tuple[nn.Sequential, nn.Sequential]:
    """The small networks, whose critic ends in logits."""
    generator, critic = networks()
    return generator, nn.Sequential(*critic[:-1], LogSumExpHead(nn.Linear(16, classes)))


def game(**options: Any) -> SemiSupervised:
    return SemiSupervised(*pair(), latent_dim=4, **{"labels_per_class": 5, "labelled_batch": 6, **options})


def logits(critic: nn.Sequential, samples: Tensor) -> Tensor:
    found: Tensor = critic[-1].logits(critic[:-1](samples))
    return found


class Taught:
    """The labelled batches of a run on the cloud, from what is documented of them."""

    def __init__(self, each: int = 5, size: int = 6, seed: int = 0) -> None:
        data = Cloud()
        data.setup()
        self.table, self.size, self.seed = (
            labelled_subset(data.train, each, seed)[0],
            size,
            derive_seed(seed, "labelled"),
        )

    def __call__(self, turn: int) -> tuple[Tensor, Tensor]:
        label = self.table.labels_of(self.seed, turn, self.size)
        assert label is not None
        return self.table.batch(self.seed, turn, self.size), label


def test_labels_alone_are_cross_entropy_and_adam() -> None:
    module = game(unsupervised_weight=0.0)
    critic = copy.deepcopy(module.critic)
    adam, batches = torch.optim.Adam(critic.parameters(), 2e-4, betas=(0.5, 0.999)), Taught()
    play(module, steps=7, precision="64-true")
    critic.double()
    for turn in range(7):
        samples, label = batches(turn)
        adam.zero_grad()
        cross_entropy(logits(critic, samples.double()), label).backward()
        adam.step()
    for name, weights in critic.state_dict().items():
        torch.testing.assert_close(module.critic.state_dict()[name], weights, rtol=1e-9, atol=1e-12)


def test_the_critics_loss_is_the_papers() -> None:
    module = game(unsupervised_weight=0.5)
    critic = copy.deepcopy(module.critic)
    losses: list[float] = []

    total = module.sum_terms
    module.sum_terms = lambda loss, **terms: _kept(losses, total(loss, **terms))  # type: ignore[method-assign]
    play(module, steps=1)
    real, fake = (module.metrics.tensors[f"{kind}_score"][0] for kind in ("real", "fake"))
    samples, label = Taught()(0)
    supervised = cross_entropy(logits(critic, samples), label)
    torch.testing.assert_close(module.metrics.tensors["supervised_loss"][0], supervised)
    by_hand = 0.5 * (softplus(-real).mean() + softplus(fake).mean()) + supervised
    assert losses[1] == pytest.approx(by_hand.item(), rel=1e-6)  # the first total is the game's own


def _kept(losses: list[float], loss: Tensor) -> Tensor:
    losses.append(loss.item())
    return loss


def test_every_labelled_sample_comes_as_often() -> None:
    batches = Taught(each=5, size=6)  # ten samples in fives of six: three epochs
    seen = torch.cat([batches(turn)[0] for turn in range(5)])
    assert seen.unique(dim=0, return_counts=True)[1].tolist() == [3] * 10


def test_pieces_share_a_labelled_batch() -> None:
    """As devices do, by the same rows of it (`test_devices` has these)."""
    noise = {"noise": InstanceNoise(0.3)}
    bare = {"regularizers": {}, "adversarial_weight": 1.0}  # matched features are means of a piece
    whole, pieces = (game(augments=noise, accumulate=n, **bare) for n in (1, 2))
    for module in (whole, pieces):
        play(module, steps=5, precision="64-true")
    for name, weights in state(whole).items():
        torch.testing.assert_close(state(pieces)[name], weights, rtol=1e-9, atol=1e-12)


class Scrambled(Callback):
    """Makes every label but those of the chosen another one, before the first step."""

    def on_train_start(self, trainer: Trainer, module: LightningModule) -> None:
        table = trainer.datamodule.train  # type: ignore[attr-defined]
        chosen = labelled_subset(table, 5, 0)[1]
        others = torch.ones(len(table), dtype=torch.bool)
        others[chosen] = False
        table.labels[others] = 1 - table.labels[others]


def test_labels_of_the_others_are_never_looked_at() -> None:
    plain, scrambled = game(), game()
    play(plain, steps=5)
    play(scrambled, steps=5, callbacks=[Scrambled()])
    assert same(state(plain), state(scrambled))


def test_another_seed_chooses_others() -> None:
    one, two = game(seed=1), game(seed=2)
    play(one, steps=1)
    play(two, steps=1)
    assert not torch.equal(one.metrics.tensors["supervised_loss"][0], two.metrics.tensors["supervised_loss"][0])


def test_resumed_run_is_the_uninterrupted_one(tmp_path: Path) -> None:
    whole, first, second = game(), game(), game()
    play(whole, steps=7)
    play(first, steps=4).save_checkpoint(tmp_path / "last.ckpt", weights_only=False)
    trainer = build(max_steps=7, accelerator="cpu")
    trainer.fit(second, datamodule=Cloud(batch_size=8), ckpt_path=tmp_path / "last.ckpt", weights_only=True)
    assert same(state(whole), state(second))


def test_the_generator_matches_features_by_default() -> None:
    module = game()
    play(module, steps=1)
    assert module.adversarial_weight == 0
    assert isinstance(module.regularizers["feature_matching"], FeatureMatching)
    assert module.regularizers["feature_matching"].features.layers[-1] is module.critic[-1].logits  # type: ignore[index]


@pytest.mark.training
def test_ten_labels_tell_the_cloud_apart_and_looking_changes_nothing() -> None:
    optimizer: Callable[..., torch.optim.Optimizer] = lambda p: torch.optim.Adam(p, 3e-2)  # noqa: E731
    looked, unseen = (game(critic_optimizer=optimizer, labelled_batch=10) for _ in range(2))
    trainer = play(looked, steps=60, val_check_interval=30)
    play(unseen, steps=60)
    assert same(state(looked), state(unseen))
    table = trainer.datamodule.held_out  # type: ignore[attr-defined]
    right = (looked.classify(table.rows) == table.labels).float().mean().item()
    assert looked.validation["val_accuracy"] == pytest.approx(right)
    assert right > 0.85  # chance: a half


@pytest.mark.training
@pytest.mark.parametrize("weight", [1, 0])
def test_the_experiment_tells_its_accuracy(tmp_path: Path, weight: int) -> None:
    overrides = ["experiment=semi_supervised_digits", *QUICK, "trainer.val_check_interval=3", "data.batch_size=4"]
    small = ["model.critic.width=8", "model.generator.width=8", f"objective.unsupervised_weight={weight}"]
    off = [f"callback.{name}=null" for name in ("samples", "score", "curves", "loss_vs_score", "doctor", "checkpoint")]
    config = checked(*overrides, *small, *off, f"run_dir={tmp_path / 'run'}")
    train(TrainConfig(**config))
    row = read(tmp_path / "run" / "metrics.csv")[-1]
    assert row["step"] == 3
    assert 0 <= row["val_accuracy"] <= 1
    assert row["val_accuracy"] * 500 == pytest.approx(round(row["val_accuracy"] * 500))
    assert row["supervised_loss"] > 0


@pytest.mark.parametrize(
    ("options", "line"),
    [
        ({"loss": Wasserstein()}, "the logit of being real, and Wasserstein takes no logits: use loss@objective"),
        ({"loss": Hinge()}, "Hinge takes no logits"),
        ({"loss": RelativisticPairing()}, "RelativisticPairing takes no logits"),
        ({"labels_per_class": 0}, r"^SemiSupervised: labels_per_class=0 must be greater than or equal to 1$"),
        ({"unsupervised_weight": -1.0}, r"unsupervised_weight=-1.0 must be greater than or equal to 0$"),
    ],
)
def test_refused_before_there_is_a_game(options: dict[str, Any], line: str) -> None:
    with pytest.raises(UsageError, match=line):
        game(**options)


def test_refused_networks() -> None:
    with pytest.raises(UsageError, match=r"this one does not: use condition.critic=classifier$"):
        SemiSupervised(*networks(), latent_dim=4)
    mixing = nn.Sequential(nn.Linear(2, 4), nn.BatchNorm1d(4), LogSumExpHead(nn.Linear(4, 2)))
    with pytest.raises(UsageError, match=r"critic layer '1' \(BatchNorm1d\) mixes the batch: use"):
        SemiSupervised(networks()[0], mixing, latent_dim=4)
    told = mlp.Generator(shape=[2], condition="concatenation", classes=2)
    for regularizers in ({}, {"auxiliary_classifier": AuxiliaryClassifier()}):
        critic = mlp.Critic(shape=[2], condition="classifier", classes=2)
        with pytest.raises(UsageError, match=r"use condition\.generator=none and no auxiliary classifier"):
            SemiSupervised(told, critic, regularizers=regularizers)
    with pytest.raises(UsageError, match="these data have none: use labelled data"):
        mlp.Critic(shape=[2], condition="classifier")


@pytest.mark.parametrize(
    ("options", "data", "line"),
    [
        ({}, Ring8(batch_size=8), "takes a finite data set that has some"),
        ({}, TensorData(torch.randn(50, 2), batch_size=8), "takes a finite data set that has some"),
        (
            {"labels_per_class": 600},
            Cloud(batch_size=8),
            r"labels_per_class=600, but there are only 4\d\d training samples of class",
        ),
        (
            {},
            TensorData(torch.randn(90, 2), batch_size=8, labels=torch.arange(90) % 3),
            "the data have 3 classes, the critic has logits for 2",
        ),
        (
            {"labelled_batch": 7, "accumulate": 2},
            Cloud(batch_size=8),
            r"^objective.labelled_batch=7 does not divide into 1 device\(s\) × 2 mic",
        ),
    ],
)
def test_refused_data(options: dict[str, Any], data: Any, line: str) -> None:
    with pytest.raises(UsageError, match=line):
        build(max_steps=1, accelerator="cpu").fit(game(**options), datamodule=data)


def test_refused_company() -> None:
    bare = {"regularizers": {}, "adversarial_weight": 1.0, "loss": Minimax()}
    with pytest.raises(UsageError, match="can't follow SemiSupervised's labelled samples: leave it out"):
        play(game(**bare), compile=True)
    module = game(**bare)
    module.trainer = build(max_steps=1, accelerator="cpu")
    with pytest.raises(UsageError, match="an ensemble has no labelled samples"):
        check_ensemble_support(module)
