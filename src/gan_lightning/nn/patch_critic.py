"""Critics (discriminators) of overlapping patches of images (Isola et al. 2017, section 3.3)."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Literal

from torch import nn

from gan_lightning.core.errors import UsageError
from gan_lightning.nn.image_pyramid import widths_from_image
from gan_lightning.nn.norm import Norm, image_norm, needs_bias_before

ReceptiveField = Literal[1, 16, 34, 70, 142]
HALVE: dict[str, Any] = {"kernel_size": 4, "stride": 2, "padding": 1}
HALVINGS = {16: 1, 34: 2, 70: 3, 142: 4}  # by the pixels that a score depends on


def patch_critic(
    channels: int,
    size: Sequence[int],
    *,
    receptive_field: ReceptiveField,
    width: int,
    max_width: int,
    norm: Norm,
    model: str,
) -> nn.Sequential:
    """Layers from images [B, channels, height, width] to scores of patches [B, 1, h, w].

    Args:
        channels: of what is judged.
        size: (height, width).
        receptive_field: side in pixels of the patch that a score depends on; 1: each pixel alone.
        width: channels of the features nearest to the image; they double per halving of size …
        max_width: … up to here.
        norm: normalization after each convolution but the first and the last.
        model: name of the model, for error messages.

    Raises:
        UsageError: the images are too small.
    """
    halvings, smallest = HALVINGS.get(receptive_field, 0), min(size)
    if smallest >> halvings < 3 and halvings:
        fitting = [field for field, times in HALVINGS.items() if smallest >> times >= 3]
        raise UsageError(
            f"model.critic.receptive_field={receptive_field} is too large for images of {smallest} px: use "
            f"model.critic.receptive_field={max(fitting, default=1)}"
        )
    widths = widths_from_image(halvings + 1, width=width, max_width=max_width, model=model)
    if not halvings:
        widths = [width, min(2 * width, max_width)]
    narrow: dict[str, Any] = {"kernel_size": 4, "padding": 1} if halvings else {"kernel_size": 1}
    first = HALVE if halvings else narrow
    layers: list[nn.Module] = [nn.Conv2d(channels, widths[0], **first), nn.LeakyReLU(0.2)]
    for number, (inputs, outputs) in enumerate(pairwise(widths), 1):
        after = image_norm(norm, outputs)
        options = HALVE if number < halvings else narrow
        conv = nn.Conv2d(inputs, outputs, **options, bias=needs_bias_before(after))
        layers += [conv, after, nn.LeakyReLU(0.2)]
    return nn.Sequential(*layers, nn.Conv2d(widths[-1], 1, **narrow))


def convolutions_from_image(layers: nn.Sequential) -> list[nn.Module]:
    """The blocks of a critic of patches, in the order in which samples pass through them."""
    return [layer for layer in layers[:-1] if isinstance(layer, nn.Conv2d)]
