"""Auxiliary classifier (AC-GAN)."""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from gan_lightning.core.errors import UsageError
from gan_lightning.core.validation import NonNegative, validate_arguments
from gan_lightning.nn.feature_hook import add_head, linear_features
from gan_lightning.nn.labels import num_classes_of
from gan_lightning.regularizer.base import Regularizer, RegularizerInputs


class AuxiliaryClassifier(Regularizer):
    """Cross entropy of classes predicted from the critic's features (Odena et al. 2017, arXiv:1610.09585).

    The term joins both losses. The critic gets a second output layer, `classifier`, on the features that its score is
    computed from; they are computed once more for it. The generator is conditional and is trained to make its class
    recognizable. The paper's weights are 1 and 1, and its critic learns from fakes, too; the defaults are those of the
    CIFAR-10 network of Gulrajani et al. 2017.

    Args:
        critic: weight of the term in the critic's loss.
        generator: weight of the term in the generator's loss.
        fake: the critic's term includes fakes.
        layer: name of the critic's linear layer whose input the classifier takes; None: the last one.
    """

    labelled: ClassVar[bool] = True

    @validate_arguments
    def __init__(
        self, critic: NonNegative = 1.0, generator: NonNegative = 0.1, fake: bool = False, layer: str | None = None
    ) -> None:
        super().__init__()
        self.critic_weight, self.generator_weight, self.fake, self.layer = critic, generator, fake, layer

    def attach(self, generator: nn.Module, critic: nn.Module) -> None:
        """Adds the classifier to the critic.

        Raises:
            UsageError: the generator is unconditional, or the layer is not linear.
        """
        if not (classes := num_classes_of(generator)):
            raise UsageError(
                "an auxiliary classifier needs a generator conditional on classes: use "
                "condition=auxiliary and labelled data"
            )
        self.features, width = linear_features(critic, self.layer, "auxiliary_classifier")
        add_head(critic, "classifier", nn.Linear(width, classes))

    def critic_term(self, inputs: RegularizerInputs) -> Tensor | None:
        """The weighted cross entropy on reals, and on fakes if `fake` is set."""
        if not self.critic_weight:
            return None
        samples = [inputs.real, inputs.fake] if self.fake else [inputs.real]
        return self.critic_weight * torch.stack([self._entropy(inputs, one) for one in samples]).mean()

    def generator_term(self, inputs: RegularizerInputs) -> Tensor | None:
        """The weighted cross entropy on fakes."""
        return self.generator_weight * self._entropy(inputs, inputs.fake) if self.generator_weight else None

    def _entropy(self, inputs: RegularizerInputs, samples: Tensor) -> Tensor:
        assert inputs.label is not None
        classifier: nn.Module = inputs.critic.classifier  # type: ignore[assignment]
        logits = classifier(self.features(inputs.critic_fn, samples))
        return cross_entropy(logits, inputs.label.repeat(len(samples) // len(inputs.label)))
