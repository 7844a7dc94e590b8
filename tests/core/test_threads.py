from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from time import perf_counter

import pytest
import torch

from gan_lightning.core import threads
from gan_lightning.trainer.default import build


@pytest.mark.skipif(not Path("/proc/self/schedstat").exists(), reason="this kernel does not count")
@pytest.mark.process
def test_the_kernel_counts_what_a_thread_waits() -> None:
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(cores)})
    busy = [sys.executable, "-c", "print(flush=True)\nwhile True: pass"]  # on that core, too
    try:
        with subprocess.Popen(busy, stdout=subprocess.PIPE) as other:
            assert other.stdout is not None
            other.stdout.readline()
            before, began = threads.run_queue_wait_seconds(), perf_counter()
            while perf_counter() - began < 0.5:
                pass
            after = threads.run_queue_wait_seconds()
            other.kill()
    finally:
        os.sched_setaffinity(0, cores)
    assert after - before > 0.1


def test_another_system_counts_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(threads, "_TASKS", tmp_path / "none")
    assert threads.run_queue_wait_seconds() == 0.0


def test_a_trainer_takes_as_many_threads_as_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    before = torch.get_num_threads()
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    try:
        build(accelerator="cpu")
        assert torch.get_num_threads() == before
        build(accelerator="cpu", threads=3)
        assert torch.get_num_threads() == 3
        assert os.environ["OMP_NUM_THREADS"] == "3"
    finally:
        torch.set_num_threads(before)
