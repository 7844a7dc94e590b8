"""`model.aoti.pt2`: the generator as machine code for this processor, by AOTInductor."""

from __future__ import annotations

import tempfile
from pathlib import Path

import torch
from torch import Tensor

from gan_lightning.core.atomic_file import write_bytes
from gan_lightning.core.errors import UsageError, first_line
from gan_lightning.core.silent import silent
from gan_lightning.export.agreement import check_agreement, largest_difference
from gan_lightning.export.program import export_program
from gan_lightning.trained.generator import TrainedGenerator

PACKAGE = "model.aoti.pt2"


def write_aotinductor(trained: TrainedGenerator, folder: Path) -> tuple[Path, float]:
    """Writes `model.aoti.pt2`; returns it and the largest difference between its samples and torch's.

    `torch._inductor.aoti_load_package(FILE)(latent, truncation)` runs it, without Python's layers, on machines with the
    same kind of processor and version of torch; with a label in between if the generator is conditional.

    Raises:
        UsageError: there is no C++ compiler, or samples differ from torch's by more than 1e-5; nothing is written then.
    """
    with tempfile.TemporaryDirectory() as home:
        file = Path(home) / PACKAGE
        try:
            with silent("torch.utils.cpp_extension"):
                torch._inductor.aoti_compile_and_package(export_program(trained), package_path=str(file))
        except Exception as cause:  # of the compiler, in words of its own
            raise UsageError(
                f"format=aotinductor needs a C++ compiler that torch can use (g++, or CXX=PROGRAM): {first_line(cause)}"
            ) from cause
        package = torch._inductor.aoti_load_package(str(file))

        def samples(inputs: dict[str, Tensor]) -> Tensor:
            made: Tensor = package(*inputs.values())
            return made

        error = largest_difference(samples, trained)
        check_agreement(error, PACKAGE, "aotinductor", trained)
        write_bytes(folder / PACKAGE, file.read_bytes())
    return folder / PACKAGE, error
