"""Lightning's profilers, with their report in the run directory and on the terminal."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from lightning.pytorch.profilers import AdvancedProfiler, Profiler, PyTorchProfiler, SimpleProfiler

from gan_lightning.core.console import print_rank_zero
from gan_lightning.core.paths import relative_to_cwd

ProfilerName = Literal["simple", "advanced", "pytorch"]


class _Reported(Profiler):
    """Prints what it writes."""

    def describe(self) -> None:
        """Writes the report to its file, and prints it."""
        report = self.summary()
        super().describe()
        print_rank_zero(f"{report}\n{relative_to_cwd(Path(str(self.dirpath)))} has this profile")


class _Simple(_Reported, SimpleProfiler): ...


class _Advanced(_Reported, AdvancedProfiler): ...


class _PyTorch(_Reported, PyTorchProfiler): ...


KINDS: dict[ProfilerName, Any] = {"simple": _Simple, "advanced": _Advanced, "pytorch": _PyTorch}


def profiler(name: ProfilerName, directory: str) -> Profiler:
    """The profiler of this name; it writes `profile/fit-report-0.txt` in the directory, and the traces of pytorch."""
    built: Profiler = KINDS[name](dirpath=Path(directory) / "profile", filename="report")
    return built
