"""Labels of numbers: their range, their embedding, and networks that take them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn.functional import one_hot

from gan_lightning.core.errors import UsageError
from gan_lightning.core.rng import StepRNG
from gan_lightning.data.sample_source import SampleTable
from gan_lightning.data.stream import HeldOut, StepStream
from gan_lightning.data.tensor_data import TensorData
from gan_lightning.model import biggan, dcgan, mlp, progressive, r3gan, resnet, series
from gan_lightning.nn.conditioning import LabelPlane, LatentConditioning, Projection
from gan_lightning.nn.label_numbers import LabelRange, NumberEmbedding, set_label_range
from gan_lightning.nn.labels import bind_labels, check_labels, is_conditional, label_shape_of, labels_in_turn
from gan_lightning.objective.micro_batches import split_batch
from gan_lightning.objective.wgan_gp import WGANGP
from gan_lightning.regularizer import AuxiliaryClassifier
from gan_lightning.trainer.default import build
from tests.helper.modules import same, state

NUMBERS = torch.tensor([[1000.0, 5.0, 0.0], [2000.0, 5.0, 1.0], [1500.0, 5.0, 0.25]])


def test_range_by_hand() -> None:
    network = nn.Sequential(nn.Linear(3, 3), LabelRange(3))
    inside = torch.tensor([[0.5, -0.25, 1.0]])
    assert torch.equal(network[1](inside), inside)  # until it is set
    set_label_range(network, NUMBERS)
    assert network[1](NUMBERS).tolist() == [[-1, 0, -1], [1, 0, 1], [0, 0, -0.5]]  # a constant is 0
    assert labels_in_turn(LabelsOf(network), 2).tolist() == [[1500, 5, 0.5]] * 2


class LabelsOf(nn.Module):
    """A network around another, of three numbers."""

    label_shape = (3,)

    def __init__(self, inner: nn.Module) -> None:
        super().__init__()
        self.inner = inner


def test_embedding_is_the_table_of_one_hot_labels() -> None:
    """A class as one-hot numbers is the class: the linear embedding is the table."""
    torch.manual_seed(0)
    label, x = torch.tensor([2, 0, 1]), torch.randn(3, 4)
    hot = one_hot(label, 3).float()
    for by_class, by_number, inputs in (
        (Projection(nn.Linear(4, 1), 4, 3), Projection(nn.Linear(4, 1), 4, 0, (3,)), x),
        (LabelPlane(3, (2, 2)), LabelPlane(0, (2, 2), (3,)), torch.randn(3, 1, 2, 2)),
    ):
        parts = dict(by_number.named_parameters())
        for name, value in by_class.named_parameters():
            parts[name].data.copy_(value)
        torch.testing.assert_close(by_class(inputs, label), by_number(inputs, hot))
    embedding = NumberEmbedding(3, 5)
    torch.testing.assert_close(embedding(hot), embedding.weight[label])


def test_latents_are_joined_with_numbers_in_their_range() -> None:
    entrance = LatentConditioning("concatenation", 0, 2, norms=False, label_shape=(3,))
    set_label_range(entrance, NUMBERS)
    joined, condition = entrance(torch.zeros(3, 2), NUMBERS)
    assert entrance.inputs == 5
    assert condition is None
    assert joined.tolist() == [[0, 0, -1, 0, -1], [0, 0, 1, 0, 1], [0, 0, 0, 0, -0.5]]


PAIRS: dict[str, Any] = {
    "mlp": (mlp, (2,), "concatenation", "projection"),
    "mlp, concatenated": (mlp, (2,), "concatenation", "concatenation"),
    "dcgan": (dcgan, (1, 8, 8), "norm", "projection"),
    "dcgan, virtual norm, plane": (dcgan, (1, 8, 8), "concatenation", "concatenation"),
    "resnet": (resnet, (1, 16, 16), "norm", "projection"),
    "series": (series, (1, 16), "concatenation", "projection"),
    "biggan": (biggan, (1, 16, 16), "norm", "projection"),
    "r3gan": (r3gan, (1, 16, 16), "concatenation", "projection"),
    "r3gan, plane": (r3gan, (1, 16, 16), "concatenation", "concatenation"),
    "progressive": (progressive, (1, 16, 16), "concatenation", "projection"),
}


@pytest.mark.parametrize("name", PAIRS)
def test_networks_follow_their_numbers(name: str) -> None:
    module, shape, of_generator, of_critic = PAIRS[name]
    torch.manual_seed(0)
    options: dict[str, Any] = {"norm": "virtual", "reference": 3} if "virtual" in name else {}
    width = {"base_width": 64} if module is progressive else {"width": 8}
    latent_dim = 6 if module is biggan else 4
    generator = module.Generator(
        shape=shape, latent_dim=latent_dim, condition=of_generator, label_shape=[3], **width, **options
    )
    critic = module.Critic(shape=shape, condition=of_critic, label_shape=[3], **width)
    latent = torch.randn(1, latent_dim).expand(4, -1)
    label = torch.tensor([[0.0, 0, 0], [0.5, 0, 0], [0, 0.5, 0], [0.5, 0, 0]])
    for network in (generator, critic):
        assert label_shape_of(network) == (3,)
        assert is_conditional(network)
        network.eval()
    for layer in [*generator.modules(), *critic.modules()]:
        if isinstance(layer, nn.Linear):
            nn.init.normal_(layer.weight)  # DCGAN's are small, and norms of the condition begin at none
    fake = bind_labels(generator, label)(latent)
    scores = bind_labels(critic, label)(fake[:1].expand_as(fake)).reshape(4, -1)
    for rows in (fake.flatten(1), scores):
        torch.testing.assert_close(rows[1], rows[3])
        assert not torch.allclose(rows[0], rows[1], rtol=1e-4, atol=1e-5)
        assert not torch.allclose(rows[1], rows[2], rtol=1e-4, atol=1e-5)


class Follows(nn.Module):
    """G(z, y) = y, and D(x, y) = ⟨x, y⟩: known scores, and gradients y."""

    label_shape, latent_dim = (2,), 2

    def __init__(self, critic: bool) -> None:
        super().__init__()
        self.scale, self.critic = nn.Parameter(torch.ones(())), critic

    def forward(self, x: Tensor, label: Tensor) -> Tensor:
        return self.scale * ((x * label).sum(1) if self.critic else label)


def test_critic_loss_by_hand() -> None:
    module = WGANGP(Follows(critic=False), Follows(critic=True), gp_weight=10.0)
    real, label = torch.tensor([[1.0, 1.0], [2.0, 0.0]]), torch.tensor([[3.0, 4.0], [0.0, 1.0]])
    # Scores of reals 7 and 0, of fakes 25 and 1; the gradients' norms are 5 and 1.
    assert module.critic_loss(real, StepRNG(), label).item() == pytest.approx(26 / 2 - 7 / 2 + 10 * 16 / 2, rel=1e-5)
    assert module.sample(torch.zeros(2, 2), label).tolist() == label.tolist()


def test_labels_follow_the_rows_of_batches_and_ranks() -> None:
    labels = torch.rand(10, 3)
    table = SampleTable(torch.arange(10.0)[:, None], labels=labels)
    for rank in (0, 1):
        steps = StepStream(table, batches_per_step=3, batch_size=4, rank=rank, world_size=2, labelled=True)
        for k in range(4):
            made = steps.step_batch(k)
            assert made.label is not None
            assert torch.equal(made.label, labels[made.real.squeeze(2).long()])
    held_out = [batch.label for batch in HeldOut(table, batch_size=4)]
    assert torch.equal(torch.cat([one[0] for one in held_out if one is not None]), labels)


def test_a_mirrored_image_has_a_mirrored_label() -> None:
    images = torch.arange(16, dtype=torch.uint8).view(4, 1, 1, 4)
    table = SampleTable(images, flip=True, labels=images + 100)
    batches = [(0, k, 4) for k in range(8)]
    pairs = [(table.batch(*one), table.labels_of(*one)) for one in batches]
    assert all(label is not None and torch.equal(real + 100, label) for real, label in pairs)
    assert len({int(real[0, 0, 0, 0] % 4) for real, _ in pairs}) == 2  # some are mirrored
    assert torch.equal(images, torch.arange(16, dtype=torch.uint8).view(4, 1, 1, 4))


def test_labels_of_a_dataloader() -> None:
    real = torch.zeros(4, 2)

    def label_of(label: Tensor) -> Tensor | None:
        return split_batch((real, label))[1]

    assert label_of(torch.arange(4)) is not None
    assert label_of(torch.rand(4)) is None  # what it was before
    hot = label_of(torch.tensor([[1, 0, 1]] * 4))
    assert hot is not None
    assert hot.tolist() == [[1.0, 0.0, 1.0]] * 4
    assert label_of(torch.zeros(4, 1, 2, 2, dtype=torch.uint8)) is not None
    assert label_of(torch.zeros(3, 2)) is None


def module(**options: Any) -> WGANGP:
    torch.manual_seed(0)
    return WGANGP(
        mlp.Generator(shape=(2,), latent_dim=2, width=8, depth=1, condition="concatenation", label_shape=[2]),
        mlp.Critic(shape=(2,), width=8, depth=1, condition="projection", label_shape=[2]),
        **options,
    )


def data(labels: Tensor | None = None) -> TensorData:
    points = torch.randn(40, 2, generator=torch.Generator().manual_seed(0))
    return TensorData(
        points, labels=torch.stack([points[:, 0] * 100, points[:, 1]], 1) if labels is None else labels, batch_size=8
    )


def test_resumed_run_is_the_uninterrupted_one(tmp_path: Path) -> None:
    whole, first, second = module(), module(), module()

    def fit(one: WGANGP, steps: int, **options: Any) -> Any:
        trainer = build(max_steps=steps, accelerator="cpu")
        trainer.fit(one, datamodule=data(), **options)
        return trainer

    fit(whole, 7)
    fit(first, 4).save_checkpoint(tmp_path / "last.ckpt", weights_only=False)
    fit(second, 7, ckpt_path=tmp_path / "last.ckpt", weights_only=True)
    assert same(state(whole), state(second))
    ends = whole.ema.generator.entrance.concat.range  # type: ignore[union-attr]
    assert ends.high[0] > 100  # type: ignore[index, union-attr, operator]
    assert torch.equal(ends.high, whole.critic.layers[-1].embedding.range.high)  # type: ignore[index, union-attr, arg-type]


def test_refusals() -> None:
    with pytest.raises(UsageError, match=r"^labels are classes, and the networks take numbers of shape \[2\]"):
        check_labels(torch.zeros(1, 4, dtype=torch.int64), module().generator)
    with pytest.raises(UsageError, match=r"of \[1, 4, 3\], and the networks take numbers of shape \[2\]"):
        check_labels(torch.zeros(1, 4, 3), module().critic)
    with pytest.raises(UsageError, match=r"^some labels are NaN or infinite"):
        check_labels(torch.full((1, 4, 2), torch.nan), module().critic)
    by_class = mlp.Critic(shape=(2,), width=8, condition="projection", classes=3)
    with pytest.raises(UsageError, match=r"of \[1, 4, 2\], and the networks have 3 classes"):
        check_labels(torch.zeros(1, 4, 2), by_class)
    with pytest.raises(UsageError, match=r"of \[36, 3\], and the networks take numbers of shape \[2\]"):
        build(max_steps=1, accelerator="cpu").fit(module(), datamodule=data(torch.rand(40, 3)))
    with pytest.raises(UsageError, match=r"condition.critic=classifier predicts classes, and these labels are numbers"):
        mlp.Critic(shape=(2,), condition="classifier", label_shape=[2])
    with pytest.raises(UsageError, match="here labels are images: use model=unet"):
        mlp.Generator(shape=(2,), condition="concatenation", label_shape=[1, 8, 8])
    with pytest.raises(UsageError, match=r"^an auxiliary classifier needs a generator conditional on classes"):
        module(regularizers={"classes": AuxiliaryClassifier()})


@pytest.mark.parametrize(
    ("labels", "wrong"),
    [
        (torch.rand(3, 2), "3 labels for 40 samples"),
        (torch.full((40, 2), torch.inf), "NaN or infinity"),
        (torch.rand(40, 2, 2), r"numbers \[N, k\] or images"),
    ],
)
def test_labels_that_are_none(labels: Tensor, wrong: str) -> None:
    with pytest.raises(UsageError, match=wrong):
        data(labels)
