"""The mathematics of scores: pure functions of features, probabilities and points, one a file."""

from gan_lightning.metric.functional.frechet import Reference, frechet_distance, frechet_distance_of_features
from gan_lightning.metric.functional.inception_score import inception_score, inception_score_of_logits
from gan_lightning.metric.functional.kid import kid, unbiased_mmd2
from gan_lightning.metric.functional.modes import mixture_modes, mode_coverage, stacked_modes
from gan_lightning.metric.functional.moments import Moments
from gan_lightning.metric.functional.neighbours import nearest_real, repeat_rate
from gan_lightning.metric.functional.path_length import path_length
from gan_lightning.metric.functional.precision_recall import density_coverage, precision_recall
from gan_lightning.metric.functional.sliced_wasserstein import sliced_wasserstein
from gan_lightning.metric.functional.wasserstein import exact_w1

__all__ = [
    "Moments",
    "Reference",
    "density_coverage",
    "exact_w1",
    "frechet_distance",
    "frechet_distance_of_features",
    "inception_score",
    "inception_score_of_logits",
    "kid",
    "mixture_modes",
    "mode_coverage",
    "nearest_real",
    "path_length",
    "precision_recall",
    "repeat_rate",
    "sliced_wasserstein",
    "stacked_modes",
    "unbiased_mmd2",
]
