"""`model.pt2`: the generator as a `torch.export` program with a free batch."""

from __future__ import annotations

from pathlib import Path

import torch

from gan_lightning.core.atomic_file import atomic_replace
from gan_lightning.export.inference import example_inputs, free_batch, inference_module
from gan_lightning.trained.generator import TrainedGenerator

PROGRAM = "model.pt2"


def export_program(trained: TrainedGenerator) -> torch.export.ExportedProgram:
    """Traces the generator: `torch.export.load(FILE).module()(latent, truncation)`, with a label in between if it is
    conditional."""
    inputs = example_inputs(trained.generator, trained.latent_dim)
    with torch.no_grad():
        return torch.export.export(
            inference_module(trained.generator), tuple(inputs.values()), dynamic_shapes=free_batch(inputs)
        )


def write_program(trained: TrainedGenerator, folder: Path) -> Path:
    """Writes `model.pt2`."""
    with atomic_replace(folder / PROGRAM) as beside, beside.open("wb") as file:
        torch.export.save(export_program(trained), file)
    return folder / PROGRAM
