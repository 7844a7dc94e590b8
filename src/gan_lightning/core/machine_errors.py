"""What a machine does to a run, in one line that says what to do about it."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager

import torch

from gan_lightning.core.errors import UsageError

_DISK = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EACCES, errno.EPERM, errno.EIO, errno.ENOTDIR}
_MEMORY = (
    "objective.accumulate=2 does the same mathematics in smaller pieces; trainer.precision=bf16-mixed, a smaller "
    "data.batch_size or smaller networks need less"
)


@contextmanager
def explain_machine_errors() -> Iterator[None]:
    """Inside the `with`, faults of the machine raise a `UsageError` in place of a library's words."""
    try:
        yield
    except torch.OutOfMemoryError as error:
        raise UsageError(f"the device is out of memory: {_MEMORY}") from error
    except MemoryError as error:
        raise UsageError(f"this machine is out of memory: {_MEMORY}") from error
    except RuntimeError as error:
        if "can't allocate memory" in str(error):  # torch's allocator of the CPU
            raise UsageError(f"this machine is out of memory: {_MEMORY}") from error
        if str(error).startswith("DataLoader worker"):
            raise UsageError(
                f"a process that prepares data died, mostly for lack of memory: try data.num_workers=0 "
                f"({_first(error)})"
            ) from error
        raise
    except OSError as error:
        if error.errno not in _DISK:
            raise
        raise UsageError(f"could not write or read {error.filename or 'a file'}: {error.strerror}") from error


def _first(error: BaseException) -> str:
    return str(error).strip().splitlines()[0]
