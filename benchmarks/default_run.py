"""The run without arguments, over seeds: its score, whether the estimate follows it, how readable its digits are.

    python -m benchmarks.default_run                              seeds 0 to 9: 25 minutes of two cores
    python -m benchmarks.default_run --seeds 0 1 --folder kept    and keep the runs
    python -m benchmarks.default_run condition=none               with other settings

`frechet` is frechet/digits of 4,500 samples against the 500 held-out digits; `rho` is Spearman's, of the critic's
estimate with frechet/digits over the twelve scorings of the run. Digits are read by a classifier of another
architecture than the one that scores, trained on the same training digits: the share of 640 samples that it gives a
class with a probability above 0.95, and the share of those asked for by class that it reads as that class.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

import torch
from torch import Tensor, nn

from benchmarks.timing import Line, parser, show, write
from gan_lightning import load
from gan_lightning.config.compose import compose_config
from gan_lightning.config.path_keys import quote
from gan_lightning.config.train_config import TrainConfig
from gan_lightning.config.validate import resolve_and_validate
from gan_lightning.core import console
from gan_lightning.data.mnist5k import HELD_OUT_OF_EACH, read_digits
from gan_lightning.data.pixels import quantize
from gan_lightning.data.split import stratified
from gan_lightning.evaluate import evaluate
from gan_lightning.extractor.train_digits import train as train_classifier
from gan_lightning.logger.csv import read
from gan_lightning.metric.rank_correlation import column, rank_correlation
from gan_lightning.metric.report import NAME
from gan_lightning.metric.report import read as read_scores
from gan_lightning.train import train

QUIET = ("samples", "doctor", "cpu_contention", "progress", "summary", "curves", "loss_vs_score")  # left out
SCORE, SAMPLES, CONFIDENT = "frechet/digits", 640, 0.95


class Reader(nn.Module):
    """LeNet-5 with ReLU, of 28 px: the features before its last layer, and logits."""

    def __init__(self) -> None:
        super().__init__()
        convolutions = [nn.Conv2d(1, 6, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(6, 16, 5), nn.ReLU()]
        linear = [nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU()]
        self.body, self.head = nn.Sequential(*convolutions, nn.MaxPool2d(2), nn.Flatten(), *linear), nn.Linear(84, 10)

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Of images [N, 1, 28, 28] of levels 0…255."""
        features = self.body(images / 255)
        return features, self.head(features)


def reader() -> nn.Module:
    """The classifier that reads, trained; how well it reads held-out digits is printed."""
    images, labels = read_digits()
    train_rows, held_out = stratified(labels, HELD_OUT_OF_EACH)
    network = train_classifier(images[train_rows], labels[train_rows], 25, Reader)
    sure, right = readable(network, images[held_out], labels[held_out])
    print(f"held-out digits: {sure:.1%} read with a probability above {CONFIDENT}, {right:.1%} as their class")
    return network


@torch.no_grad()
def readable(network: nn.Module, images: Tensor, labels: Tensor | None) -> tuple[float, float | None]:
    """Shares of images uint8 [N, 1, 28, 28] that are read with confidence, and as their class, where they have one."""
    probability, found = network(images.float())[1].softmax(1).max(1)
    right = None if labels is None else (found == labels).double().mean().item()
    return (probability > CONFIDENT).double().mean().item(), right


def measured(seed: int, overrides: Sequence[str], run: Path, network: nn.Module) -> Line:
    """One run."""
    typed = [f"seed={seed}", "logger=none", f"run_dir={quote(run)}", *overrides]
    config = TrainConfig(**resolve_and_validate(compose_config("train", typed), TrainConfig))
    began = perf_counter()
    train(config, exclude=QUIET)
    seconds = perf_counter() - began
    evaluate(run=str(run))
    rows = read(run / "metrics.csv")
    rho = rank_correlation(rows, column(rows, "wasserstein"), SCORE)
    generator = load(run)
    if generator.classes:
        labels = torch.arange(SAMPLES) % generator.classes
        of_class = [
            generator.sample(SAMPLES // generator.classes, seed=seed, label=k) for k in range(generator.classes)
        ]
        samples = torch.stack(of_class, 1).flatten(0, 1)
    else:
        labels, samples = None, generator.sample(SAMPLES, seed=seed)
    sure, right = readable(network, quantize(samples), labels)
    return {
        "seed": seed,
        "frechet": next(score.value for score in read_scores(run / NAME) if score.name == SCORE),
        "rho": rho.value if rho else None,
        "read with confidence": sure,
        "read as its class": right,
        "seconds": seconds,
    }


def mean(lines: Sequence[Line]) -> Line:
    """The mean over the seeds."""
    numbers = {name: [line[name] for line in lines if line[name] is not None] for name in lines[0]}
    return {name: sum(values) / len(values) if values else None for name, values in numbers.items()} | {"seed": "mean"}


def main() -> None:
    """The table."""
    options = parser(__doc__)
    options.add_argument("overrides", nargs="*", help="settings of gan_lightning.train")
    options.add_argument("--seeds", nargs="+", type=int, default=list(range(10)))
    options.add_argument("--threads", type=int, default=1, help="of a run")
    options.add_argument("--folder", type=Path, help="where to keep the runs")
    given = options.parse_args()
    torch.set_num_threads(given.threads)
    warnings.filterwarnings("ignore")
    console.silence_libraries()
    network, lines = reader(), []
    short = ["trainer.max_steps=6", "callback.score.every=2"] if given.quick else []
    with TemporaryDirectory() as folder:
        for seed in given.seeds:
            run = (given.folder or Path(folder)) / f"seed_{seed}"
            lines.append(measured(seed, [*short, *given.overrides], run, network))
            show(lines[-1:])
    lines.append(mean(lines))
    show(lines, "all")
    write(given.json, lines)


if __name__ == "__main__":
    main()
