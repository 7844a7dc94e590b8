"""What ProGAN costs at each level: python -m benchmarks.progan_cost [--size 1024] [--tflops 15.7] [--share 0.4]

The networks of model=progressive, by counting on tensors without data: parameters in play; floating-point operations of
a step (critic's turn with the gradient penalty and its second derivatives, generator's turn), for each real image;
bytes that a critic's turn keeps for its backward. And the days that a schedule takes at a stated speed.
"""

from __future__ import annotations

import argparse
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.autograd.graph import saved_tensors_hooks
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import flop_registry

from gan_lightning.loss import Wasserstein
from gan_lightning.model.progressive import Critic, Generator
from gan_lightning.objective.growth import GrowthSchedule
from gan_lightning.penalty import GradientPenalty


class Cost(NamedTuple):
    """Of a level after its fade.

    Attributes:
        parameters: of both networks, as far as they are in play.
        flops: of a step, for each of its real images; a multiplication and an addition are two.
        kept: bytes that a critic's turn keeps for its backward, parameters apart.
    """

    parameters: int
    flops: float
    kept: int


class Flops(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Counts by torch's own formulas; its `FlopCounterMode` can't look at gradients of gradients.

    Attributes:
        total: operations so far.
    """

    total = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = func(*args, **(kwargs or {}))
        if formula := flop_registry.get(func._overloadpacket):
            self.total += formula(*args, **(kwargs or {}), out_val=result)
        return result


class Kept(saved_tensors_hooks):
    """Counts the bytes that are kept for a backward, parameters apart."""

    def __init__(self) -> None:
        self._storages: dict[int, int] = {}
        super().__init__(self._note, lambda tensor: tensor)

    @property
    def total(self) -> int:
        """So far; what is kept twice counts once."""
        return sum(self._storages.values())

    def _note(self, tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        if not isinstance(tensor, nn.Parameter):
            self._storages[storage._cdata] = storage.nbytes()
        return tensor


def cost(generator: Generator, critic: Critic, level: int, alpha: float = 1.0, batch: int = 16) -> Cost:
    """Counts one step; under `FakeTensorMode` without computing it."""
    latent = torch.zeros(batch, generator.latent_dim)
    with torch.no_grad():
        real = generator(latent, level)
    kept = Kept()

    def scores(x: Tensor) -> Tensor:
        result: Tensor = critic(x, level, alpha)
        return result

    for network in (generator, critic):
        network.zero_grad()
    loss, penalty = Wasserstein(drift=1e-3), GradientPenalty(10.0)
    with Flops() as counter:  # type: ignore[no-untyped-call]
        with torch.no_grad():
            fake = generator(latent, level, alpha)
        with kept:
            smoothness = penalty(scores, real, fake)
            assert smoothness is not None
            total = loss.critic(scores(real), scores(fake)) + smoothness
        torch.autograd.backward(total)
        critic.requires_grad_(False)
        torch.autograd.backward(loss.generator(scores(generator(latent, level, alpha)), lambda: real))
        critic.requires_grad_(True)
    moved = sum(p.numel() for n in (generator, critic) for p in n.parameters() if p.grad is not None)
    return Cost(moved, counter.total / batch, kept.total)


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=1024, help="of the last level, in pixels")
    parser.add_argument("--images", type=int, default=800_000, help="of each part of the schedule")
    parser.add_argument("--tflops", type=float, default=15.7, help="peak of a device, in 10^12 operations a second")
    parser.add_argument("--share", type=float, default=0.4, help="of the peak that is reached")
    arguments = parser.parse_args()
    growth = GrowthSchedule(arguments.size, stable_images=arguments.images, fade_images=arguments.images)
    speed = arguments.share * arguments.tflops * 1e12 * 86400
    with FakeTensorMode():
        shape = (3, arguments.size, arguments.size)
        generator, critic = Generator(shape=shape), Critic(shape=shape)
        fading = [cost(generator, critic, phase.level, 0.5, phase.batch_size) for phase in growth.phases]
        whole = [cost(generator, critic, phase.level, 1.0, phase.batch_size) for phase in growth.phases]
    work = [
        (phase.fade_end - phase.begin) * during.flops + (phase.end - phase.fade_end) * after.flops
        for phase, during, after in zip(growth.phases, fading, whole, strict=True)
    ]
    print(
        f"{'px':>5}{'batch':>7}{'parameters':>13}{'GFLOP/image':>13}{'kept':>12}{'images':>12}{'days':>8}{'of all':>8}"
    )
    for phase, level, done in zip(growth.phases, whole, work, strict=True):
        print(
            f"{growth.resolution(phase.level):5}{phase.batch_size:7}{level.parameters:13,}{level.flops / 1e9:13.2f}"
            f"{level.kept / 2**20:8,.0f} MiB{phase.end - phase.begin:12,}{done / speed:8.2f}{done / sum(work):8.1%}"
        )
    always = growth.images * whole[-1].flops / sum(work)
    print(f"\n{growth.images:,} images, {sum(work):.3g} operations; {always:.1f} times as many without growth")
    reached = f"{arguments.share:.0%} of {arguments.tflops:g} TFLOPS"
    for devices in (1, 4, 8):
        print(f"{devices} device(s) at {reached}: {sum(work) / speed / devices:.1f} days")


if __name__ == "__main__":
    main()
