"""Historical averaging: a pull towards the mean of past weights."""

from __future__ import annotations

from typing import ClassVar, cast

import torch
from torch import Tensor, nn

from gan_lightning.core.validation import NonNegative, validate_arguments
from gan_lightning.regularizer.base import Regularizer, RegularizerInputs


class HistoricalAveraging(Regularizer):
    """λ ‖θ - mean of the past θ‖² of critic and generator (Salimans et al. 2016, arXiv:1606.03498, section 3.3).

    The plain mean of the initial weights and of those after each update of the network; it is saved in checkpoints.

    Args:
        critic: λ of the critic; the paper names none.
        generator: λ of the generator.
    """

    acts_on_weights: ClassVar[bool] = True

    @validate_arguments
    def __init__(self, critic: NonNegative = 0.01, generator: NonNegative = 0.01) -> None:
        super().__init__()
        self.critic, self.generator = critic, generator
        self.past = nn.ModuleDict()

    def attach(self, generator: nn.Module, critic: nn.Module) -> None:
        """Starts the means with the initial weights."""
        for name, network, weight in (("critic", critic, self.critic), ("generator", generator, self.generator)):
            if weight:
                self.past[name] = _Mean([p for p in network.parameters() if p.requires_grad])

    def critic_term(self, inputs: RegularizerInputs) -> Tensor | None:
        """The critic's distance, times λ."""
        return self.critic * self._mean("critic").distance() if self.critic else None

    def generator_term(self, inputs: RegularizerInputs) -> Tensor | None:
        """The generator's distance, times λ."""
        return self.generator * self._mean("generator").distance() if self.generator else None

    def after_step(self, name: str) -> None:
        """Updates the mean with the new weights."""
        if name in self.past:
            self._mean(name).add()

    def _mean(self, name: str) -> _Mean:
        return cast(_Mean, self.past[name])


class _Mean(nn.Module):
    """Running mean of parameters."""

    count: Tensor

    def __init__(self, parameters: list[nn.Parameter]) -> None:
        super().__init__()
        self._tracked = parameters  # in a list, so that they are not registered with this module
        self.register_buffer("count", torch.ones((), dtype=torch.long))
        for number, parameter in enumerate(parameters):
            self.register_buffer(str(number), parameter.detach().clone())

    def distance(self) -> Tensor:
        """‖θ - mean‖²."""
        squares = [(now - mean).square().sum() for now, mean in zip(self._tracked, self._means(), strict=True)]
        return torch.stack(squares).sum()

    @torch.no_grad()
    def add(self) -> None:
        """Updates the mean with the current values."""
        self.count += 1
        weight = 1 / self.count.to(self._tracked[0].dtype)
        for now, mean in zip(self._tracked, self._means(), strict=True):
            mean.lerp_(now, weight.to(mean.dtype))

    def _means(self) -> list[Tensor]:
        return [self.get_buffer(str(number)) for number in range(len(self._tracked))]
