"""What a perfect generator would score: the reals against themselves."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import torch
from torch import Tensor

from gan_lightning.core.errors import UsageError

R = TypeVar("R")


def real_floor(
    score: Callable[[Tensor, Tensor], R], real: Tensor, generator: torch.Generator, size: int | None = None
) -> R:
    """`score` of two disjoint random halves of the reals, one of them in place of fakes.

    Scores depend on the number of samples: this is the floor for as many reals and fakes as a half holds.

    Args:
        score: any score of two sets, (real, fake).
        real: real samples or features [N, ...].
        generator: draws the halves.
        size: of each half; None: N // 2.

    Raises:
        UsageError: the reals do not hold two disjoint sets of `size`.
    """
    half = len(real) // 2 if size is None else size
    if not 1 <= half <= len(real) // 2:
        raise UsageError(
            f"real_floor: two halves of {half} from {len(real)} real samples: size can be 1 to {len(real) // 2}"
        )
    order = torch.randperm(len(real), generator=generator, device=generator.device).to(real.device)
    return score(real[order[:half]], real[order[half : 2 * half]])
