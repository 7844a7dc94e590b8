"""Tensors in files of torch.save, read without running anything that is in them."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gan_lightning.core.errors import UsageError, first_line
from gan_lightning.core.few import few
from gan_lightning.data.io.array_layout import Array

if TYPE_CHECKING:
    from torch import Tensor

LEGACY = b"\x80\x02"  # the begin of a file of torch before 1.6, and of any pickle
TAKES = "save a tensor or a dict of tensors, torch.save({'images': images, 'labels': labels}, FILE)"


def is_torch_file(file: Path) -> bool:
    """True for a file of torch.save, by its content."""
    try:
        if not zipfile.is_zipfile(file):
            with file.open("rb") as stream:
                return stream.read(2) == LEGACY
        with zipfile.ZipFile(file) as archive:
            return any(name.endswith("/data.pkl") for name in archive.namelist())
    except (OSError, zipfile.BadZipFile):
        return False


def tensors_in(file: Path) -> dict[str | None, Tensor]:
    """The tensors in a dict by their names, or a single one by None; not read yet where they can be mapped.

    Raises:
        UsageError: the file holds other than tensors, or is damaged.
    """
    import torch

    try:
        content = torch.load(file, map_location="cpu", weights_only=True, mmap=zipfile.is_zipfile(file))
    except MemoryError:
        raise
    except Exception as error:  # the unpickler raises every kind
        raise UsageError(f"{file} can't be read as tensors ({_reason(error)}): {TAKES}") from error
    found: dict[Any, Any] = content if isinstance(content, dict) else {None: content}
    tensors = {key: value for key, value in found.items() if isinstance(value, torch.Tensor)}
    others = sorted({type(value).__name__ for value in found.values() if not isinstance(value, torch.Tensor)})
    if not tensors:
        raise UsageError(f"{file} holds no tensors but {few(others, 3) or 'nothing'}: {TAKES}")
    if any(not isinstance(key, str) for key in tensors if key is not None):
        raise UsageError(f"{file} names its tensors by other than text: {TAKES}")
    return tensors


def to_array(tensor: Tensor, where: str) -> Array:
    """The tensor as an array that shares its memory; bfloat16 becomes single precision.

    Raises:
        UsageError: it is no plain tensor, or its shape claims more values than the file holds.
    """
    import torch

    if tensor.layout != torch.strided or tensor.is_quantized or tensor.is_complex():
        raise UsageError(f"{where} is a tensor of {tensor.dtype} and {tensor.layout}: save a plain one")
    if tensor.numel() * tensor.element_size() > tensor.untyped_storage().nbytes():
        raise UsageError(f"{where} has shape {list(tensor.shape)}, but holds fewer values: save tensor.contiguous()")
    plain = tensor.detach()
    return (plain.float() if plain.dtype == torch.bfloat16 else plain).numpy()


def _reason(error: Exception) -> str:
    text = first_line(error)
    return "it holds objects that are no tensors" if "weights_only" in text.lower() else text[:200]
