"""Codes among the latents: categories and numbers that say what a generator draws (InfoGAN)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from gan_lightning.core.errors import UsageError
from gan_lightning.core.validation import Count, Index, validate_arguments


class CodeValues(NamedTuple):
    """The codes of some latents.

    Attributes:
        categories: int64 [B, number of categorical codes].
        numbers: [B, number of continuous codes], within (-1, 1).
    """

    categories: Tensor
    numbers: Tensor


class LatentCodes(nn.Module):
    """The first latents enter as codes: a categorical one of K values in place of K of them, a continuous one each.

    Latents stay standard normal, so whatever draws them needs not know of codes: of K numbers each is as often the
    largest, and erf(z / √2) is uniform on (-1, 1). The codes of Chen et al. 2016 (arXiv:1606.03657).

    Args:
        categorical: numbers of values of the categorical codes.
        continuous: number of continuous codes.

    Attributes:
        count: number of latents that they take.
    """

    @validate_arguments
    def __init__(self, categorical: Sequence[Count] = (), continuous: Index = 0) -> None:
        super().__init__()
        self.categorical, self.continuous = tuple(categorical), continuous
        self.count = sum(categorical) + continuous

    def check_fit(self, latent_dim: int) -> None:
        """Checks that there are as many latents as codes take.

        Raises:
            UsageError: there are fewer.
        """
        if self.count > latent_dim:
            raise UsageError(
                f"codes of {list(self.categorical)} values and {self.continuous} continuous ones take {self.count} "
                f"latents, the generator has {latent_dim}: use model.generator.latent_dim={self.count} or more"
            )

    def forward(self, latent: Tensor) -> Tensor:
        """[B, latent_dim] → the same shape: one-hot categories, continuous codes, and the other latents as they are."""
        *parts, numbers = self._split(latent)
        hot = [(part == part.amax(1, keepdim=True)).to(latent.dtype) for part in parts]
        return torch.cat([*hot, torch.erf(numbers / math.sqrt(2)), latent[:, self.count :]], 1)

    def values(self, latent: Tensor) -> CodeValues:
        """The codes of latents [B, latent_dim]."""
        *parts, numbers = self._split(latent)
        categories = [part.argmax(1) for part in parts]
        empty = torch.empty(len(latent), 0, dtype=torch.long, device=latent.device)
        return CodeValues(torch.stack(categories, 1) if categories else empty, torch.erf(numbers / math.sqrt(2)))

    def _split(self, latent: Tensor) -> tuple[Tensor, ...]:
        """The latents of each categorical code, and those of all continuous ones."""
        return torch.split(latent[:, : self.count], [*self.categorical, self.continuous], 1)

    def with_category(self, latent: Tensor, code: int, value: int) -> Tensor:
        """Latents [B, latent_dim] with this value of a categorical code: its largest number changes places."""
        start = sum(self.categorical[:code])
        changed, rows = latent.clone(), torch.arange(len(latent), device=latent.device)
        largest = start + latent[:, start : start + self.categorical[code]].argmax(1)
        changed[rows, largest], changed[:, start + value] = latent[:, start + value], latent[rows, largest]
        return changed

    def with_number(self, latent: Tensor, code: int, value: float) -> Tensor:
        """Latents [B, latent_dim] with this value, within (-1, 1), of a continuous code."""
        changed = latent.clone()
        number = torch.tensor(value, dtype=torch.float64)
        changed[:, sum(self.categorical) + code] = (math.sqrt(2) * torch.erfinv(number)).to(latent)
        return changed

    def extra_repr(self) -> str:
        """Arguments shown by `print(network)`."""
        return f"{list(self.categorical)}, {self.continuous}"


class WithCodes(nn.Module):
    """First base of a generator, before one without codes: categorical and continuous codes among its latents.

    Args:
        categorical_codes: numbers of values of the categorical codes.
        continuous_codes: number of continuous codes.
        **network: the arguments of the generator without codes.

    Raises:
        UsageError: there are fewer latents than codes, or they have another prior.
    """

    latent_dim: int

    def __init__(
        self, *, categorical_codes: Sequence[Count] = (10,), continuous_codes: Index = 2, **network: Any
    ) -> None:
        if network.get("latent_prior", "normal") != "normal":
            raise UsageError("codes are made of normal latents: use model.generator.latent_prior=normal")
        super().__init__(**network)
        self.codes = LatentCodes(categorical_codes, continuous_codes)
        self.codes.check_fit(self.latent_dim)

    def forward(self, latent: Tensor, label: Tensor | None = None) -> Tensor:
        """[B, latent_dim] → [B, *shape]."""
        samples: Tensor = super().forward(self.codes(latent), label)
        return samples


def codes_of(generator: nn.Module) -> LatentCodes | None:
    """The codes of a generator; None if it has none."""
    return next((layer for layer in generator.modules() if isinstance(layer, LatentCodes) and layer.count), None)
