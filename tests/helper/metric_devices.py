"""A program: all metrics on `devices` processes, on odd numbers of samples; metric_devices.py DEVICES FILE."""

from __future__ import annotations

import json
import sys
import warnings
from pathlib import Path

import torch
from torch import Tensor

from gan_lightning.callback.score import Scoring
from gan_lightning.data.mnist5k import Mnist5k
from gan_lightning.distributed.collectives import ProcessGroup
from gan_lightning.distributed.launch import run_on_devices
from gan_lightning.extractor import Digits
from gan_lightning.metric import (
    ClassAccuracy,
    ClassifierScore,
    CriticDistance,
    DensityCoverage,
    FrechetDistance,
    GenerativeMetric,
    IntraClassFrechet,
    KernelDistance,
    Modes,
    PerceptualPathLength,
    PrecisionRecall,
    RepeatRate,
    SlicedWasserstein,
    StackedModes,
    Wasserstein1,
)
from gan_lightning.metric.features import Features
from gan_lightning.metric.stock import Torchmetrics
from gan_lightning.model import mlp
from gan_lightning.objective.wgan_gp import WGANGP
from gan_lightning.trainer.default import build


def rows(name: str, n: int, d: int) -> Tensor:
    seed = sum(map(ord, name))
    return torch.randn(n, d, generator=torch.Generator().manual_seed(seed)) * (1 + seed % 7 / 7)


REAL, FAKE = rows("real", 2301, 16), rows("fake", 2103, 16)
FEW_REAL, FEW_FAKE = rows("few", 61, 100), rows("fewer", 57, 100)  # fewer than features
LABEL = torch.arange(2400) * 7919 % 5
PAIRS = rows("start", 11, 4), rows("end", 11, 4)
MAP = rows("map", 4, 6)


def values(metric: GenerativeMetric, real: Tensor, fake: Tensor, *, label: bool = False) -> dict[str, float]:
    """The metric's values on these, of which each rank has its rows in batches of another size."""
    group = ProcessGroup.current()
    for samples, is_real in ((real, True), (fake, False)):
        index = group.rows(len(samples))
        for part in index.split(50 + 7 * group.rank):
            labels = [LABEL[part]] if label else []
            metric.update(samples[part], *labels, real=is_real)
    return metric.values("value")


def all_values() -> dict[str, float]:
    """Of every metric, by its class and the value's name."""
    few = FrechetDistance()
    again = FrechetDistance(reset_real_features=False)
    found = {
        "few": values(few, FEW_REAL, FEW_FAKE),
        "frechet": values(again, REAL, FAKE),
        "kernel": values(KernelDistance(subsets=5, subset_size=200), REAL, FAKE),
        "classifier": values(ClassifierScore(), REAL, FAKE.softmax(1)),
        "precision": values(PrecisionRecall(), REAL[:301], FAKE[:203]),
        "critic": values(CriticDistance(size=100, seeds=2), REAL[:301], FAKE[:203]),
        "density": values(DensityCoverage(), REAL[:301], FAKE[:203]),
        "w1": values(Wasserstein1(), REAL[:101], FAKE[:53]),
        "sliced": values(SlicedWasserstein(projections=9), REAL, FAKE),
        "repeats": values(RepeatRate(), REAL, FAKE.sign()),
        "modes": values(Modes(torch.eye(16), 1.0), REAL, FAKE),
        "stacked": values(StackedModes(5), REAL, LABEL[:2103]),
        "by class": values(IntraClassFrechet(), REAL, FAKE, label=True),
        "accuracy": values(ClassAccuracy(), REAL, FAKE[:, :5], label=True),
        "one sample": values(SlicedWasserstein(projections=2), REAL[:3], FAKE[:1]),  # ranks without any
    }
    again.reset()
    found["reals kept"] = values(again, REAL[:0], FAKE[:1001])
    path = PerceptualPathLength()
    mine = ProcessGroup.current().rows(11)
    path.update(lambda z: (z @ MAP).sin(), PAIRS[0][mine], PAIRS[1][mine])
    found["path"] = path.values("value")
    return {f"{name} {kind}": value for name, entries in found.items() for kind, value in entries.items()}


def trained(devices: int, folder: str) -> list[list[tuple[str, float]]]:
    """Scores after two steps by torchmetrics' classes and by ours, of the same fakes."""
    torch.manual_seed(0)
    nets = mlp.Generator(shape=(1, 28, 28), latent_dim=4, width=8), mlp.Critic(shape=(1, 28, 28), width=8)
    two = [
        Scoring(metric=kind(extractor=Digits(), n_fake_training=101), full=True, keep=False, cache=f"{folder}/cache")
        for kind in (Torchmetrics, Features)
    ]
    trainer = build(max_steps=2, accelerator="cpu", devices=devices, callbacks=two, default_root_dir=folder)
    trainer.fit(WGANGP(*nets, n_critic=1), datamodule=Mnist5k(batch_size=8))
    return [[(score.name, score.value) for score in callback.last] for callback in two]


def main(devices: int, file: str) -> None:
    """Writes both as JSON."""

    def work(device: object) -> None:
        found = all_values()
        if ProcessGroup.current().rank == 0:
            Path(file).write_text(json.dumps({"values": found}))

    warnings.filterwarnings("ignore")
    run_on_devices(work, "cpu", devices)


def main_trained(devices: int, file: str) -> None:
    """Writes what `trained` gives as JSON."""
    found = trained(devices, f"{file}_run")
    if ProcessGroup.current().rank == 0:
        Path(file).write_text(json.dumps(found))


if __name__ == "__main__":
    (main_trained if sys.argv[3:] else main)(int(sys.argv[1]), sys.argv[2])
