"""FID, KID and Inception score as torchmetrics computes them."""

from __future__ import annotations

import warnings
from typing import Any

import torch
from torch import Tensor, nn

from gan_lightning.metric.base import SampleStats
from gan_lightning.metric.features import Features
from gan_lightning.metric.score import Score

SUBSET, SPLIT_SIZE = 1000, 1000


class Torchmetrics(Features):
    """torchmetrics' own `FrechetInceptionDistance`, `KernelInceptionDistance` and `InceptionScore`.

    Features are extracted and brought to rank 0 as for `Features`, since torchmetrics' own gathering hangs where ranks
    have had different numbers of batches, and fills each with all features. Its classes are given features, in the
    order of the samples; random subsets are drawn with the seed of the scores, not the global rng.

    The arguments are those of `Features`. `inception` with `resize=antialiased` is torchmetrics' extractor since its
    version 1.8.
    """

    def scores(self, real: SampleStats, fake: SampleStats, *, seed: int, full: bool) -> list[Score]:
        """See `Metric.scores`; KID in full only."""
        from torchmetrics.image.fid import FrechetInceptionDistance
        from torchmetrics.image.inception import InceptionScore
        from torchmetrics.image.kid import KernelInceptionDistance

        x, y, named = real["features"], fake["features"], self.extractor.score_name
        alone: dict[str, Any] = {"sync_on_compute": False}
        with torch.random.fork_rng(devices=[]), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that features are kept
            torch.manual_seed(seed)
            fid = FrechetInceptionDistance(feature=Given(x.shape[1]), **alone)
            fid.update(x, real=True)
            fid.update(y, real=False)
            found = [Score(named("frechet"), fid.compute().item(), n_real=len(x))]
            if "probabilities" in fake:
                splits = min(10, max(1, len(y) // SPLIT_SIZE))
                score = InceptionScore(feature=Given(fake["probabilities"].shape[1]), splits=splits, **alone)
                score.update(fake["probabilities"].log())  # it takes logits, of which these are some
                mean, std = score.compute()
                found.append(Score(named("classifier_score"), mean.item(), std.item() if splits > 1 else None))
            if full:
                size = min(SUBSET, len(x), len(y))
                subsets = 100 if size < max(len(x), len(y)) else 1
                kid = KernelInceptionDistance(feature=Given(x.shape[1]), subsets=subsets, subset_size=size, **alone)
                kid.update(x, real=True)
                kid.update(y, real=False)
                mean, std = kid.compute()
                found.append(Score(named("kid"), mean.item(), std.item() if subsets > 1 else None, n_real=len(x)))
        return found


class Given(nn.Module):
    """A feature network that is given features."""

    def __init__(self, num_features: int) -> None:
        super().__init__()
        self.num_features = num_features

    def forward(self, features: Tensor) -> Tensor:
        """The features, in double precision."""
        return features.double()
