"""Images of more than 8 bits: the range found, the range used, the range to type."""

from __future__ import annotations

import numpy as np
import pytest

from gan_lightning.core.errors import UsageError
from gan_lightning.data.io.value_range import (
    Range,
    ValuesFound,
    check_range,
    explain_range,
    likely_range,
    scale_to_uint8,
)


def test_sixteen_bits_are_divided_by_257() -> None:
    values = np.arange(65536)
    assert np.array_equal(scale_to_uint8(values, (0, 65535)), (values + 128) // 257)
    assert scale_to_uint8(np.array([-5, 0, 4095, 9999]), (0, 4095)).tolist() == [0, 0, 255, 255]


@pytest.mark.parametrize(
    ("low", "high", "likely"),
    [
        (0, 1, (0, 1)),
        (0, 200, (0, 255)),
        (3, 1000, (0, 1023)),
        (0, 4095, (0, 4095)),
        (0, 16000, (0, 16383)),
        (0, 60000, (0, 65535)),
        (0, 100000, (0, 100000)),
        (-1e-7, 1 + 1e-7, (0, 1)),
        (-1, 0.9, (-1, 1)),
        (-1000, 3000, (-1000, 3000)),
    ],
)
def test_the_range_that_files_were_stored_with(low: float, high: float, likely: Range) -> None:
    assert likely_range(low, high) == likely


@pytest.mark.parametrize(
    ("found", "chosen", "told"),
    [
        (ValuesFound("16-bit", 0, 60000, 3), None, "^3 16-bit images, values from 0 to 60000: .* to 8 bits$"),
        (ValuesFound("16-bit", 0, 16000), None, r"scaled from \[0,65535\] .*14 of 16 bits; data.range=\[0,16383\]"),
        (ValuesFound("12-bit", 0, 900), None, r"scaled from \[0,4095\] to 8 bits$"),
        (ValuesFound("16-bit", 0, 4000), (0, 4095), r"scaled from \[0,4095\] to 8 bits$"),
        (ValuesFound("16-bit", 0, 4000), (0, 65535), r"scaled from \[0,65535\] to 8 bits \(12 of 16"),
        (ValuesFound("16-bit", 0, 5000), (0, 4095), r"scaled from \[0,4095\] to 8 bits; what lies outside is cut off$"),
        (ValuesFound("32-bit integer", -1000, 3000), (-1000, 3000), r"scaled from \[-1000,3000\] to 8 bits$"),
        (ValuesFound("floating-point", -1e-7, 1 + 1e-7), None, r"scaled from \[0,1\] to 8 bits$"),
        (ValuesFound("16-bit colour", 0, 4095), (0, 4095), r"scaled from \[0,4095\] to 8 bits$"),
        (ValuesFound("16-bit colour", 0, 65535), None, r"scaled from \[0,65535\] to 8 bits$"),
    ],
)
def test_the_range_is_told(found: ValuesFound, chosen: Range | None, told: str) -> None:
    import re

    assert re.search(told, explain_range(found, chosen, "photos"))


@pytest.mark.parametrize(
    ("found", "chosen", "told"),
    [
        (
            ValuesFound("16-bit", 0, 4000, 60),
            None,
            r"^60 16-bit images under photos hold values from 0 to 4000, 12 of 16 bits: set data.range=\[0,4095\], or "
            r"data.range=\[0,65535\] if they are to be nearly black$",
        ),
        (ValuesFound("16-bit", 0, 255), None, r"8 of 16 bits: set data.range=\[0,255\]"),
        (ValuesFound("32-bit integer", 0, 255), None, r"32-bit integer .* set data.range=\[0,255\]"),
        (ValuesFound("32-bit integer", -5, 70000), None, r"black and white is unknown: set data.range=\[-5,70000\]$"),
        (ValuesFound("floating-point", 0, 255), None, r"black and white is unknown: set data.range=\[0,255\]$"),
        (ValuesFound("floating-point", -1, 1), None, r"set data.range=\[-1,1\]$"),
        (ValuesFound("16-bit colour", 0, 4095), None, r"12 of 16 bits: set data.range=\[0,4095\]"),
    ],
)
def test_images_that_would_be_black_are_refused(found: ValuesFound, chosen: Range | None, told: str) -> None:
    with pytest.raises(UsageError, match=told):
        explain_range(found, chosen, "photos")


@pytest.mark.parametrize("wrong", [(1, 1), (2, 1), (0, float("inf")), (float("nan"), 1)])
def test_a_range_ascends(wrong: Range) -> None:
    with pytest.raises(UsageError, match=r"^data.range=\[.*\] must be the values of black and of white"):
        check_range(wrong, "data.range")
