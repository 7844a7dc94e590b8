from __future__ import annotations

import pytest
import torch

from gan_lightning.core.errors import UsageError
from gan_lightning.plot.image_plot import ImagePlot
from gan_lightning.plot.point_plot import PointPlot
from gan_lightning.plot.sample_plot import class_columns, sample_plot_for


def test_the_shape_chooses_the_plot() -> None:
    assert isinstance(sample_plot_for((1, 28, 28)), ImagePlot)
    assert isinstance(sample_plot_for((3, 64, 32), count=9), ImagePlot)
    assert isinstance(sample_plot_for((2,), real=torch.zeros(4, 2)), PointPlot)


@pytest.mark.parametrize("shape", [(), (2, 4, 3, 8, 8)])
def test_other_shapes_raise(shape: tuple[int, ...]) -> None:
    with pytest.raises(UsageError, match=r"cannot be plotted: plots show points, series, images, volumes"):
        sample_plot_for(shape)


@pytest.mark.parametrize(
    ("count", "classes", "rounded"), [(64, 0, 64), (64, 10, 60), (9, 4, 8), (1, 10, 10), (64, 17, 64)]
)
def test_class_columns_make_full_rows(count: int, classes: int, rounded: int) -> None:
    assert sample_plot_for((1, 8, 8), count=count, columns=class_columns(classes)).num_samples == rounded
