"""Lightning greets each Trainer; the commands silence it as this does."""

from __future__ import annotations

import pytest

from gan_lightning.core import console


@pytest.fixture(autouse=True, scope="package")
def _quiet() -> None:
    console.silence_libraries()
