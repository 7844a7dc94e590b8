"""Six kinds of generative models on the same binary digits: what each gives, and at what price."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Literal, NamedTuple

import torch
from torch import Tensor

from gan_lightning.compare.group import Mean
from gan_lightning.core.console import progress_bar
from gan_lightning.core.errors import UsageError
from gan_lightning.core.rng import new_rng
from gan_lightning.core.validation import BatchSize, Index, LargeCount, MediumCount, validate_arguments
from gan_lightning.data.mnist5k import Mnist5k
from gan_lightning.data.pixels import to_float
from gan_lightning.data.sample_source import SampleTable
from gan_lightning.extractor.digits import Digits
from gan_lightning.metric import FrechetDistance
from gan_lightning.study.figure.generative_models import Row, sample_rows
from gan_lightning.study.generative_model.base import GenerativeModel
from gan_lightning.study.generative_model.gan import DefaultGAN
from gan_lightning.study.generative_model.pixel_cnn import PixelCNN
from gan_lightning.study.generative_model.pixel_gan_autoencoder import PixelGANAutoencoder
from gan_lightning.study.generative_model.rbm import RBM
from gan_lightning.study.generative_model.vae import VAE, PixelVAE
from gan_lightning.study.tool.base import Findings, Table, Value
from gan_lightning.study.tool.fit import seeded_init
from gan_lightning.study.tool.probe import probe_accuracy

Name = Literal["RBM", "VAE", "PixelCNN", "PixelVAE", "PixelGAN", "GAN"]
Size = Literal[8, 10, 12, 14, 16, 20, 24, 28]  # to which DCGAN doubles
MODELS: dict[Name, Callable[[int], GenerativeModel]] = {
    "RBM": RBM,
    "VAE": VAE,
    "PixelCNN": PixelCNN,
    "PixelVAE": PixelVAE,
    "PixelGAN": PixelGANAutoencoder,
    "GAN": DefaultGAN,
}
REAL = "real digits"
SHOWN, TIMED = 12, 100  # samples in the figure; samples drawn at once for the time


class LabelledDigits(NamedTuple):
    """Binary images [N, 1, H, W] and their classes [N]."""

    images: Tensor
    labels: Tensor


class Result(NamedTuple):
    """The numbers of one model of one seed.

    Attributes:
        model: its name.
        seed: of weights and training.
        likelihood: kind of log p(x).
        log_p: its mean over held-out images, nats an image; None for none.
        accuracy: of a linear classifier of codes, on held-out images; None without codes.
        passes: through a network, one after the other, that a sample takes.
        milliseconds: that a sample takes, of a hundred drawn at once.
        frechet: distance of samples from real digits, in features of the digit classifier.
    """

    model: str
    seed: int | None
    likelihood: str
    log_p: float | None
    accuracy: float | None
    passes: int | None
    milliseconds: float | None
    frechet: float


class GenerativeModels:
    """A restricted Boltzmann machine, a VAE, a PixelCNN, a PixelVAE, a PixelGAN autoencoder and the default GAN.

    All see the bundled digits, made small and cut at the middle grey to zeros and ones, the GAN before the cut. Each
    says what it has: a code that it infers from an image, a probability of an image, samples.

    Args:
        models: their names.
        steps: updates of each, the GAN's of both players.
        batch: images of an update.
        size: height and width of the digits.
        samples: drawn for the Fréchet distance.
        seeds: repetitions.
        seed: of the first.

    Raises:
        UsageError: there is no model.
    """

    @validate_arguments
    def __init__(
        self,
        *,
        models: tuple[Name, ...] = ("RBM", "VAE", "PixelCNN", "PixelVAE", "PixelGAN", "GAN"),
        steps: LargeCount = 2000,
        batch: BatchSize = 64,
        size: Size = 14,
        samples: LargeCount = 1000,
        seeds: MediumCount = 10,
        seed: Index = 0,
    ) -> None:
        if not models:
            raise UsageError(f"study.models={list(models)}: name one at least")
        self.models, self.steps, self.batch, self.size = models, steps, batch, size
        self.samples, self.seeds = samples, range(seed, seed + seeds)

    def run(self) -> Findings:
        """See `Study.run`."""
        data = Mnist5k(size=self.size)
        train, held_out = (_binary(table) for table in data.load())
        half = len(train.images) // 2
        order = torch.randperm(len(train.images), generator=new_rng("halves"))
        reference, others = train.images[order[:half]], train.images[order[half:]]
        floor = distance(reference, others[: self.samples])
        pixels = probe_accuracy(*_codes(train, _pixels), *_codes(held_out, _pixels), classes=10)
        results = [Result(REAL, None, "", None, pixels, None, None, floor)]
        rows = [Row(REAL, others[:SHOWN], f"distance {floor:.1f}")]
        for name in progress_bar(self.models, "models"):
            for seed in self.seeds:
                result, shown = self.measured(name, seed, train, held_out, reference)
                results.append(result)
                if seed == self.seeds[0]:
                    rows.append(Row(name, shown, _caption(result)))
        return Findings(_table(results), _summary(results), sample_rows(rows), _conclusions(results))

    def measured(
        self, name: Name, seed: int, train: LabelledDigits, held_out: LabelledDigits, real: Tensor
    ) -> tuple[Result, Tensor]:
        """A model that is trained here: its numbers, and some of its samples."""
        model = seeded_init(seed, lambda: MODELS[name](self.size))
        model.fit(train.images, steps=self.steps, batch=self.batch, seed=seed)
        log_p = model.log_likelihood(held_out.images, new_rng(seed, "likelihood"))
        accuracy = None
        if model.codes(held_out.images[:1]) is not None:
            accuracy = probe_accuracy(*_codes(train, model.codes), *_codes(held_out, model.codes), classes=10)
        begin = time.perf_counter()
        model.sample(TIMED, new_rng(seed, "time"))
        milliseconds = 1000 * (time.perf_counter() - begin) / TIMED
        samples = model.sample(self.samples, new_rng(seed, "samples"))
        mean = None if log_p is None else log_p.double().mean().item()
        numbers = (mean, accuracy, model.passes(), milliseconds, distance(real, samples))
        return Result(name, seed, model.likelihood, *numbers), samples[:SHOWN]


def distance(real: Tensor, fake: Tensor) -> float:
    """The Fréchet distance of binary images in features of the digit classifier."""
    metric = FrechetDistance(Digits())
    metric.update(2 * real - 1, real=True)
    metric.update(2 * fake - 1, real=False)
    return metric.score()


def _binary(table: SampleTable) -> LabelledDigits:
    every = torch.arange(len(table))
    assert table.labels is not None
    return LabelledDigits((to_float(table.rows[every]) > 0).float(), table.labels[every])


def _pixels(images: Tensor) -> Tensor:
    return images.flatten(1)


def _codes(digits: LabelledDigits, codes: Callable[[Tensor], Tensor | None]) -> tuple[Tensor, Tensor]:
    found = codes(digits.images)
    assert found is not None
    return found, digits.labels


def _caption(result: Result) -> str:
    log_p = "no log p(x)" if result.log_p is None else f"log p(x) {result.log_p:.1f} ({result.likelihood})"
    return f"{log_p}\ndistance {result.frechet:.1f}"


COLUMNS: Mapping[str, str] = {
    "log p(x)": "nats",
    "kind": "",
    "codes read": "%",
    "passes": "",
    "time": "ms a sample",
    "frechet/digits": "",
}


def _table(results: Sequence[Result]) -> Table:
    rows: list[list[Value]] = [
        [r.model, r.seed, r.log_p, r.likelihood, r.accuracy, r.passes, r.milliseconds, r.frechet] for r in results
    ]
    return Table({"model": "", "seed": "", **COLUMNS}, rows)


def _summary(results: Sequence[Result]) -> Table:
    """Means of each model."""
    rows: list[list[Value]] = []
    for name in dict.fromkeys(result.model for result in results):
        some = [result for result in results if result.model == name]

        def mean(numbers: Sequence[float | None]) -> Mean | None:
            return Mean.over([number for number in numbers if number is not None])

        rows.append(
            [
                name,
                mean([r.log_p for r in some]),
                some[0].likelihood,
                mean([r.accuracy for r in some]),
                some[0].passes,
                mean([r.milliseconds for r in some]),
                mean([r.frechet for r in some]),
            ]
        )
    return Table({"": "", **COLUMNS}, rows)


def _conclusions(results: Sequence[Result]) -> list[str]:
    means = {row[0]: row for row in _summary(results).rows}
    real = means.pop(REAL)
    lines = []
    densities = {name: row[1] for name, row in means.items() if isinstance(row[1], Mean)}
    if densities:
        best = max(densities, key=lambda name: densities[name].value)
        lines.append(f"Held-out digits are likeliest under {best}: {densities[best]} nats ({means[best][2]}).")
    nearest = min(means, key=lambda name: _value(means[name][6]))
    lines.append(f"Samples of {nearest} are nearest to real digits: {means[nearest][6]}; real ones are at {real[6]}.")
    coded = {name: row[3] for name, row in means.items() if isinstance(row[3], Mean)}
    if coded:
        read = max(coded, key=lambda name: coded[name].value)
        lines.append(f"A linear classifier reads codes of {read} best: {coded[read]}% right; pixels: {real[3]}%.")
    return lines


def _value(number: Value) -> float:
    return number.value if isinstance(number, Mean) else float("inf")
