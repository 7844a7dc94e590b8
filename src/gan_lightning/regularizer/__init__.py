"""Extra terms of the critic's or generator's loss, one a file."""

from gan_lightning.regularizer.auxiliary_classifier import AuxiliaryClassifier
from gan_lightning.regularizer.base import Regularizer, RegularizerInputs
from gan_lightning.regularizer.denoising_feature_matching import DenoisingFeatureMatching
from gan_lightning.regularizer.feature_matching import FeatureMatching
from gan_lightning.regularizer.historical_averaging import HistoricalAveraging
from gan_lightning.regularizer.l1 import L1
from gan_lightning.regularizer.mutual_information import MutualInformation
from gan_lightning.regularizer.orthogonal import Orthogonal
from gan_lightning.regularizer.pulling_away import PullingAway
from gan_lightning.regularizer.stein import Stein
from gan_lightning.regularizer.variational_entropy import VariationalEntropy

__all__ = [
    "L1",
    "AuxiliaryClassifier",
    "DenoisingFeatureMatching",
    "FeatureMatching",
    "HistoricalAveraging",
    "MutualInformation",
    "Orthogonal",
    "PullingAway",
    "Regularizer",
    "RegularizerInputs",
    "Stein",
    "VariationalEntropy",
]
