"""Sizes and widths."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gan_lightning.core.errors import UsageError
from gan_lightning.nn.image_pyramid import (
    BASES,
    pyramid,
    resolution_levels,
    supported_rectangles,
    supported_sizes,
    widths_from_image,
)

FITS = {base * 2**level for base in BASES for level in range(1, 12)}


@given(st.sampled_from(sorted(FITS)), st.integers(1, 9))
def test_a_size_that_fits(size: int, channels: int) -> None:
    found = pyramid((channels, size, size), "dcgan")
    assert found.size(found.levels) == (size, size)
    assert found.base == (size >> found.levels,) * 2
    assert found.base[0] in BASES
    assert found.levels > 0
    assert found.channels == channels
    assert supported_sizes(size) == [size]


@given(st.integers(1, 8000).filter(lambda size: size not in FITS))
def test_the_error_for_a_wrong_size_names_its_neighbors(size: int) -> None:
    with pytest.raises(UsageError, match=f"^dcgan: {size} px is not base·2\\^n with base 4…7; use data.size="):
        pyramid((1, size, size), "dcgan")
    above, *below = supported_sizes(size)
    assert above == min(s for s in FITS if s > size)
    assert below == [max(s for s in FITS if s < size)] if size > 8 else below == []


@given(st.sampled_from(BASES), st.integers(4, 40), st.integers(1, 6), st.booleans())
def test_rectangles_that_fit(short: int, long: int, levels: int, upright: bool) -> None:
    base = (max(short, long), short) if upright else (short, max(short, long))
    found = pyramid((3, base[0] << levels, base[1] << levels), "dcgan")
    assert (found.base, found.levels) == (base, levels)
    assert found.side(0) == short
    assert found.area == base[0] * base[1]
    assert supported_rectangles(*found.size(levels)) == [found.size(levels)]


@given(st.integers(1, 2000), st.integers(1, 2000))
def test_sizes_to_use_instead_fit_and_are_near(height: int, width: int) -> None:
    for high, wide in supported_rectangles(height, width):
        found = resolution_levels(high, wide)
        assert found is not None
        assert found[1] > 0
        if min(height, width) >= 8:
            assert max(high / height, wide / width) / min(high / height, wide / width) < 1.34  # about its proportions
            assert 0.74 < min(high, wide) / min(height, width) < 1.34


@given(st.integers(1, 12), st.integers(1, 512), st.integers(0, 5))
def test_widths_double_up_to_the_limit(entries: int, width: int, doublings: int) -> None:
    widths = widths_from_image(entries, width=width, max_width=width << doublings, model="dcgan")
    assert len(widths) == entries
    assert widths[0] == width
    assert all(b in (2 * a, width << doublings) for a, b in pairwise(widths))
    assert max(widths) == width << min(doublings, entries - 1)
