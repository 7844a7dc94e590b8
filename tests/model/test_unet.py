"""The U-Net and its critic of patches."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from gan_lightning.core.errors import UsageError
from gan_lightning.data.tensor_data import TensorData
from gan_lightning.model.unet import Critic, Generator
from gan_lightning.nn.patch_critic import HALVINGS
from gan_lightning.objective.gan import GAN
from gan_lightning.regularizer import L1
from gan_lightning.trainer.default import build
from tests.helper.modules import same, state


def generator(**options: object) -> Generator:
    torch.manual_seed(0)
    return Generator(shape=(3, 32, 32), label_shape=(1, 32, 32), width=4, **options)  # type: ignore[arg-type]


def test_levels_of_64_px_are_the_papers_encoder() -> None:
    net = Generator(shape=(3, 64, 64), label_shape=(1, 64, 64))
    down = [m for m in net.down.modules() if isinstance(m, torch.nn.Conv2d)]
    up = [m for m in net.up.modules() if isinstance(m, torch.nn.ConvTranspose2d)]
    assert [(m.in_channels, m.out_channels) for m in down] == [(1, 64), (64, 128), (128, 256), (256, 512)]
    assert [(m.in_channels, m.out_channels) for m in up] == [(512, 256), (512, 128), (256, 64), (128, 3)]
    assert [m.p for m in net.up.modules() if isinstance(m, torch.nn.Dropout)] == [0.5] * 3


def test_output_follows_the_image_and_not_the_latent() -> None:
    net, image = generator().eval(), torch.rand(2, 1, 32, 32)
    one, other = net(torch.zeros(2, 1), label=image), net(torch.randn(2, 1), label=image)
    assert torch.equal(one, other)
    assert one.shape == (2, 3, 32, 32)
    assert not torch.allclose(one, net(torch.zeros(2, 1), label=image.flip(3)))
    training = generator().train()
    assert not torch.equal(training(torch.zeros(2, 1), label=image), training(torch.zeros(2, 1), label=image))


def test_skips_carry_detail_past_the_bottleneck() -> None:
    """With the innermost layer cut off, the output still depends on every pixel."""
    net = generator(norm="none").eval()
    torch.nn.init.zeros_(net.up[0][1].weight)  # type: ignore[index, arg-type]
    image = torch.rand(1, 1, 32, 32, requires_grad=True)
    net(torch.zeros(1, 1), label=image).square().sum().backward()
    assert image.grad is not None
    assert (image.grad != 0).all()


def test_any_size_that_can_be_halved_as_often() -> None:
    net = generator().eval()
    assert net.multiple == 8
    assert net(torch.zeros(1, 1), label=torch.rand(1, 1, 24, 80)).shape == (1, 3, 24, 80)


@pytest.mark.parametrize("field", [1, *HALVINGS])
def test_a_score_depends_on_a_patch_of_both_images(field: int) -> None:
    torch.manual_seed(0)
    shape = (1, 192, 192)
    critic = Critic(shape=shape, label_shape=shape, receptive_field=field, width=2, norm="none")  # type: ignore[arg-type]
    sample, label = (torch.randn(1, *shape, requires_grad=True) for _ in range(2))
    scores = critic(sample, label=label)
    scores[0, scores.shape[1] // 2, scores.shape[2] // 2].backward()
    for image in (sample, label):
        assert image.grad is not None
        rows, columns = image.grad[0, 0].abs().gt(0).nonzero().T
        assert [int(one.max() - one.min()) + 1 for one in (rows, columns)] == [field, field]


def test_scores_of_the_paper() -> None:
    critic = Critic(shape=(3, 256, 256), label_shape=(1, 256, 256), width=2)
    assert critic(torch.zeros(1, 3, 256, 256), label=torch.zeros(1, 1, 256, 256)).shape == (1, 30, 30)


def test_resumed_run_is_the_uninterrupted_one(tmp_path: Path) -> None:
    """Dropout included, of pairs that are mirrored."""
    images = torch.randint(256, (20, 1, 16, 16), generator=torch.Generator().manual_seed(0), dtype=torch.uint8)

    def module() -> GAN:
        torch.manual_seed(0)
        sizes: dict[str, Any] = {"shape": (1, 16, 16), "label_shape": (1, 16, 16), "width": 4}
        return GAN(Generator(**sizes), Critic(receptive_field=16, **sizes), regularizers={"l1": L1()})

    def fit(one: GAN, steps: int, **options: Any) -> Any:
        trainer = build(max_steps=steps, accelerator="cpu")
        trainer.fit(one, datamodule=TensorData(images, labels=255 - images, flip=True, batch_size=4), **options)
        return trainer

    whole, first, second = module(), module(), module()
    fit(whole, 7)
    fit(first, 4).save_checkpoint(tmp_path / "last.ckpt", weights_only=False)
    fit(second, 7, ckpt_path=tmp_path / "last.ckpt", weights_only=True)
    assert same(state(whole), state(second))
    assert whole.step_metrics()["generator_l1"] > 1


def test_refusals() -> None:
    for network in (Generator, Critic):
        for label_shape in (None, [3]):
            with pytest.raises(UsageError, match="these data have no images as labels: use data=paired_folder"):
                network(shape=(1, 32, 32), label_shape=label_shape)
        with pytest.raises(UsageError, match=r"of \[1, 16, 16\] to images of the same size, and these are"):
            network(shape=(1, 32, 32), label_shape=[1, 16, 16])
    with pytest.raises(UsageError, match=r"receptive_field=70 is too large for images of 16 px: .*receptive_field=34"):
        Critic(shape=(1, 16, 16), label_shape=[1, 16, 16])
    with pytest.raises(UsageError, match=r"^unet: 30 px is not base"):
        Generator(shape=(1, 30, 30), label_shape=[1, 30, 30])
