"""What every test shares: one thread, and a fixed global generator."""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("WANDB_MODE", "offline")

import pytest
import torch
from hypothesis import settings

torch.set_num_threads(1)
settings.register_profile("steady", deadline=None, derandomize=True)  # busy machines are slow, not wrong
settings.load_profile("steady")


@pytest.fixture(autouse=True)
def _seeded() -> None:
    torch.manual_seed(0)
