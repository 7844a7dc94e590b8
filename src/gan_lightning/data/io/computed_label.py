"""The names and shapes of labels that are computed from images; see `data.label_functions`."""

from __future__ import annotations

from typing import Literal

from gan_lightning.data.io.declared_shape import Shape

ComputedLabel = Literal["thickness", "slant", "edges", "thin", "grey", "small"]
NUMBERS = ("thickness", "slant")


def computed_label_shape(label: ComputedLabel, shape: Shape) -> list[int]:
    """`${computed_label_shape:${data.label},${data.shape}}` in a config: of images of this shape."""
    if label in NUMBERS:
        return [1]
    return [shape[0] if label == "small" else 1, *shape[1:]]
