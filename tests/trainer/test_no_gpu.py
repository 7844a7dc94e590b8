from __future__ import annotations

import ctypes
import os

import pytest
import torch

from gan_lightning.trainer import no_gpu


@pytest.fixture
def searches(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Libraries that are looked for."""
    found: list[str] = []
    monkeypatch.setattr(ctypes, "CDLL", lambda name, *about: found.append(name) or _absent())
    monkeypatch.setenv("PYTORCH_NVML_BASED_CUDA_CHECK", "1")  # as Lightning leaves it
    return found


def _absent() -> None:
    raise OSError


def step() -> None:
    weight = torch.nn.Parameter(torch.ones(2))
    weight.grad = torch.ones(2)
    torch.optim.Adam([weight]).step()


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
@pytest.mark.skipif(torch.version.cuda is None, reason="this torch knows no GPUs")
def test_a_step_looks_for_no_driver(searches: list[str]) -> None:
    step()
    assert searches == ["libnvidia-ml.so.1"]
    no_gpu.skip_nvml_queries()
    searches.clear()
    step()
    assert searches == []
    assert not torch.cuda.is_available()


def test_where_there_is_a_gpu_nothing_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTORCH_NVML_BASED_CUDA_CHECK", "1")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    no_gpu.skip_nvml_queries()
    assert os.environ["PYTORCH_NVML_BASED_CUDA_CHECK"] == "1"
