"""DINOv2, a self-supervised vision transformer."""

from __future__ import annotations

import math
from pathlib import Path

import torch
from torch import Tensor, nn

from gan_lightning.core.digest import sha256
from gan_lightning.core.errors import UsageError
from gan_lightning.core.given_path import given_path
from gan_lightning.core.validation import Count, validate_arguments
from gan_lightning.data.pixels import convert_channels, resize
from gan_lightning.extractor.network import NetworkExtractor
from gan_lightning.extractor.vision_transformer import VisionTransformer
from gan_lightning.extractor.weights import state_dict

SIZE = 224
NAMES = {384: "dinov2_vits14", 768: "dinov2_vitb14", 1024: "dinov2_vitl14"}
URL = "https://dl.fbaipublicfiles.com/dinov2/dinov2_vits14/dinov2_vits14_pretrain.pth"


class DinoV2(NetworkExtractor):
    """`frechet/dinov2_vits14`, `…_vitb14` or `…_vitl14`, by the file given: features of the class token.

    Distances on them agree with human ratings of quality better than Inception's (Stein et al. 2023,
    arXiv:2306.04675, who take the large one). There are no classes.

    Args:
        weights: file of weights as published, of the small, base or large network without registers.
        batch_size: images in one forward pass.

    Raises:
        UsageError: there is no such file, or of another network.
    """

    @validate_arguments
    def __init__(self, weights: str, batch_size: Count = 32) -> None:
        path = given_path(weights, "metric.extractor.weights")
        if not path.is_file():
            raise UsageError(f"metric.extractor.weights={weights}: no such file: fetch {URL} and give its path")
        network = DinoV2Network(path)
        super().__init__(
            network,
            name=NAMES[network.features],
            weights=sha256(path)[:8],
            resize=f"bicubic, antialiased, to {SIZE} px",
            features=network.features,
            batch_size=batch_size,
        )


class DinoV2Network(nn.Module):
    """The network with weights from a file; its size follows from their shapes.

    Raises:
        UsageError: the file is of another network.
    """

    mean: Tensor
    std: Tensor

    def __init__(self, path: Path) -> None:
        super().__init__()
        state = state_dict(path)
        state.pop("mask_token", None)  # for training
        try:
            self.features = state["cls_token"].shape[2]
            grid = math.isqrt(state["pos_embed"].shape[1] - 1)
            depth = len({name.split(".")[1] for name in state if name.startswith("blocks.")})
            with torch.device("meta"):
                self.network = VisionTransformer(self.features, depth, grid)
            self.network.load_state_dict(state, assign=True)
        except (KeyError, IndexError, RuntimeError) as error:
            raise UsageError(f"{path} holds weights of another network: give those of {URL}") from error
        if self.features not in NAMES:
            raise UsageError(f"{path} holds a network {self.features} wide, supported are {NAMES}: give one of those")
        self.register_buffer("mean", torch.tensor([0.485, 0.456, 0.406]).view(3, 1, 1))  # of ImageNet
        self.register_buffer("std", torch.tensor([0.229, 0.224, 0.225]).view(3, 1, 1))

    def forward(self, images: Tensor) -> tuple[Tensor, None]:
        """Features [N, d] of images [N, 1 or 3, H, W] of levels 0…255."""
        return self.network((resize(convert_channels(images, 3), SIZE, SIZE) / 255 - self.mean) / self.std), None
