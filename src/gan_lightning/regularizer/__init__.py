"""Extra terms of the critic's or generator's loss, one a file."""

from gan_lightning.regularizer.auxiliary_classifier import AuxiliaryClassifier
from gan_lightning.regularizer.base import Regularizer, RegularizerInputs
from gan_lightning.regularizer.feature_matching import FeatureMatching
from gan_lightning.regularizer.historical_averaging import HistoricalAveraging
from gan_lightning.regularizer.orthogonal import Orthogonal

__all__ = [
    "AuxiliaryClassifier",
    "FeatureMatching",
    "HistoricalAveraging",
    "Orthogonal",
    "Regularizer",
    "RegularizerInputs",
]
