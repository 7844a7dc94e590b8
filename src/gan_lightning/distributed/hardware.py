"""Devices and processes of this machine, checked before anything is started."""

from __future__ import annotations

import os
import re
from datetime import timedelta

import torch

from gan_lightning.core.errors import UsageError, did_you_mean

MAX_CPU_PROCESSES = max(16, os.cpu_count() or 1)  # more than that takes longer than one
STRATEGIES = ("auto", "ddp_find_unused_parameters_true")


def available() -> list[str]:
    """The kinds of devices that this machine has, the CPU first."""
    found = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    found["xpu"] = hasattr(torch, "xpu") and torch.xpu.is_available()
    return ["cpu", *(name for name, there in found.items() if there)]


def check_device(device: str, devices: int = 1) -> None:
    """Checks `device=` and `devices=` of a command.

    Raises:
        UsageError: this machine does not have them.
    """
    kind = device.partition(":")[0]
    if not re.fullmatch(r"[a-z]+(:\d{1,4})?", device) or kind not in available():
        typed = f"device={device}" + (f" devices={devices}" if devices > 1 else "")
        raise UsageError(f"{typed} can't be used here: this machine has {', '.join(available())}")
    if kind == "cpu" and devices > MAX_CPU_PROCESSES:
        raise UsageError(f"devices={devices}: a CPU is shared by at most {MAX_CPU_PROCESSES} processes here")


def check_trainer(accelerator: str, devices: int | str | list[int], strategy: str, max_time: str | None) -> None:
    """Checks the Trainer's keys of devices and time.

    Raises:
        UsageError: this machine does not have them, or they are not of the kind that training takes.
    """
    here = available()
    if accelerator not in ("auto", *here) and not (accelerator == "gpu" and len(here) > 1):
        raise UsageError(f"trainer.accelerator={accelerator} is not on this machine: use auto or {' or '.join(here)}")
    if accelerator == "cpu" or here == ["cpu"]:
        if isinstance(devices, list):
            raise UsageError(f"trainer.devices={devices} are indices of GPUs: a CPU takes a number, trainer.devices=1")
        if isinstance(devices, int) and devices > MAX_CPU_PROCESSES:
            raise UsageError(
                f"trainer.devices={devices}: a CPU is shared by at most {MAX_CPU_PROCESSES} processes here"
            )
    if strategy not in STRATEGIES:
        raise UsageError(f"trainer.strategy={strategy} can't train both networks: {did_you_mean(strategy, STRATEGIES)}")
    if max_time is not None and not _is_duration(max_time):
        raise UsageError(f"trainer.max_time={max_time} is not DD:HH:MM:SS: an hour is trainer.max_time=00:01:00:00")


def check_precision(precision: str, accelerator: str) -> None:
    """Checks that the device that trains computes in this precision.

    Raises:
        UsageError: fp16 on a CPU.
    """
    if precision == "16-mixed" and (accelerator == "cpu" or available() == ["cpu"]):
        raise UsageError("trainer.precision=16-mixed is for GPUs: on a CPU use trainer.precision=bf16-mixed or 32-true")


def check_cuda_graph(accelerator: str) -> None:
    """Checks that the device that trains has CUDA graphs.

    Raises:
        UsageError: it is no CUDA GPU.
    """
    if accelerator not in ("auto", "gpu", "cuda") or not torch.cuda.is_available():
        raise UsageError("trainer.cuda_graph=true needs a CUDA GPU: leave it out where training runs on anything else")


def _is_duration(text: str) -> bool:
    if not re.fullmatch(r"\d+:\d+:\d+:\d+", text):
        return False
    days, hours, minutes, seconds = map(int, text.split(":"))
    try:
        timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
    except OverflowError:
        return False
    return True
