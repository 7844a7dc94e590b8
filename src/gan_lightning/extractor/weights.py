"""Third-party files of weights."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import cast

import torch
from torch import Tensor

from gan_lightning.core.errors import UsageError


def state_dict(path: Path) -> dict[str, Tensor]:
    """Name → tensor, loaded without executing code.

    Raises:
        UsageError: the file is damaged, or holds anything but tensors.
    """
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except (pickle.UnpicklingError, RuntimeError, EOFError, OSError) as error:
        raise UsageError(f"{path} holds no weights that can be read safely: {str(error).splitlines()[0]}") from error
    if not isinstance(state, dict) or not all(isinstance(value, Tensor) for value in state.values()):
        raise UsageError(f"{path} holds no weights: give a file with a dict of tensors")
    return cast("dict[str, Tensor]", state)
