"""Samples of a generator and data lie on manifolds that almost never meet as two densities do."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from gan_lightning.compare.group import Mean
from gan_lightning.core.console import progress_bar
from gan_lightning.core.errors import UsageError
from gan_lightning.core.rng import new_rng
from gan_lightning.core.validation import Index, LargeCount, MediumCount, Positive, validate_arguments
from gan_lightning.model.mlp import Generator
from gan_lightning.plot.series import Array
from gan_lightning.study.figure.manifolds import manifolds
from gan_lightning.study.tool.base import Findings, Table, Value, over_seeds
from gan_lightning.study.tool.fit import seeded_init
from gan_lightning.study.tool.manifold import intrinsic_dimension, jacobian_rank, shared_directions

RADII = 1.0, 0.5  # of the circles of lemma 2
EPSILONS = tuple(10.0 ** (-k / 2) for k in range(2, 11))
ARC = 2_000_000  # points of a circle, for its share near the other


class Dimension(NamedTuple):
    """The dimension of one generator's samples.

    Attributes:
        latent_dim: of its latents.
        seed: of its weights and latents.
        rank: the largest of its Jacobian, over the latents.
        intrinsic: estimated from samples alone.
    """

    latent_dim: int
    seed: int
    rank: int
    intrinsic: float


class Meeting(NamedTuple):
    """Two circles, of which one was moved at random.

    Attributes:
        offset: between the centres, [2].
        angle: at which they cross, in degrees, 0 where they touch; None where they don't meet.
        shared: directions that both have in common where they meet.
    """

    offset: Tensor
    angle: float | None
    shared: int


class Manifolds:
    """Lemmas 1 and 2 of Arjovsky & Bottou 2017 (arXiv:1701.04862), by number.

    Lemma 1: samples of a generator lie on manifolds of at most the latents' dimension, whatever its weights. Here these
    are random, and the dimension is measured by its derivatives and from samples. Lemma 2: two manifolds that are
    perfectly aligned somewhere are so no more after any perturbation by continuous noise. Here two circles touch, and
    one is moved at random.

    Args:
        space: dimensions of a sample.
        latent_dims: of the generators.
        width: units of their two hidden layers.
        points: samples for each estimate of a dimension.
        noise: standard deviation of the circles' moves.
        moves: number of these.
        seeds: generators of each kind.
        seed: the first.

    Raises:
        UsageError: no latent dimension is below that of the space.
    """

    @validate_arguments
    def __init__(
        self,
        *,
        space: MediumCount = 20,
        latent_dims: tuple[MediumCount, ...] = (1, 2, 3, 5, 8, 12),
        width: MediumCount = 64,
        points: LargeCount = 4000,
        noise: Positive = 0.1,
        moves: LargeCount = 10_000,
        seeds: MediumCount = 10,
        seed: Index = 0,
    ) -> None:
        if not latent_dims or min(latent_dims) >= space:
            raise UsageError(
                f"study.latent_dims={list(latent_dims)}: give some below study.space={space}, of which the lemma speaks"
            )
        self.space, self.latent_dims, self.width, self.points = space, sorted(set(latent_dims)), width, points
        self.noise, self.moves, self.seeds = noise, moves, range(seed, seed + seeds)

    def run(self) -> Findings:
        """See `Study.run`."""
        found = [self._dimension(n, seed) for seed in progress_bar(self.seeds, "seeds") for n in self.latent_dims]
        meetings = _meetings(self.noise, self.moves, self.seeds[0])
        crossing = next((one for one in meetings if one.angle is not None), None)
        shares = {"touching": _shares(touching().offset)} | ({"crossing": _shares(crossing.offset)} if crossing else {})
        over = {name: [[getattr(d, name) for d in found if d.latent_dim == n] for n in self.latent_dims] for name in
                ("rank", "intrinsic")}  # fmt: skip
        figure = manifolds(
            np.array(self.latent_dims), self.space, over_seeds(over["rank"]), over_seeds(over["intrinsic"]),
            [one.offset.numpy() for one in (touching(), *meetings[:12])], RADII, np.array(EPSILONS), shares,
        )  # fmt: skip
        return Findings(
            _table(found, meetings), self._summary(over, meetings), figure, self._conclusions(over, meetings, shares)
        )

    def _dimension(self, latent_dim: int, seed: int) -> Dimension:
        def network() -> Generator:
            return Generator(shape=(self.space,), latent_dim=latent_dim, width=self.width, depth=2).double()

        generator = seeded_init(seed, network)
        latents = torch.randn(self.points, latent_dim, generator=new_rng(seed, "manifold"), dtype=torch.float64)
        with torch.no_grad():
            samples = generator(latents)
        rank = int(jacobian_rank(generator, latents[:64]).max())
        return Dimension(latent_dim, seed, rank, intrinsic_dimension(samples.unique(dim=0)))

    def _summary(self, over: dict[str, list[list[float]]], meetings: Sequence[Meeting]) -> Table:
        rows: list[list[Value]] = [
            [f"lemma 1: {n} latents", f"of {self.space} dimensions", max(ranks), Mean.over(dims)]
            for n, ranks, dims in zip(self.latent_dims, *over.values(), strict=True)
        ]
        met = [one for one in meetings if one.angle is not None]
        rows += [
            ["lemma 2: touching circles", "before", touching().shared, None],
            [f"… {len(meetings):,} moves", f"{len(met):,} meet", max((one.shared for one in met), default=None), None],
        ]
        columns = {
            "": "",
            " ": "",
            "dimension": "rank; of lemma 2: shared",
            "estimated": "from samples",
        }
        return Table(columns, rows)

    def _conclusions(
        self,
        over: dict[str, list[list[float]]],
        meetings: Sequence[Meeting],
        shares: dict[str, np.ndarray],
    ) -> list[str]:
        below = [max(ranks) for n, ranks in zip(self.latent_dims, over["rank"], strict=True) if n < self.space]
        met = [one for one in meetings if one.angle is not None]
        aligned = sum(one.shared > 0 for one in met)
        lines = [
            f"Lemma 1: with {', '.join(map(str, self.latent_dims))} latents, samples of {self.space} numbers have "
            f"{', '.join(f'{rank:g}' for rank in below)} dimensions at most, whatever the weights: volume 0.",
            f"Lemma 2: the circles touch in a point where both go the same way. Of {len(meetings):,} random moves "
            f"{len(meetings) - len(met):,} separate them and {len(met):,} let them cross; aligned are {aligned}.",
        ]
        if "crossing" in shares:
            far, near = shares["crossing"][0], shares["crossing"][-1]
            lines.append(
                f"Where they cross (lemma 3), {far:.2g} of the one is within {EPSILONS[0]:g} of the other, and "
                f"{near:.1g} within {EPSILONS[-1]:g}: all but nothing, so that a critic can tell them apart."
            )
        return lines


def touching() -> Meeting:
    """The circles before they are moved: the smaller one inside, touching the larger one at (1, 0)."""
    return _meeting(torch.tensor([RADII[0] - RADII[1], 0.0], dtype=torch.float64))


def _meetings(noise: float, moves: int, seed: int) -> list[Meeting]:
    """The circles after each of the moves: both get noise of their own, so that the offset gets that of both."""
    rng = new_rng(seed, "moves")
    shifts = noise * torch.randn(moves, 2, 2, generator=rng, dtype=torch.float64)
    return [_meeting(touching().offset + first - second) for first, second in shifts]


def _meeting(offset: Tensor) -> Meeting:
    (big, small), d = RADII, offset.norm().item()
    if not big - small <= d <= big + small:
        return Meeting(offset, None, 0)
    # The angle between the radii at a crossing is that between the tangents; 0 or 180 degrees where they touch.
    cosine = (big**2 + small**2 - d**2) / (2 * big * small)
    along = offset / d
    across = torch.stack([-along[1], along[0]])
    a = (d**2 + big**2 - small**2) / (2 * d)
    point = a * along + math.sqrt(max(big**2 - a**2, 0.0)) * across  # from the big circle's centre
    tangents = [torch.stack([-radius[1], radius[0]])[:, None] for radius in (point, point - offset)]
    angle = math.degrees(math.acos(min(1.0, abs(cosine))))
    return Meeting(offset, angle, int(shared_directions(*tangents)))


def _shares(offset: Tensor) -> Array:
    """The shares of the big circle within each ε of the small one."""
    angle = np.linspace(0, 2 * math.pi, ARC, endpoint=False)
    x, y = RADII[0] * np.cos(angle) - offset[0].item(), RADII[0] * np.sin(angle) - offset[1].item()
    distance = np.abs(np.hypot(x, y) - RADII[1])
    return np.array([(distance <= epsilon).mean() for epsilon in EPSILONS])


def _table(found: Sequence[Dimension], meetings: Sequence[Meeting]) -> Table:
    columns = {"lemma": "", "latents": "", "seed": "", "rank": "", "intrinsic": "", "x": "", "y": ""}
    columns |= {"angle": "degrees", "shared directions": ""}
    rows: list[list[Value]] = [[1, *one, None, None, None, None] for one in found]
    rows += [[2, None, None, None, None, *one.offset.tolist(), one.angle, one.shared] for one in meetings]
    return Table(columns, rows)
