"""Training data without variation: constant, nearly black, or one sample again and again."""

from __future__ import annotations

import torch

from gan_lightning.data.sample_source import SampleTable

CHUNK = 256
LEAST_LEVELS = 16  # of 256


def missing_variation(table: SampleTable) -> str | None:
    """The fault of training samples that nothing can be learned from, in one line; None for all others.

    Rows are read until they vary: a few hundred of most sets, all of a constant one.
    """
    first = table.rows[torch.arange(1)]
    low, high = first.min().item(), first.max().item()
    images, alike = first.dim() == 4, True
    deep = images and first.dtype != torch.uint8  # floats in [-1, 1]
    least = (LEAST_LEVELS / 127.5 if deep else LEAST_LEVELS) if images else 1e-30
    for start in range(0, len(table), CHUNK):
        rows = table.rows[torch.arange(start, min(start + CHUNK, len(table)))]
        low, high = min(low, rows.min().item()), max(high, rows.max().item())
        alike = alike and bool((rows == first).all())
        if not alike and high - low >= least:
            return None
    if low == high:
        ends: dict[float, str] = {-1: " (black)", 1: " (white)"} if deep else {0: " (black)", 255: " (white)"}
        shade = ends.get(low, "") if images else ""
        return f"all values of the {len(table)} training samples are {low:g}{shade}: there is nothing to learn"
    if alike and len(table) > 1:
        return f"all {len(table)} training samples are the same: there is nothing to learn but this one"
    if not alike:
        low, high = ((low + 1) * 127.5, (high + 1) * 127.5) if deep else (low, high)
        shade = "black" if high < 2 * LEAST_LEVELS else "white" if low >= 256 - 2 * LEAST_LEVELS else "of one shade"
        return f"the {len(table)} training images have levels from {low:g} to {high:g} of 0 to 255: nearly {shade}"
    return None
