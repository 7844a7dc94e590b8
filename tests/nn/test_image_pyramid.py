"""Sizes and widths."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gan_lightning.core.errors import UsageError
from gan_lightning.nn.image_pyramid import BASES, pyramid, supported_sizes, widths_from_image

FITS = {base * 2**level for base in BASES for level in range(1, 12)}


@given(st.sampled_from(sorted(FITS)), st.integers(1, 9))
def test_a_size_that_fits(size: int, channels: int) -> None:
    found = pyramid((channels, size, size), "dcgan")
    assert found.size == found.base * 2**found.levels == size
    assert found.base in BASES
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


@given(st.integers(1, 12), st.integers(1, 512), st.integers(0, 5))
def test_widths_double_up_to_the_limit(entries: int, width: int, doublings: int) -> None:
    widths = widths_from_image(entries, width=width, max_width=width << doublings, model="dcgan")
    assert len(widths) == entries
    assert widths[0] == width
    assert all(b in (2 * a, width << doublings) for a, b in pairwise(widths))
    assert max(widths) == width << min(doublings, entries - 1)
