"""A machine without a GPU is asked about one in every optimizer step."""

from __future__ import annotations

import os

import torch


def skip_nvml_queries() -> None:
    """Makes the question cheap where the answer is no.

    Torch's optimizers ask before each step. Lightning, when imported, has torch look into the driver's own library
    (NVML), so that processes can still fork afterwards; where there is none, torch searches the disk for it each time,
    which takes a tenth of a millisecond to a whole one. Without a GPU, CUDA may be asked as well: it remembers.
    """
    if not torch.cuda.is_available():
        os.environ["PYTORCH_NVML_BASED_CUDA_CHECK"] = "0"
