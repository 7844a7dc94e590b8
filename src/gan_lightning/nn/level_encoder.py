"""Classifiers as encoders of several levels: samples, features of them, logits."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import prod

from torch import Tensor, nn
from typing_extensions import Self

from gan_lightning.core.validation import Count, validate_arguments
from gan_lightning.nn.image_pyramid import pyramid, widths_from_image


class LevelEncoder(nn.Module):
    """A classifier cut in parts E_0 … E_{N-1}: h_{i+1} = E_i(h_i), from a sample h_0 to the logits h_N of its classes.

    It is always in eval mode.

    Args:
        *parts: E_0, [B, *shape] → [B, n_1], and so on; the last one's outputs are logits, [B, classes].
    """

    def __init__(self, *parts: nn.Module) -> None:
        super().__init__()
        self.parts = nn.ModuleList(parts)
        self.eval()

    def train(self, mode: bool = True) -> Self:
        """Stays in eval mode."""
        return super().train(False)

    def forward(self, x: Tensor) -> list[Tensor]:
        """Samples [B, *shape] → their levels, h_0 to h_N."""
        levels = [x]
        for part in self.parts:
            levels.append(part(levels[-1]))
        return levels


class ConvolutionalEncoder(LevelEncoder):
    """Images to features by 3×3 convolutions with max pooling between them, then linear layers: a level each.

    The features of a level are the inputs of a ReLU, at which the next part begins.

    Args:
        shape: (channels, height, width); the shorter side base·2^n with base 4 to 7 and n > 0.
        classes: number of classes.
        features: numbers of a sample on each level between image and logits, from the image on.
        width: channels nearest to the image; they double per halving of size …
        max_width: … up to here.
    """

    @validate_arguments
    def __init__(
        self,
        *,
        shape: Sequence[Count],
        classes: Count,
        features: Sequence[Count] = (64,),
        width: Count = 8,
        max_width: Count = 256,
    ) -> None:
        image = pyramid(shape, "the encoder")
        widths = widths_from_image(image.levels + 1, width=width, max_width=max_width, model="the encoder")
        layers: list[nn.Module] = []
        for inputs, outputs in pairwise([image.channels, *widths]):
            layers += [nn.Conv2d(inputs, outputs, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)]
        last = widths[-1] * prod(side // 2 for side in image.base)
        sizes = [last, *features, classes]
        first = nn.Sequential(*layers, nn.Flatten(), nn.Linear(last, sizes[1]))
        others = [nn.Sequential(nn.ReLU(), nn.Linear(inputs, outputs)) for inputs, outputs in pairwise(sizes[1:])]
        super().__init__(first, *others)
        self.shape, self.features, self.classes = tuple(shape), tuple(features), classes
        self.width, self.max_width = width, max_width
