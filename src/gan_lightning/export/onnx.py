"""`model.onnx`: the generator for ONNX runtimes, with a free batch, checked against torch."""

from __future__ import annotations

import contextlib
import io
import logging
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path

import torch
from torch import Tensor

from gan_lightning.core.atomic_file import write_bytes
from gan_lightning.core.errors import UsageError
from gan_lightning.core.extras import import_extra
from gan_lightning.export.inference import example_inputs, free_batch, inference_module
from gan_lightning.trained.generator import TrainedGenerator

ONNX = "model.onnx"
TOLERANCE = 1e-5  # largest difference between onnxruntime's and torch's samples, where these lie in [-1, 1]
CHECKS = ((1, torch.inf), (2, 0.5), (5, 1.0))  # batch and truncation


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
        _silent("torch.onnx", "onnxscript", "onnx_ir"),
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
    """Largest difference between onnxruntime's samples and torch's, over several batches and truncations.

    Of samples that leave [-1, 1], as points and linear outputs do, it is a fraction of the largest.

    Raises:
        UsageError: onnxruntime is not installed.
    """
    runtime = import_extra("onnxruntime", "export")
    session = runtime.InferenceSession(model, providers=["CPUExecutionProvider"])
    module, worst = inference_module(trained.generator), 0.0
    for seed, (batch, truncation) in enumerate(CHECKS):
        inputs = example_inputs(trained.generator, trained.latent_dim, batch, truncation, seed)
        (samples,) = session.run(None, {name: value.numpy() for name, value in inputs.items()})
        expected: Tensor = module(*inputs.values())
        difference = (torch.from_numpy(samples) - expected).abs().max() / expected.abs().max().clamp(min=1)
        worst = max(worst, float(difference))
    return worst


def write_onnx(trained: TrainedGenerator, folder: Path) -> tuple[Path, float]:
    """Writes `model.onnx`; returns it and its error.

    Raises:
        UsageError: packages are missing, or samples differ from torch's by more than 1e-5; nothing is written then.
    """
    model = onnx_model(trained)
    error = onnx_error(model, trained)
    if not error <= TOLERANCE:
        raise UsageError(
            f"{ONNX} would differ from torch by {error:.1e}, more than {TOLERANCE:g}: leave format=onnx out"
        )
    write_bytes(folder / ONNX, model)
    return folder / ONNX, error


@contextlib.contextmanager
def _silent(*names: str) -> Iterator[None]:
    loggers = [logging.getLogger(name) for name in names]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
