"""Layouts of arrays."""

from __future__ import annotations

import numpy as np
import pytest

from gan_lightning.core.errors import UsageError
from gan_lightning.data.io.array_layout import Layout, layout_of, sample_shape, to_channels_first


@pytest.mark.parametrize(
    ("shape", "layout", "sample"),
    [
        ((9, 5), "ND", (5,)),
        ((9, 8, 12), "NHW", (1, 8, 12)),
        ((9, 3, 8, 12), "NCHW", (3, 8, 12)),
        ((9, 8, 12, 1), "NHWC", (1, 8, 12)),
        ((9, 8, 12, 4), "NHWC", (4, 8, 12)),
        ((9, 2, 8, 12), "NCHW", (2, 8, 12)),
        ((9, 4, 8, 3), "NHWC", (3, 4, 8)),
        ((9, 1, 6, 8, 12), "NCDHW", (1, 6, 8, 12)),
        ((9, 6, 8, 12, 3), "NDHWC", (3, 6, 8, 12)),
    ],
)
def test_layouts_that_are_found(shape: tuple[int, ...], layout: str, sample: tuple[int, ...]) -> None:
    assert layout_of(shape, "it") == layout
    assert sample_shape(shape, "it") == sample
    assert to_channels_first(np.zeros(shape), layout).shape == (9, *sample)


@pytest.mark.parametrize(
    ("layout", "shape", "sample"),
    [
        ("NCHW", (9, 7, 8, 12), (7, 8, 12)),
        ("NHWC", (9, 7, 8, 12), (12, 7, 8)),
        ("NT", (9, 50), (1, 50)),
        ("NCT", (9, 2, 50), (2, 50)),
        ("NTC", (9, 50, 2), (2, 50)),
        ("NDHW", (9, 6, 8, 12), (1, 6, 8, 12)),
        ("NCDHW", (9, 5, 6, 8, 12), (5, 6, 8, 12)),
    ],
)
def test_layouts_that_are_named(layout: Layout, shape: tuple[int, ...], sample: tuple[int, ...]) -> None:
    assert sample_shape(shape, "it", layout) == sample
    array = np.arange(np.prod(shape)).reshape(shape)
    view = to_channels_first(array, layout)
    assert view.shape == (9, *sample)
    assert np.shares_memory(view, array)


@pytest.mark.parametrize(
    ("shape", "layout", "message"),
    [
        ((9, 7, 8, 12), None, "where the channels may be first or last: set layout=NCHW or layout=NHWC"),
        ((9, 3, 8, 3), None, "where the channels may be first or last"),
        ((9, 6, 6, 6, 6), None, "set layout=NCDHW or layout=NDHWC"),
        ((9,), None, "not that of points"),
        ((9, 0), None, "samples without values"),
        ((9, 8, 12), "NCHW", "which layout=NCHW is not of: name its 3 axes"),
    ],
)
def test_refusals(shape: tuple[int, ...], layout: Layout | None, message: str) -> None:
    with pytest.raises(UsageError, match=f"^it has shape .*{message}"):
        layout_of(shape, "it", layout)
