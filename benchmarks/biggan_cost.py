"""What BigGAN costs: python -m benchmarks.biggan_cost [--size 128] [--width 96] [--tflops 15.7] [--share 0.62]

The networks of model=biggan, by counting on tensors without data (see `benchmarks.progan_cost`): parameters;
floating-point operations of a step for each image of a turn, and of the orthogonal regularizer for each piece; bytes
that a critic's turn keeps for its backward. And the days that the paper's run takes at a stated speed.
"""

from __future__ import annotations

import argparse
from typing import NamedTuple

import torch
from torch._subclasses.fake_tensor import FakeTensorMode

from benchmarks.progan_cost import Flops, Kept
from gan_lightning.loss import Hinge
from gan_lightning.model.biggan import Critic, Generator
from gan_lightning.regularizer.orthogonal import filter_similarity


class Cost(NamedTuple):
    """Of a step: some critic turns and a generator turn.

    Attributes:
        parameters: of the generator and of the critic.
        flops: for each image of a turn; a multiplication and an addition are two.
        regularizer: operations of the orthogonal regularizer, once.
        kept: bytes that a critic's turn keeps for its backward for each image, parameters apart.
    """

    parameters: tuple[int, int]
    flops: float
    regularizer: int
    kept: float


def cost(generator: Generator, critic: Critic, n_critic: int = 2, batch: int = 16) -> Cost:
    """Counts one step; under `FakeTensorMode` without computing it."""
    loss, latent = Hinge(), torch.zeros(batch, generator.latent_dim)
    label = torch.zeros(batch, dtype=torch.int64)
    kept = Kept()
    with Flops() as turn:  # type: ignore[no-untyped-call]
        with torch.no_grad():
            fake = generator(latent, label)
        with kept:
            total = loss.critic(critic(fake, label), critic(fake, label))
        torch.autograd.backward(total)
    critic.requires_grad_(False)
    with Flops() as other:  # type: ignore[no-untyped-call]
        torch.autograd.backward(loss.generator(critic(generator(latent, label), label), lambda: fake))
    critic.requires_grad_(True)
    with Flops() as regularizer:  # type: ignore[no-untyped-call]
        torch.autograd.backward(filter_similarity(generator))
    sizes = tuple(sum(p.numel() for p in network.parameters()) for network in (generator, critic))
    flops = (n_critic * turn.total + other.total) / batch
    return Cost((sizes[0], sizes[1]), flops, regularizer.total, kept.total / batch)


def main() -> None:
    """Prints it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=128, help="of images, in pixels")
    parser.add_argument("--width", type=int, default=96, help="the paper's ch")
    parser.add_argument("--batch", type=int, default=2048, help="of a turn")
    parser.add_argument("--piece", type=int, default=64, help="images in each of the pieces it is accumulated from")
    parser.add_argument("--turns", type=int, default=2, help="of the critic in a step")
    parser.add_argument("--steps", type=int, default=165_000, help="of the run")
    parser.add_argument("--tflops", type=float, default=15.7, help="peak of a device, in 10^12 operations a second")
    parser.add_argument("--share", type=float, default=0.62, help="of the peak that is reached")
    given = parser.parse_args()
    with FakeTensorMode():
        shape = (3, given.size, given.size)
        plain = {"shape": shape, "width": given.width, "spectral_norm": False, "init": "torch", "classes": 1000}
        found = cost(Generator(condition="norm", **plain), Critic(condition="projection", **plain), given.turns)
    once = given.batch * found.flops + given.batch // given.piece * found.regularizer
    speed = given.share * given.tflops * 1e12 * 86400
    print(f"parameters: generator {found.parameters[0]:,}, critic {found.parameters[1]:,}")
    print(f"a step, for each image of a turn: {found.flops / 1e9:.1f} GFLOP")
    print(f"the orthogonal regularizer, for each piece: {found.regularizer / 1e9:.1f} GFLOP")
    each, piece = found.kept / 2**20, given.piece * found.kept / 2**30
    print(f"kept by a critic's turn: {each:.1f} MiB an image, {piece:.1f} GiB a piece")
    print(f"a step of {given.batch:,}: {once:.3g} operations; {given.steps:,} steps: {once * given.steps:.3g}")
    for devices in (1, 8, 64):
        days = once * given.steps / speed / devices
        print(f"{devices} device(s) at {given.share:.0%} of {given.tflops:g} TFLOPS: {days:.1f} days")


if __name__ == "__main__":
    main()
