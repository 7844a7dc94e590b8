"""What holds a critic smooth: gradient penalties and weight clipping, one idea a file."""

from gan_lightning.penalty.dragan import Dragan
from gan_lightning.penalty.gradient_penalty import GradientPenalty
from gan_lightning.penalty.none import NoPenalty
from gan_lightning.penalty.penalty import Penalty
from gan_lightning.penalty.weight_clipping import WeightClipping
from gan_lightning.penalty.zero_centered import ZeroCentered

__all__ = ["Dragan", "GradientPenalty", "NoPenalty", "Penalty", "WeightClipping", "ZeroCentered"]
