"""Diagnostics: known failures of GAN training, how to detect them and overrides that help, one a file."""

from gan_lightning.diagnostic.base import Diagnostic
from gan_lightning.diagnostic.clipped_weights_stuck import ClippedWeightsStuck
from gan_lightning.diagnostic.critic_overfitting import CriticOverfitting
from gan_lightning.diagnostic.critic_saturation import CriticSaturation
from gan_lightning.diagnostic.divergence_estimate import DivergenceEstimate
from gan_lightning.diagnostic.generator_gradient_explosion import GeneratorGradientExplosion
from gan_lightning.diagnostic.generator_gradient_vanishing import GeneratorGradientVanishing
from gan_lightning.diagnostic.mode_dropping import ModeDropping
from gan_lightning.diagnostic.penalty_off_target import PenaltyOffTarget
from gan_lightning.diagnostic.sample_repetition import SampleRepetition

__all__ = [
    "ClippedWeightsStuck",
    "CriticOverfitting",
    "CriticSaturation",
    "Diagnostic",
    "DivergenceEstimate",
    "GeneratorGradientExplosion",
    "GeneratorGradientVanishing",
    "ModeDropping",
    "PenaltyOffTarget",
    "SampleRepetition",
]
