"""Times our scores against those of torchmetrics, torch-fidelity and scipy, on the same features.

    python -m benchmarks.metrics
    python -m benchmarks.metrics --quick --json metrics.json

Seconds of CPU time on one thread; each contestant runs in a process of its own, in turns with the others, and the
median counts (of one run for the slow ones). Memory is how far the process grew. "times ours" above 1 is slower than
ours. The values show that all compute the same; with KID, that subsets differ and that singles lose digits.

    Fréchet      the last step, from moments of 2048 features that are at hand; the covariances are of full rank
    moments      20 batches of 128 samples of 2048 features
    KID          10 subsets of 1,000 samples of 2048 features
    precision    and recall, k = 3, of 2,000 reals and fakes of 2048 features
    exact W1     of 2,500 points of the plane and as many
"""

from __future__ import annotations

import multiprocessing
import resource
import warnings
from collections.abc import Callable
from statistics import median
from time import process_time
from typing import Any

import torch
from torch import Tensor, nn

from benchmarks.timing import Line, parser, show, write
from gan_lightning.core.rng import new_rng as draws
from gan_lightning.metric import (
    FrechetDistance,
    GenerativeMetric,
    KernelDistance,
    Moments,
    PrecisionRecall,
    Wasserstein1,
)

Play = Callable[[], float]
FULL = {"features": 2048, "samples": 2000, "subset": 1000, "points": 2500, "batches": 20, "repeats": 3}
QUICK = {"features": 64, "samples": 100, "subset": 50, "points": 100, "batches": 3, "repeats": 1}


class Given(nn.Module):
    """A feature network that is fed features."""

    def __init__(self, features: int) -> None:
        super().__init__()
        self.num_features = features

    def forward(self, features: Tensor) -> Tensor:
        """The features."""
        return features


def value(metric: GenerativeMetric, real: Tensor, fake: Tensor) -> float:
    """The metric's value of these, the first if there are several."""
    metric.update(real, real=True)
    metric.update(fake, real=False)
    return next(iter(metric.values("value").values()))


def frechet(features: int) -> dict[str, Play]:
    """Moments of full rank, whose eigenvalues fall as those of real features do."""
    import scipy.linalg
    from torch_fidelity.metric_fid import fid_statistics_to_metric  # type: ignore[import-untyped]
    from torchmetrics.image.fid import _compute_fid

    moments = []
    for seed in (0, 1):
        spectrum = torch.linspace(0, -8, features, dtype=torch.float64).exp()
        samples = draws(seed, "frechet")
        mixed = torch.randn(features, features, generator=samples, dtype=torch.float64) * spectrum.sqrt()
        mean = 0.1 * torch.randn(features, generator=samples, dtype=torch.float64)
        moments.append(Moments(10_000, mean, 9_999 * (mixed @ mixed.T / features + torch.eye(features) * 1e-4)))
    real, fake = moments
    distance, factored = FrechetDistance(), FrechetDistance(reset_real_features=False)
    for metric in (distance, factored):
        metric.add_moments(real, real=True)
        metric.add_moments(fake, real=False)
    factored.score()  # factors the reals
    both = [m.mean for m in moments], [m.covariance for m in moments]
    arrays = [{"mu": mean.numpy(), "sigma": sigma.numpy()} for mean, sigma in zip(*both, strict=True)]

    def by_root() -> float:
        root = scipy.linalg.sqrtm(arrays[0]["sigma"] @ arrays[1]["sigma"]).real
        shift = arrays[0]["mu"] - arrays[1]["mu"]
        return float(shift @ shift + (arrays[0]["sigma"] + arrays[1]["sigma"] - 2 * root).trace())

    return {
        "ours": distance.score,
        "ours, reals factored before": factored.score,
        "torchmetrics": lambda: _compute_fid(both[0][0], both[1][0], both[0][1], both[1][1]).item(),
        "torch-fidelity": lambda: float(fid_statistics_to_metric(*arrays, verbose=False)["frechet_inception_distance"]),
        "scipy sqrtm": by_root,
    }


def moments(features: int, batches: int, size: int = 128) -> dict[str, Play]:
    """What a network has to say of some batches."""
    from torchmetrics.image.fid import FrechetInceptionDistance

    given = torch.randn(batches, size, features, generator=draws(0, "moments"))

    def ours() -> float:
        metric = FrechetDistance()
        for batch in given:
            metric.update(batch, real=True)
        return metric.moments(real=True).covariance.trace().item()

    def theirs() -> float:
        metric = FrechetInceptionDistance(feature=Given(features))
        for batch in given:
            metric.update(batch, real=True)
        n = metric.real_features_num_samples
        mean = metric.real_features_sum / n
        return float(((metric.real_features_cov_sum - n * mean[:, None] @ mean[None]) / (n - 1)).trace())

    return {"ours": ours, "torchmetrics": theirs}


