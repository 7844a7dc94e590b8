"""Adversarial losses: pure functions of scores, one idea a file."""

from gan_lightning.loss.base import Loss
from gan_lightning.loss.energy_difference import EnergyDifference
from gan_lightning.loss.energy_margin import EnergyMargin
from gan_lightning.loss.hinge import Hinge
from gan_lightning.loss.least_squares import LeastSquares
from gan_lightning.loss.minimax import Minimax
from gan_lightning.loss.non_saturating import NonSaturating
from gan_lightning.loss.relativistic_average import RelativisticAverage
from gan_lightning.loss.relativistic_pairing import RelativisticPairing
from gan_lightning.loss.wasserstein import Wasserstein

__all__ = [
    "EnergyDifference",
    "EnergyMargin",
    "Hinge",
    "LeastSquares",
    "Loss",
    "Minimax",
    "NonSaturating",
    "RelativisticAverage",
    "RelativisticPairing",
    "Wasserstein",
]
