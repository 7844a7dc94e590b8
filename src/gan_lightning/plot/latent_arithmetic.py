"""Figure of latent arithmetic: sums and differences of images."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from PIL import Image, ImageDraw
from torch import Tensor

from gan_lightning.plot.mosaic import mosaic
from gan_lightning.plot.style import FAINT, INK, PAPER, font

EDGE, LINE, GAP, SIGN = 14, 20, 14, 44  # pixels around the page, of a line of text, between groups, for a sign


class Term(NamedTuple):
    """A group of samples: caption, samples [k, C, H, W], and the sample of their mean latent [C, H, W]."""

    caption: str
    samples: Tensor
    mean: Tensor


def latent_arithmetic(terms: Sequence[Term], result: Tensor) -> Image.Image:
    """start - minus + plus = result: groups above their means, and the result with its neighbours.

    Args:
        terms: start, minus and plus.
        result: [3, 3, C, H, W], with the result in the middle.
    """
    room = max(len(term.samples) for term in terms) + 1, len(terms) + result.shape[1]
    groups = [mosaic(term.samples[:, None], room) for term in terms]
    means = [mosaic(term.mean[None, None], room) for term in terms]
    grid = mosaic(result, room)
    wide = grid.width // result.shape[1]
    top, tallest = EDGE + LINE, max(group.height for group in groups)
    below = top + tallest + GAP  # where the means begin
    width = 2 * EDGE + len(terms) * (wide + SIGN) + grid.width
    bottom = below + max(mean.height for mean in means)
    page = Image.new("RGB", (width, max(bottom, top + grid.height) + LINE + EDGE), PAPER)
    pen, left = ImageDraw.Draw(page), EDGE
    for term, group, mean, sign in zip(terms, groups, means, ("-", "+", "="), strict=True):
        start = top + tallest - group.height
        caption = term.caption if font(11).getlength(term.caption) <= wide else f"{len(term.samples)} samples"
        pen.text((left + wide / 2, start - 6), caption, fill=FAINT, font=font(11), anchor="ms")
        page.paste(group, (left, start))
        page.paste(mean, (left, below))
        pen.text((left + wide / 2, below + mean.height + LINE - 6), "mean", fill=FAINT, font=font(11), anchor="ms")
        left += wide
        middle = (left + SIGN / 2, below + mean.height / 2)
        pen.text(middle, sign.replace("-", "−"), fill=INK, font=font(24), anchor="mm")
        left += SIGN
    page.paste(grid, (left, max(top, bottom - grid.height)))
    pen.text((left + grid.width / 2, bottom + LINE - 6), "result ± noise", fill=FAINT, font=font(11), anchor="ms")
    return page
