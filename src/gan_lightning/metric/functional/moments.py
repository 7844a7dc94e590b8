"""Count, mean and covariance of features that arrive in batches."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from gan_lightning.core.chunks import chunks
from gan_lightning.core.errors import UsageError
from gan_lightning.metric.functional.inputs import as_rows


@dataclass(eq=False)
class Moments:
    """Sufficient statistics of a Gaussian, in double precision.

    Sums of squares lose the digits that the mean and the spread share. These are centered sums, joined by the pairwise
    rule of Chan, Golub & LeVeque 1983: for two parts with counts n and m, means a and b,

        scatter = scatter_a + scatter_b + nm/(n+m) (b - a)(b - a)ᵀ,

    so that any split over batches or processes gives the moments of the whole to rounding.

    Args:
        count: N.
        mean: μ, float64 [d].
        scatter: Σᵢ (xᵢ - μ)(xᵢ - μ)ᵀ, float64 [d, d].
    """

    count: int
    mean: Tensor
    scatter: Tensor

    @classmethod
    def empty(cls, features: int, device: torch.device | str = "cpu") -> Moments:
        """Of no samples with `features` features."""
        mean = torch.zeros(features, dtype=torch.float64, device=device)
        return cls(0, mean, mean.new_zeros(features, features))

    @classmethod
    def of(cls, features: Tensor) -> Moments:
        """Of all rows of `features` [N, d], taken block by block."""
        features = as_rows("features", features)
        moments = cls.empty(features.shape[1], features.device)
        for span in chunks(len(features)):
            moments.update(features[span])
        return moments

    def update(self, features: Tensor) -> None:
        """Adds a batch of features [n, d]; n may be 0.

        Raises:
            UsageError: the batch holds NaN or infinity, or another number of features.
        """
        batch = as_rows("features", features, least=0).double()
        self._check(batch.shape[1])
        if len(batch) == 0:
            return
        total = self.count + len(batch)
        mean = batch.mean(0)
        shift = mean - self.mean
        # The rule's outer product rides along as one more row of the same matrix product.
        between = math.sqrt(self.count * len(batch) / total) * shift
        centered = torch.cat([batch - mean, between[None]])
        self.scatter.addmm_(centered.T, centered)
        self.mean += shift * (len(batch) / total)
        self.count = total

    @classmethod
    def of_gaussian(cls, mean: Tensor, covariance: Tensor, count: int) -> Moments:
        """Those of `count` samples with this mean [d] and covariance [d, d].

        Raises:
            UsageError: shapes that do not fit together, NaN or infinity, or fewer than 2 samples.
        """
        if mean.dim() != 1 or covariance.shape != (len(mean), len(mean)):
            raise UsageError(
                f"a mean of {list(mean.shape)} and a covariance of {list(covariance.shape)}: give [d] and [d, d]"
            )
        if count < 2 or not (mean.isfinite().all() and covariance.isfinite().all()):
            raise UsageError(f"moments of {count} samples, or with NaN or infinity: give finite ones of at least 2")
        return cls(count, mean.double(), covariance.double() * (count - 1))

    def pack(self) -> Tensor:
        """One vector, float64 [1 + d + d²], to store and to send."""
        return torch.cat([self.mean.new_tensor([self.count]), self.mean, self.scatter.flatten()])

    @classmethod
    def unpack(cls, packed: Tensor) -> Moments:
        """The inverse of `pack`; mean and scatter are views of the vector."""
        features = math.isqrt(len(packed))
        mean, scatter = packed[1 : features + 1], packed[features + 1 :]
        return cls(int(packed[0]), mean, scatter.view(features, features))

    def merge(self, other: Moments) -> Moments:
        """Of both sets together; either may be empty."""
        self._check(len(other.mean))
        total = self.count + other.count
        share = other.count / max(total, 1)
        shift = other.mean - self.mean
        scatter = self.scatter + other.scatter
        scatter.addr_(shift, shift, alpha=self.count * share)
        return Moments(total, self.mean + share * shift, scatter)

    @property
    def covariance(self) -> Tensor:
        """Σ = scatter / (N - 1), unbiased, [d, d]."""
        if self.count < 2:
            raise UsageError(f"a covariance needs at least 2 samples, got {self.count}: score more")
        return self.scatter / (self.count - 1)

    def _check(self, features: int) -> None:
        if features != len(self.mean):
            raise UsageError(
                f"these moments are of {len(self.mean)} features, got {features}: use one extractor for both"
            )
