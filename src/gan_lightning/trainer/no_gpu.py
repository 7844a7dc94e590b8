"""Cheap GPU checks on machines without a GPU."""

from __future__ import annotations

import os

import torch


def skip_nvml_queries() -> None:
    """Makes `torch.cuda.is_available()` use CUDA in place of NVML if there is no GPU.

    Torch's optimizers call it before each step. Lightning, when imported, switches it to the driver's library (NVML),
    which keeps processes able to fork; without NVML, torch searches the disk for it on each call, which takes 0.1 to
    1 ms. CUDA's answer is cached.
    """
    if not torch.cuda.is_available():
        os.environ["PYTORCH_NVML_BASED_CUDA_CHECK"] = "0"
