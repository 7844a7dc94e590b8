"""One Gaussian fitted to two modes: forward KL covers both, reverse KL selects one."""

from __future__ import annotations

from collections.abc import Sequence
from math import log, sqrt
from typing import Annotated, NamedTuple

import numpy as np
from annotated_types import Ge, Lt
from torch import Tensor
from torch.distributions import MixtureSameFamily, MultivariateNormal

from gan_lightning.core.console import progress_bar
from gan_lightning.core.errors import UsageError
from gan_lightning.core.validation import validate_arguments
from gan_lightning.study.figure.kl_directions import directions
from gan_lightning.study.tool.base import Findings, Table, Value
from gan_lightning.theory import GaussianFits, fit_gaussian, gaussian_mixture, grid, kl, reverse_kl_to

LINE = grid(-24.0, 32.0, 5600)  # wide enough for the tails, narrow enough that no density underflows to 0


class Fit(NamedTuple):
    """One Gaussian for one target.

    Attributes:
        fit: `covers` minimises forward KL, `selects` reverse KL.
        gap: between the modes.
        mean, std: of the Gaussian.
        forward: KL(p‖q), with p the target.
        reverse: KL(q‖p).
    """

    fit: str
    gap: float
    mean: float
    std: float
    forward: float
    reverse: float


class KLDirections:
    """A Gaussian q fitted to a mixture p of two, by either direction (Bishop 2006, section 10.1.2).

    p is share · N(0, 1) + (1 - share) · N(gap, 1). Nothing is random: forward fits have a closed form, reverse fits
    are found by descent from several starts.

    Args:
        share: of the heavier mode.
        gaps: between the modes, in their standard deviations.
        shown: three of the gaps, whose densities are in the figure.

    Raises:
        UsageError: a gap is outside [0, 10], or `shown` is not three of the gaps.
    """

    @validate_arguments
    def __init__(
        self,
        *,
        share: Annotated[float, Ge(0.5), Lt(1)] = 0.6,
        gaps: tuple[float, ...] = (1.0, 2.0, 3.0, 4.0, 4.5, 5.0, 5.25, 5.5, 6.0, 7.0, 8.0),
        shown: tuple[float, ...] = (2.0, 4.0, 6.0),
    ) -> None:
        if len(shown) != 3 or not set(shown) <= set(gaps) or not 0 <= min(gaps) <= max(gaps) <= 10:
            raise UsageError(
                f"study.gaps={list(gaps)}, study.shown={list(shown)}: give gaps from 0 to 10, and show three of them"
            )
        self.share, self.gaps, self.shown = share, sorted(gaps), sorted(shown)

    def run(self) -> Findings:
        """See `Study.run`."""
        targets = {gap: gaussian_mixture([[0.0], [gap]], 1.0, [self.share, 1 - self.share]) for gap in self.gaps}
        gaussians = {gap: fit_gaussian(targets[gap]) for gap in progress_bar(self.gaps, "gaps")}
        fits = [_fit(name, gap, targets[gap], q) for gap in self.gaps for name, q in gaussians[gap]._asdict().items()]
        x = LINE.points.numpy()
        densities = {gap: [_on_line(p).numpy() for p in (targets[gap], *gaussians[gap])] for gap in self.shown}
        covers, selects = (np.array([f[1:] for f in fits if f.fit == name]) for name in GaussianFits._fields)
        figure = directions(x, densities, covers, selects, self.share)
        return Findings(_table(fits), _table([f for f in fits if f.gap in self.shown]), figure, self._conclusions(fits))

    def _conclusions(self, fits: Sequence[Fit]) -> list[str]:
        covers, selects = ([f for f in fits if f.fit == name] for name in GaussianFits._fields)
        apart = next((s.gap for c, s in zip(covers, selects, strict=True) if c.std - s.std > 0.5), None)
        c, s = covers[-1], selects[-1]
        exact = sqrt(1 + self.share * (1 - self.share) * c.gap**2)
        lines = [
            f"Forward KL covers: modes {c.gap:g} apart get a Gaussian of standard deviation {c.std:.3f} (the mixture's "
            f"own is {exact:.3f}), and its mean lies between them, where there are no data.",
            f"Reverse KL selects: mean {s.mean:.3f} and standard deviation {s.std:.3f} are those of the heavier mode.",
            f"It costs {s.reverse:.4f} nats to omit the other {1 - self.share:.0%}, at any distance: "
            f"-log {self.share:g} = {-log(self.share):.4f}. Under forward KL it costs {s.forward:.1f}.",
        ]
        if apart is not None:
            lines.append(f"At gaps below {apart:g} the reverse fit covers both modes, too.")
        return lines


def _fit(name: str, gap: float, target: MixtureSameFamily, q: MultivariateNormal) -> Fit:
    p_density, q_density = (_on_line(d) for d in (target, q))
    std = q.covariance_matrix.item() ** 0.5
    forward = kl(p_density, q_density, LINE.cell).item()
    return Fit(name, gap, q.mean.item(), std, forward, reverse_kl_to(target, q).item())


def _on_line(distribution: MixtureSameFamily | MultivariateNormal) -> Tensor:
    density: Tensor = distribution.log_prob(LINE.points[:, None]).exp()  # type: ignore[no-untyped-call]
    return density


def _table(fits: Sequence[Fit]) -> Table:
    columns = {"fit": "", "gap": "", "mean": "", "std": "", "KL(p‖q)": "nats", "KL(q‖p)": "nats"}
    rows: list[list[Value]] = [list(fit) for fit in fits]
    return Table(columns, rows)
