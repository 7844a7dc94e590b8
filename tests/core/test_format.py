from __future__ import annotations

import math

import pytest

from gan_lightning.core.format import format_duration, format_headline, format_number, table_cell


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0.00"),
        (1.0, "1.00"),
        (-3.14159, "-3.14"),
        (12.345, "12.3"),
        (99.99, "100"),
        (123.4, "123"),
        (12345.6, "12,346"),
        (-1234.5, "-1,234"),
        (0.01234, "0.0123"),
        (1.234e-5, "1.2e-05"),
        (math.nan, "nan"),
        (-math.inf, "-inf"),
    ],
)
def test_numbers_have_three_digits(value: float, text: str) -> None:
    assert format_number(value) == text


@pytest.mark.parametrize(("seconds", "text"), [(0, "0:00"), (59.6, "1:00"), (125, "2:05"), (3725, "1:02:05")])
def test_durations(seconds: float, text: str) -> None:
    assert format_duration(seconds) == text


def test_headline_has_what_there_is() -> None:
    figures = {"critic_loss": 1.0, "penalty": 2.0, "jensen_shannon": 0.5}
    assert format_headline(figures, "jensen_shannon") == {"critic loss": "1.00", "jensen shannon": "0.500"}


@pytest.mark.parametrize("text", ["=HYPERLINK(1)", "+cmd|x", "-2+3", "@sum(A1)", "\t=1"])
def test_a_text_in_a_table_is_no_formula(text: str) -> None:
    assert table_cell(text) == "'" + text


@pytest.mark.parametrize("value", ["-0.5", "+1e-3", "-inf", "a=b", "", -0.5, 3, None, True])
def test_numbers_and_other_texts_stay_in_a_table(value: object) -> None:
    assert table_cell(value) is value