def kernel(features: int, samples: int, size: int, subsets: int = 10) -> dict[str, Play]:
    """Features of two distributions that differ a little."""
    from torch_fidelity.metric_kid import kid_features_to_metric  # type: ignore[import-untyped]
    from torchmetrics.image.kid import KernelInceptionDistance

    real = torch.randn(samples, features, generator=draws(0, "kid"))
    fake = torch.randn(samples, features, generator=draws(1, "kid")) + 0.2

    def torchmetrics() -> float:
        metric = KernelInceptionDistance(feature=Given(features), subsets=subsets, subset_size=size)
        metric.update(real, real=True)
        metric.update(fake, real=False)
        return float(metric.compute()[0])

    def fidelity() -> float:
        options = {"kid_subsets": subsets, "kid_subset_size": size, "verbose": False}
        return float(kid_features_to_metric(real, fake, **options)["kernel_inception_distance_mean"])

    return {
        "ours": lambda: value(KernelDistance(subsets=subsets, subset_size=size, seed=2), real, fake),
        "torchmetrics": torchmetrics,
        "torch-fidelity": fidelity,
    }


def neighbours(features: int, samples: int) -> dict[str, Play]:
    """Features of which about half lie in the other's manifold."""
    from torch_fidelity.metric_prc import prc_features_to_metric  # type: ignore[import-untyped]

    real = torch.randn(samples, features, generator=draws(0, "prc"))
    fake = torch.randn(samples, features, generator=draws(1, "prc")) * 0.99
    return {
        "ours": lambda: value(PrecisionRecall(), real, fake),
        "torch-fidelity": lambda: float(prc_features_to_metric(fake, real, verbose=False)["precision"]),
    }


def transport(points: int) -> dict[str, Play]:
    """Two clouds in the plane."""
    import ot  # noqa: F401  before the clock runs
    from scipy.optimize import linear_sum_assignment

    real, fake = (torch.randn(points, 2, generator=draws(seed, "w1"), dtype=torch.float64) for seed in (0, 1))

    def assignment() -> float:
        costs = torch.cdist(real, fake, compute_mode="donot_use_mm_for_euclid_dist").numpy()
        return float(costs[linear_sum_assignment(costs)].mean())

    return {"ours": lambda: value(Wasserstein1(), real, fake), "scipy assignment": assignment}


def contests(
    features: int, samples: int, subset: int, points: int, batches: int, repeats: int
) -> list[tuple[str, int, dict[str, Play]]]:
    """Who is timed beside whom, and how often; ours is the first of each."""
    return [
        (f"Fréchet, {features} features", 1, frechet(features)),
        (f"Fréchet, {features // 4} features", repeats, frechet(features // 4)),
        (f"moments, {features} features", repeats, moments(features, batches)),
        (f"KID, {features} features", repeats, kernel(features, samples, subset)),
        (f"precision, {features} features", repeats, neighbours(features, samples)),
        (f"exact W1, {points} points", repeats, transport(points)),
    ]


def apart(play: Play) -> tuple[float, float, float]:
    """Seconds, megabytes and the value, from a process that is a copy of this one."""
    context = multiprocessing.get_context("fork")
    here, there = context.Pipe(duplex=False)
    process = context.Process(target=_played, args=(play, there))
    process.start()
    there.close()
    found: tuple[float, float, float] = here.recv()
    process.join()
    return found


def _played(play: Play, answer: Any) -> None:
    torch.set_num_threads(1)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    value, seconds = _timed(play)
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    if seconds < 1:
        _, seconds = _timed(play)  # warm
    answer.send((seconds, grown, value))


def _timed(play: Play) -> tuple[float, float]:
    since = process_time()
    return play(), process_time() - since


def main() -> None:
    """Prints the table."""
    arguments = parser(__doc__).parse_args()
    torch.set_num_threads(1)
    warnings.filterwarnings("ignore", message="Metric `Kernel Inception Distance` will save")
    lines: list[Line] = []
    for name, repeats, plays in contests(**(QUICK if arguments.quick else FULL)):
        runs: dict[str, list[tuple[float, float, float]]] = {who: [] for who in plays}
        for _ in range(repeats):
            for who, play in plays.items():
                runs[who].append(apart(play))
        seconds = {who: median(run[0] for run in found) for who, found in runs.items()}
        for who, found in runs.items():
            figures = {"seconds": seconds[who], "times ours": seconds[who] / seconds["ours"], "MB": found[-1][1]}
            lines.append({"score": name, "who": who, **figures, "value": found[-1][2]})
    show(lines)
    write(arguments.json, lines)


if __name__ == "__main__":
    main()
