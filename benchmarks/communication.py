"""What several GPUs tell each other in a step, and how long that takes at least: a model, no measurement."""

from __future__ import annotations

from typing import NamedTuple

SINGLE = 4  # bytes of a gradient's number


class Pair(NamedTuple):
    """Two networks by their numbers of parameters, and how they play."""

    name: str
    critic: int
    generator: int
    n_critic: int


class Link(NamedTuple):
    """What connects the GPUs: bytes a second in each direction, and seconds until a message begins to arrive."""

    name: str
    bandwidth: float
    latency: float


LINKS = (
    Link("NVLink 4, 450 GB/s", 450e9, 3e-6),
    Link("InfiniBand, 400 Gbit/s", 50e9, 5e-6),
    Link("Ethernet, 10 Gbit/s", 1.25e9, 30e-6),
)


def moved(pair: Pair) -> list[int]:
    """Bytes of gradients that each move of a step averages: those of the player that moves, once."""
    return [SINGLE * pair.critic] * pair.n_critic + [SINGLE * pair.generator]


def all_reduce_seconds(size: int, devices: int, link: Link) -> float:
    """A ring's time for `size` bytes (Patarasuk & Yuan 2009, doi:10.1016/j.jpdc.2008.09.002): no algorithm moves less.

    Each device sends 2(n-1) messages of size/n, one after another.
    """
    messages = 2 * (devices - 1)
    return messages * (size / devices / link.bandwidth + link.latency)


def step_seconds(pair: Pair, devices: int, link: Link) -> float:
    """All moves of a step, with no computing meanwhile."""
    return sum(all_reduce_seconds(size, devices, link) for size in moved(pair))
