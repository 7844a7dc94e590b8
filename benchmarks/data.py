"""Times our stream of real data against torch's DataLoader, as a careful user writes it.

    python -m benchmarks.data
    python -m benchmarks.data --quick --json data.json

Each makes the same: the real data of one step, five turns of 64 samples as networks see them, floats in [-1, 1], in a
fresh order every epoch. Milliseconds of CPU time that a step costs the training process, medians taken in turns, and
how many times as long as ours in memory that is. What worker processes do beside it is not counted: they need a core.

    per sample   a Dataset of single images with torchvision's transforms, batched by the DataLoader
    batched      a TensorDataset indexed by whole batches (BatchSampler), converted and flipped at once
    decoded      an ImageFolder of PNG files, opened again in every epoch; ours decodes them once, into an .npy file
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.utils.data import BatchSampler, DataLoader, Dataset, RandomSampler, TensorDataset
from torchvision.datasets import ImageFolder
from torchvision.transforms import v2

from benchmarks.timing import Line, medians, parser, show, write
from gan_lightning.data.io.memmap import MemmapRows
from gan_lightning.data.pixels import to_float
from gan_lightning.data.sample_source import RowIndexable, SampleTable
from gan_lightning.data.stream import StepBatch, StepStream

TURNS, BATCH = 5, 64
Play = Callable[[], object]


class Single(Dataset[Tensor]):
    """Images one by one, as tutorials have it."""

    def __init__(self, images: Tensor, flip: bool) -> None:
        self.images = images
        self.transform = v2.Compose([*_flips(flip), v2.ToDtype(torch.float32, scale=True), v2.Normalize([0.5], [0.5])])

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, index: int) -> Tensor:
        transformed: Tensor = self.transform(self.images[index])
        return transformed


def _flips(flip: bool) -> list[Any]:
    return [v2.RandomHorizontalFlip()] if flip else []


def endless(loader: Iterable[Any]) -> Iterator[Any]:
    """Epoch after epoch."""
    while True:
        yield from loader


def taking(batches: Iterator[Any], convert: Callable[[Any], Tensor]) -> Play:
    """Takes a step's turns from an endless iterator of batches."""
    return lambda: [convert(next(batches)) for _ in range(TURNS)]


def ours(rows: RowIndexable, flip: bool, workers: int = 0) -> Play:
    """Our steps, each turn of them as networks see it."""
    steps = StepStream(SampleTable(rows, flip=flip), batches_per_step=TURNS, batch_size=BATCH)
    stream: Iterator[StepBatch] = iter(DataLoader(steps, batch_size=None, num_workers=workers) if workers else steps)
    return lambda: [to_float(turn) for turn in next(stream).real]


def per_sample(images: Tensor, flip: bool, workers: int = 0) -> Play:
    """A Dataset of single images."""
    loader = DataLoader(
        Single(images, flip), BATCH, shuffle=True, drop_last=True, num_workers=workers, persistent_workers=workers > 0
    )
    return taking(endless(loader), lambda batch: batch)


def batched(samples: Tensor, flip: bool) -> Play:
    """A TensorDataset indexed by whole batches."""
    data = TensorDataset(samples)
    sampler = BatchSampler(RandomSampler(data), BATCH, drop_last=True)
    loader = DataLoader(data, sampler=sampler, batch_size=None)

    def convert(batch: tuple[Tensor]) -> Tensor:
        real = to_float(batch[0])
        if not flip:
            return real
        return torch.where((torch.rand(len(real)) < 0.5).view(-1, 1, 1, 1), real.flip(-1), real)

    return taking(endless(loader), convert)


def decoded(folder: Path, flip: bool) -> Play:
    """An ImageFolder."""
    to_float = [v2.PILToTensor(), v2.ToDtype(torch.float32, scale=True), v2.Normalize([0.5], [0.5])]
    data = ImageFolder(str(folder), v2.Compose([*_flips(flip), *to_float]))
    return taking(endless(DataLoader(data, BATCH, shuffle=True, drop_last=True)), lambda batch: batch[0])


def stored(images: Tensor, place: Path) -> tuple[Path, Path]:
    """The images as a folder of PNG files, and as an .npy file."""
    folder, file = place / "folder", place / "images.npy"
    (folder / "all").mkdir(parents=True)
    for number, image in enumerate(images):
        Image.fromarray(image.permute(1, 2, 0).numpy()).save(folder / "all" / f"{number}.png")
    np.save(file, images.numpy())
    return folder, file


def contests(count: int, workers: int, place: Path) -> dict[str, dict[str, Play]]:
    """Who is timed beside whom; ours in memory is the first of each."""
    images = torch.randint(0, 256, (count, 3, 32, 32), dtype=torch.uint8)
    points = torch.randn(count, 2)
    folder, file = stored(images, place)
    found = {}
    for flip in (False, True):
        mapped = MemmapRows(file, torch.arange(count))
        found["3x32x32, flipped" if flip else "3x32x32"] = {
            "ours, in memory": ours(images, flip),
            "ours, mapped from disk": ours(mapped, flip),
            **({f"ours, in memory, {workers} workers": ours(images, flip, workers)} if workers else {}),
            "batched": batched(images, flip),
            "per sample": per_sample(images, flip),
            **({f"per sample, {workers} workers": per_sample(images, flip, workers)} if workers else {}),
            "decoded": decoded(folder, flip),
        }
    found["points"] = {"ours, in memory": ours(points, False), "batched": batched(points, False)}
    return found


def main() -> None:
    """Prints the tables."""
    arguments = parser(__doc__).parse_args()
    torch.set_num_threads(1)
    lines: list[Line] = []
    with tempfile.TemporaryDirectory() as place:
        sizes = (400, 0) if arguments.quick else (5000, 2)
        for samples, plays in contests(*sizes, Path(place)).items():
            seconds = medians(plays, 2 if arguments.quick else 9, least=0.01 if arguments.quick else 0.2)
            first = next(iter(seconds.values()))
            lines += [
                {"samples": samples, "who": who, "ms a step": 1e3 * value, "times ours": value / first}
                for who, value in seconds.items()
            ]
        show(lines)
    write(arguments.json, lines)


if __name__ == "__main__":
    main()
