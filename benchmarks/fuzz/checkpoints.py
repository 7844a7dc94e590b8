"""Checkpoints with flipped bits, and checkpoints that are whole but hold the wrong things."""

from __future__ import annotations

import copy
import math
import random
import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import torch

from benchmarks.fuzz.command_lines import try_one
from benchmarks.fuzz.forked import run_cases
from benchmarks.fuzz.result import Result
from gan_lightning.core.errors import UsageError
from gan_lightning.run.checkpoint_io import AtomicCheckpointIO

LIMIT = 30.0  # seconds for one file
BATCH = 500  # files that one child reads


@dataclass(frozen=True)
class Flip:
    """One flipped bit of a checkpoint file.

    Attributes:
        file: the whole file.
        byte: position.
        bit: of the byte.
        region: what the byte belongs to.
    """

    file: Path
    byte: int
    bit: int
    region: str

    def __str__(self) -> str:
        return f"bit {self.bit} of byte {self.byte:,} ({self.region})"


def regions(file: Path) -> list[tuple[str, int, int]]:
    """The parts of a zip file, (name, first byte, byte after): what describes records, records, and the directory."""
    found = []
    with zipfile.ZipFile(file) as archive, file.open("rb") as stream:
        at = 0
        for record in sorted(archive.infolist(), key=lambda one: one.header_offset):
            stream.seek(record.header_offset + 26)
            name, extra = (int.from_bytes(stream.read(2), "little") for _ in range(2))
            start = record.header_offset + 30 + name + extra
            found += [("header of a record", at, start), ("record", start, start + record.file_size)]
            at = start + record.file_size
        found += [("directory", at, file.stat().st_size)]
    return [region for region in found if region[1] < region[2]]


def check_flip(flip: Flip) -> str:
    """Loads the file with the bit flipped; right is one line, or the content of the whole file."""
    content = bytearray(flip.file.read_bytes())
    content[flip.byte] ^= 1 << flip.bit
    with tempfile.NamedTemporaryFile(suffix=".ckpt") as damaged:
        damaged.write(content)
        damaged.flush()
        try:
            loaded = AtomicCheckpointIO().load_checkpoint(damaged.name)
        except UsageError as error:
            return "" if len(str(error).splitlines()) == 1 else f"refused in several lines: {error}"
    return "" if same(loaded, _whole(flip.file)) else "loaded, with another content"


@cache
def _whole(file: Path) -> dict[str, Any]:
    return AtomicCheckpointIO().load_checkpoint(file)


def same(one: object, two: object) -> bool:
    """True if two trees of plain containers and tensors are equal, NaN to NaN."""
    if isinstance(one, torch.Tensor) and isinstance(two, torch.Tensor):
        if (one.dtype, one.layout) != (two.dtype, two.layout):
            return False
        return torch.equal(one.to_dense().nan_to_num(), two.to_dense().nan_to_num())
    if isinstance(one, dict) and isinstance(two, dict):
        return list(one) == list(two) and all(same(one[key], two[key]) for key in one)
    if isinstance(one, list | tuple) and isinstance(two, list | tuple):
        return len(one) == len(two) and all(map(same, one, two))
    return type(one) is type(two) and (one == two or one != one)


def flipped_bits(seed: int, count: int, file: Path, directory: Path) -> Iterator[Result]:
    """So many flips of one bit: a third in each kind of region, however small it is."""
    rng = random.Random(seed)
    parts = regions(file)
    cases = []
    for number in range(count):
        kind = ("header of a record", "record", "directory")[number % 3]
        name, first, after = rng.choice([part for part in parts if part[0] == kind])
        cases.append(Flip(file, rng.randrange(first, after), rng.randrange(8), name))
    for start in range(0, count, BATCH):
        for case, wrong in run_cases(check_flip, cases[start : start + BATCH], LIMIT, directory):
            yield Result("flipped bits of a checkpoint", str(case), wrong)


# What may stand in the place of a leaf of another kind.
STRANGERS: tuple[object, ...] = (
    "a string",
    None,
    -1,
    10**12,
    math.nan,
    [],
    {},
    (1, 2, 3),
    True,
    torch.zeros(0),
    torch.zeros(3, 3, 3, dtype=torch.float64),
    torch.zeros(1, dtype=torch.int64),
    torch.zeros((), dtype=torch.bool),
    torch.full((2,), math.nan),
    torch.zeros(4).to_sparse(),
)


def change(checkpoint: dict[str, Any], rng: random.Random) -> str:
    """Changes one random place of a checkpoint; says what it did."""
    node: Any = checkpoint
    path = ""
    while True:
        places = list(node) if isinstance(node, dict) else list(range(len(node)))
        place = rng.choice(places)
        path += f"[{place!r}]"
        inner = node[place]
        if isinstance(inner, dict | list) and inner and rng.random() < 0.85:
            node = inner
            continue
        kind = rng.choice(("replace", "replace", "remove", "rename", "reshape"))
        if kind == "remove":
            del node[place]
            return f"without {path}"
        if kind == "rename" and isinstance(node, dict):
            name = f"{place}x" if isinstance(place, str) else place + 1000
            node[name] = node.pop(place)
            return f"{path} called {name!r}"
        if kind == "reshape" and isinstance(inner, torch.Tensor):
            node[place] = inner.new_zeros(*inner.shape, 2)
            return f"{path} of shape {tuple(node[place].shape)}"
        node[place] = copy.deepcopy(rng.choice(STRANGERS))
        return f"{path} = {str(node[place])[:40]!r}"


def changed_checkpoints(seed: int, template: Path) -> Iterator[Result]:
    """Whole checkpoint files of wrong content, without end: going on with them, and sampling.

    Args:
        seed: of the choices.
        template: a directory with the finished run runs/points.
    """
    rng = random.Random(seed)
    whole = torch.load(template / "runs/points/checkpoints/last.ckpt", weights_only=True)
    commands = (
        ("gan_lightning.train", ("run=runs/points", "trainer.max_steps=6")),
        ("gan_lightning.sample.__main__", ("run=runs/points", "output=grid")),
    )
    while True:
        checkpoint = copy.deepcopy(whole)
        changed = change(checkpoint, rng)
        with tempfile.TemporaryDirectory() as home:
            damaged = Path(home, "cwd")
            shutil.copytree(template, damaged)
            for name in ("last", "previous"):
                torch.save(checkpoint, damaged / f"runs/points/checkpoints/{name}.ckpt")
            for command, argv in commands:
                wrong = try_one(command, argv, damaged)
                yield Result(f"changed checkpoints: {command.split('.')[1]}", changed, wrong)
