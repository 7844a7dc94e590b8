"""Errors of the machine (memory, disk, dead processes) as one line with a remedy."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager

import torch

from gan_lightning.core.errors import UsageError, first_line

_DISK = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EACCES, errno.EPERM, errno.EIO, errno.ENOTDIR}
_DISK |= {errno.EISDIR, errno.EEXIST, errno.ENAMETOOLONG, errno.ELOOP}
_MEMORY = (
    "objective.accumulate=2 does the same mathematics in smaller micro-batches; trainer.precision=bf16-mixed, "
    "a smaller data.batch_size or smaller networks need less"
)


@contextmanager
def explain_machine_errors() -> Iterator[None]:
    """Inside the `with`, errors of the machine are raised as a `UsageError`; all others pass unchanged."""
    try:
        yield
    except torch.OutOfMemoryError as error:
        raise UsageError(f"the device is out of memory: {_MEMORY}") from error
    except MemoryError as error:
        raise UsageError(f"this machine is out of memory: {_MEMORY}") from error
    except RuntimeError as error:
        if "can't allocate memory" in str(error):  # torch's CPU allocator
            raise UsageError(f"this machine is out of memory: {_MEMORY}") from error
        if str(error).startswith("DataLoader worker"):
            raise UsageError(
                f"a DataLoader worker died, mostly for lack of memory: try data.num_workers=0 ({first_line(error)})"
            ) from error
        raise
    except OSError as error:
        if error.errno not in _DISK:
            raise
        raise UsageError(f"could not write or read {error.filename or 'a file'}: {error.strerror}") from error
