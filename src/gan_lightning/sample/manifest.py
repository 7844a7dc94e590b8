"""The manifest of a folder of samples, which are of one checkpoint and one seed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from gan_lightning.core.atomic_file import write_text
from gan_lightning.core.errors import UsageError
from gan_lightning.core.json_file import read_object
from gan_lightning.core.paths import make_dir, relative_to_cwd

MANIFEST = "samples.json"
DIFFERENCES = {
    "sha256": "another checkpoint",
    "weights": "other weights",
    "seed": "another seed",
    "label": "another class",
    "truncation": "another truncation",
    "standing": "other statistics",
    "images": "other images",
    "direction": "another direction",
}


def check_and_write_manifest(folder: Path, origin: Mapping[str, object]) -> None:
    """Creates the folder and writes the origin of its samples to `samples.json`.

    Args:
        folder: of the samples.
        origin: checkpoint, seed and options. An existing manifest must agree in the keys of `DIFFERENCES`.

    Raises:
        UsageError: the folder has samples of another origin or of one that can't be read, or other files; nothing is
            changed.
    """
    file = folder / MANIFEST
    existing = read_object(file)
    if existing is not None and "sha256" in existing:
        for key in DIFFERENCES:
            if existing.get(key) != origin.get(key):
                raise UsageError(
                    f"{relative_to_cwd(folder)} holds samples of {DIFFERENCES[key]} ({_describe(existing)}): "
                    "choose another folder (out=DIR), or remove it"
                )
        return
    if file.is_file():
        raise UsageError(
            f"{relative_to_cwd(file)} is damaged, so the origin of the samples beside it is unknown: choose another "
            f"folder (out=DIR), or remove {relative_to_cwd(folder)}"
        )
    if folder.is_dir() and any(folder.iterdir()):
        raise UsageError(f"{relative_to_cwd(folder)} holds other files: choose an empty folder, or a new one (out=DIR)")
    make_dir(folder, "out")
    write_text(file, json.dumps(dict(origin), indent=2) + "\n")


def _describe(origin: Mapping[str, object]) -> str:
    step, checkpoint, weights, seed = (origin.get(key) for key in ("step", "checkpoint", "weights", "seed"))
    return f"step {step} of {checkpoint}, {weights}, seed {seed}"
