"""DINOv2 with weights made up here, named and shaped as in the files that are published."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import Tensor

from gan_lightning.core.digest import sha256
from gan_lightning.core.errors import UsageError
from gan_lightning.extractor import DinoV2


def published(width: int = 384, depth: int = 2, patches: int = 4) -> dict[str, Tensor]:
    block = {"norm1": (width,), "attn.qkv": (3 * width, width), "attn.proj": (width, width)}
    block |= {"norm2": (width,), "mlp.fc1": (4 * width, width), "mlp.fc2": (width, 4 * width)}
    shapes: dict[str, tuple[int, ...]] = {"cls_token": (1, 1, width), "pos_embed": (1, 1 + patches * patches, width)}
    shapes |= {"mask_token": (1, width), "patch_embed.proj.weight": (width, 3, 14, 14)}
    shapes |= {"patch_embed.proj.bias": (width,), "norm.weight": (width,), "norm.bias": (width,)}
    for index in range(depth):
        for name, shape in block.items():
            shapes |= {f"blocks.{index}.{name}.weight": shape, f"blocks.{index}.{name}.bias": shape[:1]}
        shapes |= {f"blocks.{index}.ls{i}.gamma": (width,) for i in (1, 2)}
    chance = torch.Generator().manual_seed(0)
    return {name: 0.2 * torch.randn(shape, generator=chance) for name, shape in shapes.items()}


def saved(state: dict[str, Tensor], folder: Path) -> str:
    torch.save(state, folder / "weights.pth")
    return str(folder / "weights.pth")


def test_sees_the_normalized_image(tmp_path: Path) -> None:
    path = saved(published(), tmp_path)
    extract = DinoV2(path, batch_size=2)
    images = torch.randint(0, 256, (3, 3, 224, 224), dtype=torch.uint8)
    features, probabilities = extract(images)
    assert features.shape == (3, extract.features) == (3, 384)
    assert probabilities is None
    red, green, blue = (images / 255).unbind(1)
    by_hand = torch.stack([(red - 0.485) / 0.229, (green - 0.456) / 0.224, (blue - 0.406) / 0.225], 1)
    torch.testing.assert_close(features, extract.network.network(by_hand), rtol=1e-4, atol=1e-5)
    assert (features - extract.network.network(by_hand * 1.02)).abs().max() > 1e-3
    assert torch.equal(extract(images[[2, 0]]).features, features[[2, 0]])


def test_provenance(tmp_path: Path) -> None:
    path = saved(published(), tmp_path)
    extract = DinoV2(path)
    assert extract.score_name("frechet") == "frechet/dinov2_vits14"
    assert extract.weights == sha256(Path(path))[:8]


def test_which_network_follows_from_the_file(tmp_path: Path) -> None:
    assert DinoV2(saved(published(width=768, depth=1), tmp_path)).name == "dinov2_vitb14"


def test_refuses_other_networks(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"holds a network 64 wide, supported are .*dinov2_vits14"):
        DinoV2(saved(published(width=64), tmp_path))
    with pytest.raises(UsageError, match=r"holds weights of another network: give those of https://"):
        DinoV2(saved(published() | {"register_tokens": torch.zeros(1, 4, 384)}, tmp_path))
    with pytest.raises(UsageError, match=r"holds weights of another network"):
        DinoV2(saved({"x": torch.zeros(1)}, tmp_path))
    with pytest.raises(UsageError, match=r"extractor.weights=nowhere.pth: no such file: fetch https://"):
        DinoV2("nowhere.pth")
