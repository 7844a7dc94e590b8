"""A small classifier of handwritten digits, trained by this project."""

from __future__ import annotations

import hashlib
import io
from importlib import resources
from typing import cast

import torch
from torch import Tensor, nn

from gan_lightning.core.errors import UsageError
from gan_lightning.core.validation import Count, validate_arguments
from gan_lightning.data.pixels import convert_channels, resize
from gan_lightning.extractor.network import NetworkExtractor

SIZE, FEATURES, CLASSES = 28, 64, 10
FILE = "digits.pt"
SHA256 = "59711ea5eaac646c06a24239ab32820ccb36073d920b68617f616a3ad5a5b31f"


class DigitNetwork(nn.Module):
    """Four convolutions and two linear layers, 0.1 million parameters.

    The features are the input of the last ReLU, after a batch norm: over the training digits each has variance one and
    none is dead, so that their covariance is well conditioned.
    """

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(
            *_convolution(1, 16),
            *_convolution(16, 32),
            nn.MaxPool2d(2),
            *_convolution(32, 48),
            nn.MaxPool2d(2),
            *_convolution(48, 64),
            nn.MaxPool2d(2),
            nn.Flatten(),
            nn.Linear(64 * 3 * 3, FEATURES, bias=False),
            nn.BatchNorm1d(FEATURES),
        )
        self.head = nn.Sequential(nn.ReLU(), nn.Linear(FEATURES, CLASSES))

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Features [N, 64] and logits [N, 10] of images [N, 1 or 3, H, W] of levels 0…255."""
        features = self.body(resize(convert_channels(images, 1), SIZE, SIZE) / 255)
        return features, self.head(features)


class Digits(NetworkExtractor):
    """`frechet/digits`: part of the package, for images of digits, without a download.

    Its network was trained on the training digits of `data=mnist5k`, by `extractor/train_digits.py`, with
    99 % accuracy on those held out there. On other images its scores mean little. RGB is converted to grey; a stacked
    MNIST image is three images of a digit.

    Args:
        batch_size: images in one forward pass.

    Raises:
        UsageError: the file of weights is not the shipped one.
    """

    @validate_arguments
    def __init__(self, batch_size: Count = 128) -> None:
        packed = (resources.files("gan_lightning.extractor") / FILE).read_bytes()
        super().__init__(
            _network(packed),
            name="digits",
            weights=SHA256[:8],
            resize=f"luma, bicubic, antialiased, to {SIZE} px",
            features=FEATURES,
            batch_size=batch_size,
        )


def _network(packed: bytes) -> DigitNetwork:
    found = hashlib.sha256(packed).hexdigest()
    if found != SHA256:
        raise UsageError(
            f"the weights of the digit classifier, {FILE}, have SHA-256 {found[:8]}… instead of {SHA256[:8]}…: "
            "install gan_lightning again"
        )
    with torch.device("meta"):  # draws no initial weights, which would change the run's random numbers
        network = DigitNetwork()
    state = cast("dict[str, Tensor]", torch.load(io.BytesIO(packed), weights_only=True))
    network.load_state_dict(state, assign=True)
    return network


def _convolution(channels: int, width: int) -> tuple[nn.Module, ...]:
    return nn.Conv2d(channels, width, 3, padding=1, bias=False), nn.BatchNorm2d(width), nn.ReLU()
