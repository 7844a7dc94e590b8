"""Trained encoders of levels in files, that of the bundled digits among them."""

from __future__ import annotations

import io
import pickle
from importlib import resources
from pathlib import Path

import torch

from gan_lightning.core.errors import UsageError
from gan_lightning.core.given_path import given_path
from gan_lightning.core.validation import validate_arguments
from gan_lightning.nn.level_encoder import ConvolutionalEncoder, LevelEncoder

DIGITS = "digit_encoder.pt"
ARGUMENTS = ("shape", "classes", "features", "width", "max_width")


class TrainedEncoder(LevelEncoder):
    """An encoder that `python -m gan_lightning.extractor.train_encoder` has trained.

    Args:
        weights: its file; None: the encoder of the bundled digits, which is part of the package.

    Raises:
        UsageError: there is no such file, or it holds no encoder.
    """

    @validate_arguments
    def __init__(self, weights: str | None = None) -> None:
        super().__init__(*load_encoder(weights).parts)


def load_encoder(weights: str | None = None) -> ConvolutionalEncoder:
    """The encoder of a file; see `TrainedEncoder`."""
    if weights is None:
        return _unpacked((resources.files("gan_lightning.extractor") / DIGITS).read_bytes(), DIGITS)
    path = given_path(weights, "objective.encoder.weights")
    if not path.is_file():
        raise UsageError(
            f"objective.encoder.weights={weights}: no such file: python -m gan_lightning.extractor.train_encoder FILE "
            "data=NAME makes one"
        )
    return _unpacked(path.read_bytes(), str(path))


def _unpacked(packed: bytes, name: str) -> ConvolutionalEncoder:
    try:
        content = torch.load(io.BytesIO(packed), map_location="cpu", weights_only=True)
        with torch.device("meta"):  # draws no initial weights, which would change the run's random numbers
            encoder = ConvolutionalEncoder(**content["arguments"])
        encoder.load_state_dict(content["weights"], assign=True)
    except (pickle.UnpicklingError, RuntimeError, EOFError, OSError, KeyError, TypeError) as error:
        raise UsageError(
            f"{name} holds no encoder: python -m gan_lightning.extractor.train_encoder FILE data=NAME makes one"
        ) from error
    return encoder


def save_encoder(encoder: ConvolutionalEncoder, file: Path) -> None:
    """Writes an encoder with what it is built from."""
    packed = io.BytesIO()  # given a path, its name would enter the bytes
    torch.save(
        {"arguments": {name: getattr(encoder, name) for name in ARGUMENTS}, "weights": encoder.state_dict()}, packed
    )
    file.write_bytes(packed.getvalue())
