"""Scores of a generator as `torchmetrics.Metric`s, one a file. Their mathematics: `gan_lightning.metric.functional`."""

from gan_lightning.metric.by_class import ClassAccuracy, IntraClassFrechet
from gan_lightning.metric.classifier_score import ClassifierScore
from gan_lightning.metric.critic_distance import CriticDistance
from gan_lightning.metric.density_coverage import DensityCoverage
from gan_lightning.metric.frechet_distance import FrechetDistance
from gan_lightning.metric.functional.moments import Moments
from gan_lightning.metric.generative import GenerativeMetric
from gan_lightning.metric.kernel_distance import KernelDistance
from gan_lightning.metric.modes import Modes, StackedModes
from gan_lightning.metric.perceptual_path_length import PerceptualPathLength
from gan_lightning.metric.precision_recall import PrecisionRecall
from gan_lightning.metric.provenance import Provenance
from gan_lightning.metric.repeat_rate import RepeatRate
from gan_lightning.metric.score import Score
from gan_lightning.metric.sliced_wasserstein import SlicedWasserstein
from gan_lightning.metric.wasserstein1 import Wasserstein1

__all__ = [
    "ClassAccuracy",
    "ClassifierScore",
    "CriticDistance",
    "DensityCoverage",
    "FrechetDistance",
    "GenerativeMetric",
    "IntraClassFrechet",
    "KernelDistance",
    "Modes",
    "Moments",
    "PerceptualPathLength",
    "PrecisionRecall",
    "Provenance",
    "RepeatRate",
    "Score",
    "SlicedWasserstein",
    "StackedModes",
    "Wasserstein1",
]
