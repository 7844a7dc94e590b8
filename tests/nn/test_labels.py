"""Conditional training."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from torch.utils.data import DataLoader, TensorDataset

from gan_lightning.core.errors import UsageError
from gan_lightning.core.rng import StepRNG
from gan_lightning.data.sample_source import SampleTable
from gan_lightning.data.stream import HeldOut, StepStream
from gan_lightning.data.tensor_data import TensorData
from gan_lightning.ensemble.compatibility import check_ensemble_support
from gan_lightning.model import mlp
from gan_lightning.nn.labels import bind_labels, check_labels, num_classes_of
from gan_lightning.objective.gan import GAN
from gan_lightning.objective.wgan_gp import WGANGP
from gan_lightning.regularizer import AuxiliaryClassifier, RegularizerInputs
from gan_lightning.trainer.default import build
from tests.helper.modules import networks, same, state


class Slopes(nn.Module):
    """D(x, y) = w_y · x: the norm of its gradient is known, and so is each score."""

    classes = 3

    def __init__(self) -> None:
        super().__init__()
        self.slopes = nn.Parameter(torch.tensor([[3.0, 4.0], [0.0, 1.0], [0.0, 0.0]]))

    def forward(self, x: Tensor, label: Tensor) -> Tensor:
        return (self.slopes[label] * x).sum(1)


class Places(nn.Module):
    """G(z, y) = (y, y), whatever the latent."""

    classes, latent_dim = 3, 2

    def __init__(self) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.ones(()))

    def forward(self, latent: Tensor, label: Tensor) -> Tensor:
        return self.scale * label[:, None].expand(-1, 2).to(latent.dtype)


def test_classes_go_where_the_inputs_are() -> None:
    seen = []

    class Where(nn.Module):
        classes = 3

        def forward(self, x: Tensor, label: Tensor) -> Tensor:
            seen.append(label.device.type)
            return x

    inputs = torch.zeros(4, 2, device="meta")
    bind_labels(Where(), torch.tensor([0, 1, 1, 2]))(inputs)
    bind_labels(Where())(inputs)
    assert seen == ["meta", "meta"]


LABEL = torch.tensor([0, 1, 1, 2])
REAL = torch.tensor([[1.0, 1.0], [5.0, 2.0], [5.0, 4.0], [7.0, 7.0]])  # scores 7, 2, 4, 0; of fakes 0, 1, 1, 0


def points(n: int = 40) -> tuple[Tensor, Tensor]:
    label = torch.arange(n) % 3
    return label[:, None] + 0.1 * torch.randn(n, 2, generator=torch.Generator().manual_seed(0)), label


def pair(critic: str = "projection") -> tuple[nn.Module, nn.Module]:
    torch.manual_seed(0)
    return (
        mlp.Generator(shape=(2,), latent_dim=2, width=8, depth=1, condition="concatenation", classes=3),
        mlp.Critic(shape=(2,), width=8, depth=1, condition=critic, classes=3),  # type: ignore[arg-type]
    )


def fit(module: GAN | WGANGP, steps: int = 2, **trainer: object) -> None:
    samples, labels = points()
    trained = build(max_steps=steps, accelerator="cpu", **trainer)  # type: ignore[arg-type]
    trained.fit(module, datamodule=TensorData(samples, labels=labels, batch_size=4))


# ---- binding of labels -----------------------------------------------------------------------------------------------


def test_inputs_and_labels_are_matched() -> None:
    seen: list[list[int]] = []

    class Listens(nn.Module):
        classes = 3

        def forward(self, x: Tensor, *stage: float, label: Tensor) -> Tensor:
            seen.append(label.tolist())
            return x

    for label, rows in ((LABEL, 4), (LABEL, 2), (LABEL, 8), (LABEL[:1], 3), (None, 5)):
        bind_labels(Listens(), label)(torch.zeros(rows, 1))
    assert seen == [[0, 1, 1, 2], [0, 1], [0, 1, 1, 2] * 2, [0, 0, 0], [0, 1, 2, 0, 1]]
    plain = nn.Linear(1, 1)
    assert bind_labels(plain, LABEL) is plain
    assert (num_classes_of(plain), num_classes_of(Listens())) == (0, 3)


def test_critic_loss_by_hand() -> None:
    module = WGANGP(Places(), Slopes(), gp_weight=10.0)
    loss = module.critic_loss(REAL, StepRNG(), LABEL)
    penalty = 10 * (4**2 + 0 + 0 + 1) / 4  # gradients have norms 5, 1, 1, 0
    assert loss.item() == pytest.approx((0 + 1 + 1 + 0) / 4 - (7 + 2 + 4 + 0) / 4 + penalty, rel=1e-5)
    half = WGANGP(Places(), Slopes(), gp_weight=10.0, gp_batch_fraction=0.5)  # of the first two samples
    assert half.critic_loss(REAL, StepRNG(), LABEL).item() == pytest.approx(0.5 - 13 / 4 + 10 * 16 / 2, rel=1e-5)


def test_generator_loss_by_hand() -> None:
    module = WGANGP(Places(), Slopes(), generator_batch=2)
    assert module.generator_loss(REAL, StepRNG(), LABEL).item() == -0.5


def test_values_without_a_class_are_means_over_classes() -> None:
    module = WGANGP(Places(), Slopes())
    assert module.score(torch.tensor([[1.0, 1.0]])).tolist() == [pytest.approx((7 + 1 + 0) / 3)]


def test_samples_are_of_the_class_that_is_asked_for() -> None:
    module = WGANGP(Places(), Slopes())
    assert module.sample(torch.zeros(2, 2), torch.tensor([2, 0])).tolist() == [[2, 2], [0, 0]]
    assert module.sample(torch.zeros(4, 2))[:, 0].tolist() == [0, 1, 2, 0]


# ---- where labels come from -----------------------------------------------------------------------------------------


def test_labels_are_those_of_the_rows() -> None:
    labels = torch.arange(10) % 3
    table = SampleTable(torch.arange(10.0)[:, None], labels=labels)
    for rank in (0, 1):
        steps = StepStream(table, batches_per_step=3, batch_size=4, rank=rank, world_size=2, labelled=True)
        for k in range(4):  # batches straddle epochs
            made = steps.step_batch(k)
            assert made.label is not None
            assert torch.equal(made.label, labels[made.real.squeeze(2).long()])
    assert StepStream(table, batches_per_step=1, batch_size=4).step_batch(0).label is None
    assert (
        StepStream(SampleTable(torch.zeros(9, 1)), batches_per_step=1, batch_size=4, labelled=True).step_batch(0).label
        is None
    )
    for made in HeldOut(table, batch_size=4):
        assert made.label is not None
        assert torch.equal(made.label, labels[made.real.squeeze(2).long()])
    moved = StepStream(table, batches_per_step=1, batch_size=4, labelled=True).step_batch(0).to("cpu")
    assert moved.label is not None


def test_losses_get_the_classes_of_the_samples() -> None:
    """The networks see each sample with its own label, also in micro-batches, and in validation."""
    wrong: list[float] = []

    class Watches(Slopes):
        def forward(self, x: Tensor, label: Tensor) -> Tensor:
            if not x.requires_grad and len(x) == 2:
                near = (x.detach().mean(1) - label).abs().max().item()
                wrong.append(near)
            return super().forward(x, label)

    module = WGANGP(Places(), Watches(), accumulate=2, n_critic=2, gp_weight=0.1)
    samples, labels = points()
    trained = build(max_steps=3, accelerator="cpu", val_check_interval=3)
    trained.fit(module, datamodule=TensorData(samples, labels=labels, batch_size=4))
    assert len(wrong) > 12
    assert max(wrong) < 0.5  # reals lie within 0.3 of their class, fakes on it, and G moves by 1e-4 a step
    assert module.validation.keys() == {"val_critic_loss", "val_wasserstein"}


def test_plain_batches_with_labels() -> None:
    samples, labels = points()
    module = WGANGP(*pair(), n_critic=2)
    before = state(module)["critic.layers.3.embedding.weight"]
    build(max_steps=2, accelerator="cpu").fit(module, DataLoader(TensorDataset(samples, labels), batch_size=8))
    assert not torch.equal(before, state(module)["critic.layers.3.embedding.weight"])
    with pytest.raises(UsageError, match="there are none: use labelled data"):
        build(max_steps=2, accelerator="cpu").fit(
            WGANGP(*pair(), n_critic=2), DataLoader(TensorDataset(samples), batch_size=8)
        )


def test_unlabelled_data_are_refused() -> None:
    with pytest.raises(UsageError, match="labels from 0 to 3, and the networks have 3 classes, 0 to 2"):
        check_labels(torch.tensor([0, 3]), Slopes(), nn.Linear(1, 1))
    with pytest.raises(UsageError, match="39 labels, the least 0, for 40 samples"):
        TensorData(points()[0], labels=points()[1][1:])
    module = WGANGP(*pair())
    trained = build(max_steps=1, accelerator="cpu")
    module.trainer = trained
    with pytest.raises(UsageError, match="an ensemble has no conditional networks"):
        check_ensemble_support(module)


def test_unconditional_training_is_unchanged() -> None:
    """Labels in the data change no weight of it."""
    samples, labels = points()
    runs = []
    for known in (None, labels):
        module = WGANGP(*networks(), latent_dim=4)
        build(max_steps=2, accelerator="cpu").fit(module, datamodule=TensorData(samples, labels=known, batch_size=4))
        runs.append(state(module))
    assert same(*runs)


# ---- the auxiliary classifier ----------------------------------------------------------------------------------------


def test_auxiliary_classifier_by_hand() -> None:
    generator, critic = pair("none")
    term = AuxiliaryClassifier(critic=2.0, generator=0.5)
    term.attach(generator, critic)
    hidden = nn.Sequential(*list(critic.layers)[:-1])  # type: ignore[arg-type]
    classifier: nn.Module = critic.classifier  # type: ignore[assignment]
    seen = RegularizerInputs(generator, critic, critic, REAL, -REAL, LABEL)
    expected = [cross_entropy(classifier(hidden(x)), LABEL).item() for x in (REAL, -REAL)]
    critic_term, generator_term = term.critic_term(seen), term.generator_term(seen)
    assert critic_term is not None
    assert generator_term is not None
    assert critic_term.item() == pytest.approx(2 * expected[0])
    assert generator_term.item() == pytest.approx(0.5 * expected[1])
    both = AuxiliaryClassifier(fake=True)
    both.features = term.features
    of_both = both.critic_term(seen)
    assert of_both is not None
    assert of_both.item() == pytest.approx(sum(expected) / 2)


def test_the_classifier_learns_in_critic_updates_alone() -> None:
    class Watched(AuxiliaryClassifier):
        def after_step(self, name: str) -> None:
            moves.append((name, classifier().detach().clone()))

    def classifier() -> Tensor:
        weight: Tensor = module.critic.classifier.weight  # type: ignore[assignment, union-attr]
        return weight

    moves: list[tuple[str, Tensor]] = []
    module = GAN(*pair("none"), n_critic=1, regularizers={"classes": Watched()})
    last = classifier().detach().clone()
    fit(module, steps=3)
    assert [name for name, _ in moves] == ["critic", "generator"] * 3
    for name, now in moves:
        assert torch.equal(now, last) == (name == "generator")
        last = now
    assert {"critic_classes", "generator_classes"} < module.step_metrics().keys()
    assert "generator.classifier.weight" not in state(module.ema)


def test_auxiliary_classifier_refusals() -> None:
    with pytest.raises(UsageError, match="conditional on classes: use condition=auxiliary"):
        AuxiliaryClassifier().attach(*networks())
    with pytest.raises(UsageError, match="takes the input of a linear layer"):
        AuxiliaryClassifier().attach(pair()[0], nn.Conv2d(1, 1, 1))
