from __future__ import annotations

import pytest

from gan_lightning.core.errors import UsageError
from gan_lightning.schedule.constant import Constant


def test_stays() -> None:
    assert [Constant(factor=10.0)(k) for k in (0, 1, 10**6)] == [10.0] * 3
    with pytest.raises(UsageError, match="factor=0"):
        Constant(factor=0.0)
