"""Changes of images that make a second domain of them, and their inverses."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Literal

import torch
from torch import Tensor

DomainChange = Literal["inverted", "slanted"]
SHEAR = 0.5  # columns a row


def inverted(images: Tensor, back: bool = False) -> Tensor:
    """Light for dark, uint8 [N, C, H, W]; its own inverse."""
    return 255 - images


def slanted(images: Tensor, back: bool = False) -> Tensor:
    """Rows moved sideways, half a column for each row from the middle up, in whole columns, uint8 [N, C, H, W].

    What leaves a row on one side comes in on the other, so that nothing is lost.
    """
    height, sign = images.shape[2], -1 if back else 1
    shifts = [sign * round(SHEAR * ((height - 1) / 2 - row)) for row in range(height)]
    return torch.stack([images[:, :, row].roll(shift, -1) for row, shift in enumerate(shifts)], 2)


CHANGES: dict[DomainChange, Callable[[Tensor, bool], Tensor]] = {"inverted": inverted, "slanted": slanted}


def change(images: Tensor, changes: Iterable[DomainChange]) -> Tensor:
    """Images with the changes, one after the other."""
    for name in changes:
        images = CHANGES[name](images, False)
    return images


def undo(images: Tensor, changes: Sequence[DomainChange]) -> Tensor:
    """The images that `change` has made these of."""
    for name in reversed(changes):
        images = CHANGES[name](images, True)
    return images
