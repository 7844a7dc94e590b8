"""Image data sets: their shape."""

from __future__ import annotations

import pytest

from gan_lightning.core.errors import UsageError
from gan_lightning.data.mnist5k import Mnist5k


def test_a_shape_that_contradicts_the_size_is_refused() -> None:
    told = r"^data.shape=\[1, 32, 32\], but these data are \[1, 28, 28\]: it follows data.size and data.channels"
    with pytest.raises(UsageError, match=told):
        Mnist5k(shape=(1, 32, 32))
    assert Mnist5k(shape=(3, 32, 32), size=32, channels=3).shape == (3, 32, 32)


def test_channels_are_one_or_three() -> None:
    with pytest.raises(UsageError, match=r"Mnist5k: channels=2 must be 1 or 3"):
        Mnist5k(channels=2)  # type: ignore[arg-type]
