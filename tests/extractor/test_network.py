from __future__ import annotations

import torch
from lightning.pytorch import LightningModule
from torch import Tensor, nn

from gan_lightning.extractor.network import NetworkExtractor


class Watching(nn.Module):
    """Features: mean and maximum of an image, behind layers that training mode would change."""

    def __init__(self) -> None:
        super().__init__()
        self.norm, self.drop, self.scale = nn.BatchNorm2d(1), nn.Dropout(), nn.Parameter(torch.ones(()))
        self.batches: list[tuple[int, torch.dtype, bool]] = []

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        product = images.flatten(1) @ torch.ones(images[0].numel(), 1)  # what autocast would step
        self.batches.append((len(images), product.dtype, torch.is_grad_enabled()))
        seen = self.drop(self.norm(images)).flatten(1) * self.scale
        features = torch.stack([seen.mean(1), seen.amax(1)], 1)
        return features, features.new_tensor([[0.0, 1.0, 2.0]]).expand(len(images), -1)


def extractor(batch_size: int) -> NetworkExtractor:
    return NetworkExtractor(Watching(), name="w", weights="0", resize="none", features=2, batch_size=batch_size)


def test_batches_of_one_size_and_nothing_of_the_filling() -> None:
    extract = extractor(4)
    images = torch.randint(0, 256, (10, 1, 3, 3), dtype=torch.uint8)
    with torch.autocast("cpu", torch.bfloat16):
        features, probabilities = extract(images)
    flat = images.flatten(1).float()
    unit = (1 + 1e-5) ** -0.5  # a fresh batch norm divides by √(1 + ε)
    torch.testing.assert_close(features, torch.stack([flat.mean(1), flat.amax(1)], 1) * unit)
    assert probabilities is not None
    torch.testing.assert_close(probabilities, torch.tensor([[0.0900306, 0.2447285, 0.6652410]]).expand(10, 3))
    assert extract.network.batches == [(4, torch.float32, False)] * 3
    assert not features.requires_grad


def test_no_images_give_no_rows() -> None:
    features, probabilities = extractor(4)(torch.zeros(0, 1, 3, 3, dtype=torch.uint8))
    assert features.shape == (0, 2)
    assert probabilities is not None
    assert probabilities.shape == (0, 3)


def test_stays_out_of_a_module_that_holds_it() -> None:
    module = LightningModule()
    module.extract = extractor(4)
    module.train()
    assert not module.state_dict()
    assert not any(m.training for m in module.extract.network.modules())
    assert not any(p.requires_grad for p in module.extract.network.parameters())


def test_names_its_scores() -> None:
    assert extractor(4).score_name("frechet") == "frechet/w"
