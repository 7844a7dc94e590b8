"""Mutual information of codes and samples (InfoGAN)."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from gan_lightning.core.errors import UsageError
from gan_lightning.core.validation import Count, NonNegative, validate_arguments
from gan_lightning.nn.feature_hook import add_head, linear_features
from gan_lightning.nn.latent_codes import CodeValues, codes_of
from gan_lightning.regularizer.base import Regularizer, RegularizerInputs

LEAST_LOG_STD = -3.0  # without a limit, a continuous code has as much information as one likes


class MutualInformation(Regularizer):
    """-λ (E log Q(c given G(z, c)) + H(c)) joins both losses (Chen et al. 2016, arXiv:1606.03657, eqs. 5 and 6).

    The bracket bounds the mutual information of codes c and samples from below. The generator is one with codes
    (`nn.latent_codes`). Q is a second head of the critic, `recognizer`, on the features that its score is computed
    from; they are computed once more for it. Categorical codes have a softmax, continuous ones a Gaussian.

    Args:
        weight: λ of the categorical codes.
        continuous_weight: λ of the continuous codes, which is smaller in the paper.
        width: units of Q's hidden layer.
        layer: name of the critic's linear layer whose input Q takes; None: the last one.

    Attributes:
        bound: of the last fakes, in nats, over all codes; at most Σ log K for categorical ones.
    """

    needs_latent = True
    bound: Tensor

    @validate_arguments
    def __init__(
        self,
        weight: NonNegative = 1.0,
        continuous_weight: NonNegative = 0.1,
        width: Count = 128,
        layer: str | None = None,
    ) -> None:
        super().__init__()
        self.weight, self.continuous_weight, self.width, self.layer = weight, continuous_weight, width, layer

    def attach(self, generator: nn.Module, critic: nn.Module) -> None:
        """Adds Q to the critic.

        Raises:
            UsageError: the generator has no codes, or the layer is not linear.
        """
        if (codes := codes_of(generator)) is None:
            kind = f"{type(generator).__module__.rpartition('.')[2]}.{type(generator).__name__}"
            raise UsageError(
                f"mutual information needs a generator with codes, and {kind} has none: use model=dcgan_codes for "
                "images, model=mlp_codes for points"
            )
        self._codes = [codes]  # in a list, so that it stays a part of the generator alone
        self.features, inputs = linear_features(critic, self.layer, "mutual_information")
        outputs = sum(codes.categorical) + 2 * codes.continuous
        head = nn.Sequential(nn.Linear(inputs, self.width), nn.LeakyReLU(0.2), nn.Linear(self.width, outputs))
        add_head(critic, "recognizer", head)

    def critic_term(self, inputs: RegularizerInputs) -> Tensor:
        """The term of the critic's loss, by which Q and the layers before it learn."""
        return self._term(inputs)

    def generator_term(self, inputs: RegularizerInputs) -> Tensor:
        """The term of the generator's loss."""
        return self._term(inputs)

    def _term(self, inputs: RegularizerInputs) -> Tensor:
        assert inputs.latent is not None
        categorical, continuous = self.information(inputs, self._codes[0].values(inputs.latent))
        self.bound = (categorical + continuous).detach()
        return -(self.weight * categorical + self.continuous_weight * continuous)

    def information(self, inputs: RegularizerInputs, codes: CodeValues) -> tuple[Tensor, Tensor]:
        """The bounds of the mutual information of fakes with their categorical and with their continuous codes."""
        *logits, means, log_stds = self._outputs(inputs, inputs.fake)
        zero = means.new_zeros(())
        categorical = [
            math.log(k) - cross_entropy(one, category)
            for k, one, category in zip(self._codes[0].categorical, logits, codes.categories.T, strict=True)
        ]
        squares = ((codes.numbers.to(means) - means) / log_stds.exp()).square()
        log_density = -squares / 2 - log_stds - math.log(2 * math.pi) / 2
        continuous = (log_density + math.log(2)).sum(1).mean()  # uniform on (-1, 1): H = log 2
        return torch.stack([zero, *categorical]).sum(), continuous

    def recognize(self, inputs: RegularizerInputs, samples: Tensor) -> CodeValues:
        """The most likely categories of samples, and the means of their continuous codes."""
        *logits, means, _ = self._outputs(inputs, samples)
        empty = torch.empty(len(samples), 0, dtype=torch.long, device=samples.device)
        return CodeValues(torch.stack([one.argmax(1) for one in logits], 1) if logits else empty, means)

    def _outputs(self, inputs: RegularizerInputs, samples: Tensor) -> list[Tensor]:
        """Logits of each categorical code, means and log standard deviations of the continuous ones."""
        codes, head = self._codes[0], inputs.critic.recognizer
        outputs: Tensor = head(self.features(inputs.critic_fn, samples))  # type: ignore[operator]
        *logits, means, log_stds = torch.split(outputs, [*codes.categorical, codes.continuous, codes.continuous], 1)
        return [*logits, means, log_stds.clamp(min=LEAST_LOG_STD)]
