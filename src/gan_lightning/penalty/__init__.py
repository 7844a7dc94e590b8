"""Lipschitz constraints of the critic: gradient penalties and weight clipping, one a file."""

from gan_lightning.penalty.base import AdjustablePenalty, Penalty
from gan_lightning.penalty.dragan import Dragan
from gan_lightning.penalty.gradient_penalty import GradientPenalty
from gan_lightning.penalty.none import NoPenalty
from gan_lightning.penalty.r1_r2 import R1R2
from gan_lightning.penalty.weight_clipping import WeightClipping

__all__ = ["R1R2", "AdjustablePenalty", "Dragan", "GradientPenalty", "NoPenalty", "Penalty", "WeightClipping"]
