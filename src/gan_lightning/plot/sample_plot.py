"""Pictures of samples without a critic, and which kind suits them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple, Protocol

from PIL.Image import Image
from torch import Tensor

from gan_lightning.core.errors import UsageError


class Block(NamedTuple):
    """A part of a picture: what it shows, what its columns are, and samples [rows, columns, *shape]."""

    title: str
    captions: Sequence[str]
    samples: Tensor


class SamplePlot(Protocol):
    """One kind of samples in pictures.

    Attributes:
        many: samples that a sheet has room for.
        few: rows that a table has room for.
    """

    many: int
    few: int

    def sheet(self, samples: Tensor, step: int) -> Image:
        """Samples [n, *shape] of one step, all alike."""
        ...

    def table(self, blocks: Sequence[Block]) -> Image:
        """Blocks one below the other, their columns side by side."""
        ...

    def interpolations(self, blocks: Sequence[Block]) -> Image:
        """As `table`, where each row is a way from its first sample to its last."""
        ...

    def frames(self, ring: Tensor, travellers: int) -> Iterator[Image]:
        """Pictures of travellers, evenly spaced on a ring of samples [N, *shape], each a step further than the last.

        N is a multiple of `travellers`; the film's last picture is one step before its first.
        """
        ...


def sample_plot_for(shape: tuple[int, ...], columns: int | None = None) -> SamplePlot:
    """The look of samples of this shape.

    Args:
        shape: of one sample.
        columns: of sheets of images; None: about square.

    Raises:
        UsageError: no picture can show them.
    """
    from gan_lightning.plot.sample_plot_images import ImageSamplePlot
    from gan_lightning.plot.sample_plot_points import PointSamplePlot

    if len(shape) == 3 and shape[0] in (1, 3):
        return ImageSamplePlot(columns)
    if shape == (2,):
        return PointSamplePlot()
    raise UsageError(
        f"this generator makes samples of shape {list(shape)}: pictures show images of 1 or 3 channels, and points of "
        "the plane"
    )
