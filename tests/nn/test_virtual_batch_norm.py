from __future__ import annotations

import torch

from gan_lightning.model import dcgan
from gan_lightning.nn.virtual_batch_norm import VirtualBatchNorm


def test_by_hand() -> None:
    layer = VirtualBatchNorm(channels=1, reference=2, eps=1e-12)
    y = layer(torch.tensor([[1.0], [3.0], [5.0]]))[:, 0]
    # references: mean 2, mean square 5, variance 1
    torch.testing.assert_close(y[:2], torch.tensor([-1.0, 1.0]))
    # a third of (5, 25) and two thirds of (2, 5): mean 3, mean square 35/3, variance 8/3
    torch.testing.assert_close(y[2], torch.tensor(2 / (8 / 3) ** 0.5))


def test_references_are_normalized_as_by_batch_norm() -> None:
    x = torch.randn(6, 3, 4, 4)
    layer, plain = VirtualBatchNorm(3, reference=6), torch.nn.BatchNorm2d(3)
    layer.weight.data = plain.weight.data = torch.randn(3)
    layer.bias.data = plain.bias.data = torch.randn(3)
    torch.testing.assert_close(layer(x), plain(x), atol=1e-5, rtol=1e-5)


def test_samples_of_a_generator_do_not_depend_on_each_other() -> None:
    torch.manual_seed(0)
    generator = dcgan.Generator(shape=(1, 32, 32), latent_dim=8, width=8, norm="virtual", reference=5)
    latent = torch.randn(4, 8)
    fake = generator(latent)
    assert fake.shape == (4, 1, 32, 32)
    torch.testing.assert_close(generator(latent[2:3]), fake[2:3], atol=1e-6, rtol=1e-5)
    assert generator.state_dict()["references"].shape == (5, 8)
    generator.references = -generator.references  # type: ignore[operator]
    assert not torch.allclose(generator(latent), fake)
    assert "references" not in dcgan.Generator(shape=(1, 32, 32)).state_dict()
