"""What every test shares: one thread, and a fixed global generator."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("WANDB_MODE", "offline")

import pytest
import torch
from hydra.core.hydra_config import HydraConfig
from hypothesis import settings

# What tests keep of reals is not kept in the user's folder. The fonts are, which take seconds to find.
os.environ.setdefault("MPLCONFIGDIR", os.path.expanduser("~/.cache/matplotlib"))
_cache = tempfile.TemporaryDirectory()
os.environ["XDG_CACHE_HOME"] = _cache.name

torch.set_num_threads(1)
settings.register_profile("steady", deadline=None, derandomize=True)  # busy machines are slow, not wrong
settings.load_profile("steady")


@pytest.fixture(scope="session", autouse=True)
def _hangups_end_programs() -> None:
    """As at a terminal, also where the tests themselves were started by `nohup`; processes inherit it."""
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


@pytest.fixture(autouse=True)
def _seeded() -> None:
    torch.manual_seed(0)


@pytest.fixture(autouse=True)
def _outside_of_hydra() -> None:
    """No test is inside a program that an earlier one let Hydra start."""
    HydraConfig.instance().cfg = None


@pytest.fixture(autouse=True)
def _programs_only_where_marked(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keeps `make test-fast` fast: a test that starts a program says so by a marker."""
    if not any(request.node.get_closest_marker(name) for name in ("process", "distributed", "notebook")):

        def refuse(*arguments: object, **options: object) -> None:
            raise AssertionError("this test starts a program: mark it with pytest.mark.process")

        monkeypatch.setattr(subprocess.Popen, "__init__", refuse)
