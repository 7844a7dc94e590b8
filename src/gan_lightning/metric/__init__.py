"""Scores of a generator: pure functions of features, probabilities and points, one a file."""

from gan_lightning.metric.frechet import Reference, frechet_distance, frechet_distance_of_features
from gan_lightning.metric.inception_score import inception_score, inception_score_of_logits
from gan_lightning.metric.kid import kid, unbiased_mmd2
from gan_lightning.metric.modes import MixtureModes, StackedModes, mixture_modes, stacked_modes
from gan_lightning.metric.moments import Moments
from gan_lightning.metric.neighbours import Neighbours, nearest_real, repeat_rate
from gan_lightning.metric.precision_recall import (
    DensityCoverage,
    PrecisionRecall,
    density_coverage,
    precision_recall,
)
from gan_lightning.metric.provenance import Provenance
from gan_lightning.metric.score import Score
from gan_lightning.metric.spread import Estimate
from gan_lightning.metric.wasserstein import exact_w1

__all__ = [
    "DensityCoverage",
    "Estimate",
    "MixtureModes",
    "Moments",
    "Neighbours",
    "PrecisionRecall",
    "Provenance",
    "Reference",
    "Score",
    "StackedModes",
    "density_coverage",
    "exact_w1",
    "frechet_distance",
    "frechet_distance_of_features",
    "inception_score",
    "inception_score_of_logits",
    "kid",
    "mixture_modes",
    "nearest_real",
    "precision_recall",
    "repeat_rate",
    "stacked_modes",
    "unbiased_mmd2",
]
