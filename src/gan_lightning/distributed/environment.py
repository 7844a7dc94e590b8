"""Environment variables of launchers (torchrun, srun)."""

from __future__ import annotations

import os


def external_world_size() -> int:
    """The number of processes that torchrun or srun started for this run; 1 without them."""
    by_torchrun = os.environ.get("WORLD_SIZE", "1") if "TORCHELASTIC_RUN_ID" in os.environ else "1"
    return max(int(by_torchrun), int(os.environ.get("SLURM_STEP_NUM_TASKS", "1")))
