"""`model.onnx`: the generator for ONNX runtimes, with a free batch, checked against torch."""

from __future__ import annotations

import contextlib
import io
import warnings
from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor

from gan_lightning.core.atomic_file import write_bytes
from gan_lightning.core.extras import import_extra
from gan_lightning.core.silent import silent
from gan_lightning.export.agreement import check_agreement, largest_difference
from gan_lightning.export.inference import example_inputs, free_batch, inference_module
from gan_lightning.trained.generator import TrainedGenerator

ONNX = "model.onnx"


def check_installed(formats: Sequence[str]) -> None:
    """Checks the packages that these formats need.

    Raises:
        UsageError: one is not installed.
    """
    for package in ("onnx", "onnxscript", "onnxruntime") if "onnx" in formats else ():
        import_extra(package, "export")


def onnx_model(trained: TrainedGenerator) -> bytes:
    """The generator in ONNX: inputs latent [batch, latent_dim], label [batch] of conditional ones, truncation [].

    Raises:
        UsageError: onnx and onnxscript are not installed.
    """
    for package in ("onnx", "onnxscript"):
        import_extra(package, "export")
    inputs = example_inputs(trained.generator, trained.latent_dim)
    module = inference_module(trained.generator)
    with (
        warnings.catch_warnings(),
        contextlib.redirect_stdout(io.StringIO()),
        silent("torch.onnx", "onnxscript", "onnx_ir"),
    ):
        warnings.simplefilter("ignore")
        program = torch.onnx.export(
            module,
            tuple(inputs.values()),
            dynamo=True,
            input_names=list(inputs),
            output_names=["samples"],
            dynamic_shapes=free_batch(inputs),
            verbose=False,
        )
    assert program is not None
    return program.model_proto.SerializeToString()  # type: ignore[no-any-return]


def onnx_error(model: bytes, trained: TrainedGenerator) -> float:
    """Largest difference between onnxruntime's samples and torch's; see `largest_difference`.

    Raises:
        UsageError: onnxruntime is not installed.
    """
    runtime = import_extra("onnxruntime", "export")
    session = runtime.InferenceSession(model, providers=["CPUExecutionProvider"])

    def samples(inputs: dict[str, Tensor]) -> Tensor:
        return torch.from_numpy(session.run(None, {name: value.numpy() for name, value in inputs.items()})[0])

    return largest_difference(samples, trained)


def write_onnx(trained: TrainedGenerator, folder: Path) -> tuple[Path, float]:
    """Writes `model.onnx`; returns it and its error.

    Raises:
        UsageError: packages are missing, or samples differ from torch's by more than 1e-5; nothing is written then.
    """
    model = onnx_model(trained)
    error = onnx_error(model, trained)
    check_agreement(error, ONNX, "onnx", trained)
    write_bytes(folder / ONNX, model)
    return folder / ONNX, error
