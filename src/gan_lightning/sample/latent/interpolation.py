"""Paths from one latent to another."""

from __future__ import annotations

import torch
from torch import Tensor

MIN_SINE = 1e-6  # sin Ω below which the great circle is undefined or equals the line


def linear(first: Tensor, second: Tensor, t: Tensor) -> Tensor:
    """The line (1 - t)·z₁ + t·z₂; its middle is shorter than a latent, 0.71 of its length.

    Args:
        first: z₁, [..., d].
        second: z₂, [..., d].
        t: [S], from 0 (z₁, exactly) to 1 (z₂, exactly).

    Returns:
        [..., S, d].
    """
    t = t.to(torch.float64)[:, None]
    return _mix(1 - t, first, t, second)


def spherical(first: Tensor, second: Tensor, t: Tensor) -> Tensor:
    """The great circle: (sin((1 - t)Ω)·z₁ + sin(tΩ)·z₂) / sin Ω (Shoemake 1985; White 2016, arXiv:1609.04468).

    Ω is the angle between z₁ and z₂. Between latents of equal length, length and speed are constant. Parallel
    latents are joined by the line, where both agree; so are opposite ones, whose great circle is not unique.

    Args:
        first: z₁, [..., d].
        second: z₂, [..., d].
        t: [S], from 0 (z₁, exactly) to 1 (z₂, exactly).

    Returns:
        [..., S, d].
    """
    t = t.to(torch.float64)[:, None]
    angle = _angle(first.double(), second.double())[..., None, None]
    straight = angle.sin() < MIN_SINE
    sine = angle.sin().where(~straight, 1.0)
    weights = (((1 - t) * angle).sin() / sine).where(~straight, 1 - t), ((t * angle).sin() / sine).where(~straight, t)
    return _mix(weights[0], first, weights[1], second)


def _angle(first: Tensor, second: Tensor) -> Tensor:
    # 2·atan2(|u - v|, |u + v|) of unit vectors is exact near 0 and π, where the arc cosine loses half its digits.
    u, v = (torch.nn.functional.normalize(z, dim=-1, eps=1e-300) for z in (first, second))
    return 2 * torch.atan2((u - v).norm(dim=-1), (u + v).norm(dim=-1))


def _mix(a: Tensor, first: Tensor, b: Tensor, second: Tensor) -> Tensor:
    return (a * first.double()[..., None, :] + b * second.double()[..., None, :]).to(first.dtype)
