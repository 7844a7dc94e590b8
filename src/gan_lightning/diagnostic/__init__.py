"""What can go wrong in a game, how it shows and what helps, one idea a file."""

from gan_lightning.diagnostic.base import Rule
from gan_lightning.diagnostic.clipped_weights_stuck import WeightsStuck
from gan_lightning.diagnostic.critic_overfitting import CriticOverfitting
from gan_lightning.diagnostic.critic_saturation import CriticSaturated
from gan_lightning.diagnostic.divergence_estimate import EstimateDiverging
from gan_lightning.diagnostic.generator_gradient_explosion import GeneratorExploding
from gan_lightning.diagnostic.generator_gradient_vanishing import GeneratorVanishing
from gan_lightning.diagnostic.mode_dropping import ModesDropping
from gan_lightning.diagnostic.penalty_off_target import PenaltyOff
from gan_lightning.diagnostic.sample_repetition import SamplesRepeating

__all__ = [
    "CriticOverfitting",
    "CriticSaturated",
    "EstimateDiverging",
    "GeneratorExploding",
    "GeneratorVanishing",
    "ModesDropping",
    "PenaltyOff",
    "Rule",
    "SamplesRepeating",
    "WeightsStuck",
]
