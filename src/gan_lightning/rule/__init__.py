"""What can go wrong in a game, how it shows and what helps, one idea a file."""

from gan_lightning.rule.critic_overfitting import CriticOverfitting
from gan_lightning.rule.critic_saturated import CriticSaturated
from gan_lightning.rule.estimate_diverging import EstimateDiverging
from gan_lightning.rule.generator_exploding import GeneratorExploding
from gan_lightning.rule.generator_vanishing import GeneratorVanishing
from gan_lightning.rule.modes_dropping import ModesDropping
from gan_lightning.rule.penalty_off import PenaltyOff
from gan_lightning.rule.rule import Rule
from gan_lightning.rule.samples_repeating import SamplesRepeating
from gan_lightning.rule.weights_stuck import WeightsStuck

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
