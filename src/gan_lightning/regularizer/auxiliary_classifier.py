"""A critic that tells classes beside its score."""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from gan_lightning.core.errors import UsageError
from gan_lightning.core.validation import NonNegative, validate_arguments
from gan_lightning.nn.feature_hook import FeatureHook
from gan_lightning.nn.labels import num_classes_of
from gan_lightning.regularizer.base import Regularizer, RegularizerInputs


class AuxiliaryClassifier(Regularizer):
    """Cross entropy of classes told from the critic's features joins both losses (Odena et al. 2017, arXiv:1610.09585).

    The critic gets a second last layer, `classifier`, on the features that its score is made of; they are computed once
    more for it. The generator is told the class, and rewarded where the critic tells it. The paper's weights are 1 and
    1, and its critic learns from fakes, too; the defaults are those of the CIFAR-10 network of Gulrajani et al. 2017.

    Args:
        critic: weight of the term in the critic's loss.
        generator: likewise in the generator's.
        fake: the critic learns from fakes, too.
        layer: name of the critic's linear layer whose input the classifier works on; None is the last one.
    """

    labelled: ClassVar[bool] = True

    @validate_arguments
    def __init__(
        self, critic: NonNegative = 1.0, generator: NonNegative = 0.1, fake: bool = False, layer: str | None = None
    ) -> None:
        super().__init__()
        self.critic_weight, self.generator_weight, self.fake, self.layer = critic, generator, fake, layer

    def attach(self, generator: nn.Module, critic: nn.Module) -> None:
        """Gives the critic its second end.

        Raises:
            UsageError: the generator is told no classes, or the layer is no linear one.
        """
        if not (classes := num_classes_of(generator)):
            raise UsageError(
                "an auxiliary classifier tells the classes that a generator was told, this one is told none: use "
                "condition=auxiliary and labelled data"
            )
        self.features = FeatureHook(critic, self.layer)
        linear = [one for one in self.features.layers if isinstance(one, nn.Linear)]
        if not linear:
            raise UsageError(
                f"an auxiliary classifier works on what a linear layer takes in, {self.layer or 'the critic'} is none "
                "and has none: name one (regularizers.auxiliary_classifier.layer)"
            )
        self.features.layers = [last := linear[-1]]
        critic.classifier = nn.Linear(last.in_features, classes)

    def critic_term(self, seen: RegularizerInputs) -> Tensor | None:
        """Reals, and fakes if wanted."""
        if not self.critic_weight:
            return None
        samples = [seen.real, seen.fake] if self.fake else [seen.real]
        return self.critic_weight * torch.stack([self._entropy(seen, one) for one in samples]).mean()

    def generator_term(self, seen: RegularizerInputs) -> Tensor | None:
        """Fakes."""
        return self.generator_weight * self._entropy(seen, seen.fake) if self.generator_weight else None

    def _entropy(self, seen: RegularizerInputs, samples: Tensor) -> Tensor:
        assert seen.label is not None
        classifier: nn.Module = seen.critic.classifier  # type: ignore[assignment]
        told = classifier(self.features(seen.critic_fn, samples))
        return cross_entropy(told, seen.label.repeat(len(samples) // len(seen.label)))
