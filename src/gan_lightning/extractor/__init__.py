"""Feature extractors: fixed networks on whose features and class probabilities scores are computed."""

from gan_lightning.data.pixels import quantize
from gan_lightning.extractor.base import Extractor, Features
from gan_lightning.extractor.digits import Digits
from gan_lightning.extractor.dinov2 import DinoV2
from gan_lightning.extractor.efficientnet_lite0 import EfficientNetLite0
from gan_lightning.extractor.inception import Inception

__all__ = ["Digits", "DinoV2", "EfficientNetLite0", "Extractor", "Features", "Inception", "quantize"]
