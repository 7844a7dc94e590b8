"""The schedule of progressive growing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from omegaconf import OmegaConf

from gan_lightning.core.errors import UsageError
from gan_lightning.core.validation import BatchSize, Count, Index, signature_types, validate_arguments
from gan_lightning.nn.resolution_level import level_of


class Phase(NamedTuple):
    """One level's part of the run, in images seen: it fades in from `begin` to `fade_end`, and ends at `end`.

    The end is the next phase's begin.
    """

    level: int
    begin: int
    fade_end: int
    end: int
    batch_size: int


class Stage(NamedTuple):
    """The state of the growth after `images` images: level, blending and batch size of the next one."""

    images: int
    level: int
    alpha: float
    batch_size: int


PAPER = {256: 14, 512: 6, 1024: 3}  # batch sizes by resolution, on one device; 16 below


class GrowthSchedule:
    """Stable at the first resolution, then for each doubling a fade and a stable part (Karras et al. 2018, appendix A).

    A function of the real images that the critic has seen, and of nothing else. The paper takes 800k images for each
    part (arXiv:1710.10196, appendix A.1), the authors' code 600k. After its end the last level goes on.

    Args:
        last_resolution: where the growth ends, in pixels of the shorter side: base·2^n with base 4 to 7.
        first_resolution: where it begins, this or any resolution of the same level; equal to `last_resolution` for a
            run without growth.
        stable_images: of each level, after its fade.
        fade_images: over which α rises from 0 to 1 on a line at each level but the first; 0 switches at once.
        batch_size: samples of an update …
        batch_sizes: … and others by resolution; None is the paper's, {256: 14, 512: 6, 1024: 3}.

    Attributes:
        phases: one for each level, in order.
        last_resolution, batch_size: as given.

    Raises:
        UsageError: a resolution is not base·2^n with base 4 to 7, or the first is above the last.
    """

    @validate_arguments
    def __init__(
        self,
        last_resolution: Count,
        *,
        first_resolution: Count = 4,
        stable_images: Count = 600_000,
        fade_images: Index = 600_000,
        batch_size: BatchSize = 16,
        batch_sizes: Mapping[Count, Count] | None = None,
    ) -> None:
        first = level_of(first_resolution, "GrowthSchedule: first_resolution")
        last = level_of(last_resolution, "GrowthSchedule: last_resolution")
        if first > last:
            raise UsageError(
                f"GrowthSchedule: first_resolution={first_resolution} is above last_resolution={last_resolution}: "
                f"use {last_resolution} or less"
            )
        self.last_resolution, self.batch_size = last_resolution, batch_size
        given = PAPER if batch_sizes is None else batch_sizes
        sizes = {level_of(key, "GrowthSchedule: batch_sizes at resolution"): size for key, size in given.items()}
        self.phases: list[Phase] = []
        end = 0
        for level in range(first, last + 1):
            begin, faded = end, end if level == first else end + fade_images
            end = faded + stable_images
            self.phases.append(Phase(level, begin, faded, end, sizes.get(level, batch_size)))

    @property
    def images(self) -> int:
        """The number of images seen when the last level's stable part ends."""
        return self.phases[-1].end

    def resolution(self, level: int) -> int:
        """Pixels of the shorter side at a level."""
        return self.last_resolution >> (self.phases[-1].level - level)

    def describe(self, stage: Stage) -> str:
        """A stage for messages."""
        return f"{self.resolution(stage.level)} px, alpha {stage.alpha:g}, {stage.images:,} images"

    def at(self, images: int) -> Stage:
        """The stage after so many images seen: a level begins exactly at its phase's `begin`, with α = 0."""
        phase = next(phase for phase in reversed(self.phases) if phase.begin <= images)
        alpha = 1.0 if images >= phase.fade_end else (images - phase.begin) / (phase.fade_end - phase.begin)
        return Stage(images, phase.level, alpha, phase.batch_size)

    def at_step(self, k: int, n_critic: int = 1) -> Stage:
        """The stage of step k, which sees `n_critic` batches: that at its first image, for the whole step.

        So a level begins with the first step that starts at or after its phase's `begin`; a batch across the boundary
        belongs to the level before.
        """
        first, images, phase = next(start for start in reversed(list(self._starts(n_critic))) if start[0] <= k)
        return self.at(images + (k - first) * phase.batch_size * n_critic)

    def num_steps(self, n_critic: int = 1) -> int:
        """The number of steps until the last level's stable part ends."""
        first, images, phase = list(self._starts(n_critic))[-1]
        return first + max(0, _steps(phase.end - images, phase.batch_size * n_critic))

    def _starts(self, n_critic: int) -> Iterator[tuple[int, int, Phase]]:
        """For each phase its first step, and the images seen before it; phases that fall inside a batch have none."""
        first = images = 0
        for phase in self.phases:
            yield first, images, phase
            step = phase.batch_size * n_critic
            steps = max(0, _steps(phase.end - images, step))
            first, images = first + steps, images + steps * step


def num_steps_of(schedule: Mapping[str, Any], n_critic: int) -> int:
    """The number of steps of a config's schedule; 1 for an invalid one, whose error comes when it is built.

    Args:
        schedule: the config's `objective.schedule`.
        n_critic: critic updates a step.
    """
    given: dict[str, Any] = {
        key: OmegaConf.to_container(schedule[key]) if OmegaConf.is_config(schedule[key]) else schedule[key]
        for key in signature_types(GrowthSchedule)
        if key in schedule
    }
    try:
        return GrowthSchedule(**given).num_steps(n_critic)
    except (UsageError, TypeError):
        return 1


def _steps(images: int, step: int) -> int:
    """Steps of `step` images that hold at least `images`."""
    return -(-images // step)
