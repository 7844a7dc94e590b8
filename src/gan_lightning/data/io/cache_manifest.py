"""Contents of a file of decoded images."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from gan_lightning.data.io.value_range import ValuesFound

Bits = Literal[8, 16]
DTYPES: dict[int, np.dtype[Any]] = {8: np.dtype(np.uint8), 16: np.dtype("<u2")}


@dataclass
class CacheManifest:
    """Contents of a finished cache file.

    Attributes:
        rows: number of images; the file has rows for all files, the last ones unused.
        unreadable: (number in `ImageFiles.names`, reason) of those that could not be decoded, in order.
        values: for each kind of more than 8 bits, the values found.
        bits: of a value in the cache file.
        native: bits of the deepest image; None where it was not looked for.
    """

    rows: int = 0
    unreadable: list[tuple[int, str]] = field(default_factory=list)
    values: list[ValuesFound] = field(default_factory=list)
    bits: Bits = 8
    native: Bits | None = None

    def is_of(self, files: int) -> bool:
        """True if it can be that of a folder with so many files."""
        numbers = [number for number, _ in self.unreadable]
        return self.rows + len(numbers) == files and numbers == sorted(set(numbers) & set(range(files)))
