from __future__ import annotations

import errno

import pytest
import torch

from gan_lightning.core.errors import UsageError
from gan_lightning.core.machine_errors import explain_machine_errors


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        (
            torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB"),
            "device is out of memory.*accumulate=2",
        ),
        (MemoryError(), "machine is out of memory.*data.batch_size"),
        (
            RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried"),
            "machine is out of memory",
        ),
        (
            RuntimeError("DataLoader worker (pid 7) is killed by signal: Killed."),
            r"data.num_workers=0 \(DataLoader worker",
        ),
        (OSError(errno.ENOSPC, "No space left on device", "runs/x/metrics.csv"), "runs/x/metrics.csv: No space left"),
        (PermissionError(errno.EACCES, "Permission denied", "runs/x"), "could not write or read runs/x: Permission"),
    ],
)
def test_faults_of_the_machine_are_one_line(fault: BaseException, says: str) -> None:
    with pytest.raises(UsageError, match=says) as refusal, explain_machine_errors():
        raise fault
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize("fault", [RuntimeError("mat1 and mat2"), FileNotFoundError(errno.ENOENT, "gone", "x")])
def test_other_errors_keep_their_traceback(fault: Exception) -> None:
    with pytest.raises(type(fault)), explain_machine_errors():
        raise fault


def test_memory_that_is_not_there() -> None:
    with pytest.raises(UsageError, match="this machine is out of memory"), explain_machine_errors():
        torch.empty(2**50)
