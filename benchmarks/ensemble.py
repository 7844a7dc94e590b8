"""Times an ensemble's members against the same runs alone, one thread, single precision.

    python -m benchmarks.ensemble
    python -m benchmarks.ensemble --members 16 --objectives wgan_gp r1r2 --batches 256

Both go through `Trainer.fit`, without images and checkpoints; each block of the ensemble's steps is followed by as many
steps of one run alone, so that the load of the machine is the same for both. Times are milliseconds of one CPU core for
a step of one member, medians over blocks; the ratio is the time of a sweep as an ensemble over that of its runs one
after another.
"""

from __future__ import annotations

import argparse
import threading
from collections.abc import Callable
from statistics import median
from time import process_time
from typing import Any

import torch
from lightning.pytorch import Callback, Trainer

from gan_lightning.core import console
from gan_lightning.data.ring8 import Ring8
from gan_lightning.ensemble.scheduler import fit
from gan_lightning.loss import RelativisticPairing
from gan_lightning.model import mlp
from gan_lightning.objective.base import AdversarialModule
from gan_lightning.objective.gan import GAN
from gan_lightning.objective.wgan import WGAN
from gan_lightning.objective.wgan_gp import WGANGP
from gan_lightning.penalty import R1R2
from gan_lightning.trainer.default import build

OBJECTIVES: dict[str, Callable[..., AdversarialModule]] = {
    "gan": GAN,
    "r1r2": lambda *networks, seed: GAN(*networks, loss=RelativisticPairing(), penalty=R1R2(0.01, 0.01), seed=seed),
    "wgan_clip": WGAN,
    "wgan_gp": lambda *networks, seed: WGANGP(*networks, gp_weight=0.1, seed=seed),
}


class Alone(Callback):
    """A run in a thread of its own; each call takes a block of its steps."""

    def __init__(self, block: int, run: Callable[[Alone], None]) -> None:
        self.block, self._go, self._done = block, threading.Semaphore(0), threading.Semaphore(0)
        threading.Thread(target=run, args=(self,), daemon=True).start()
        self._done.acquire()

    def on_train_batch_end(self, trainer: Trainer, *about: Any) -> None:
        """Waits between two blocks; the first step is not timed."""
        if trainer.global_step % self.block == 1:
            self._done.release()
            self._go.acquire()

    def __call__(self) -> float:
        """Seconds of a block."""
        began = process_time()
        self._go.release()
        self._done.acquire()
        return process_time() - began


class Match(Callback):
    """Times the ensemble's blocks, with a block of the run alone after each."""

    def __init__(self, block: int, alone: Alone) -> None:
        self.block, self.alone = block, alone
        self._since = 0.0
        self.times: dict[str, list[float]] = {"together": [], "alone": []}

    def on_train_batch_end(self, trainer: Trainer, *about: Any) -> None:
        """Ends a block."""
        if trainer.global_step % self.block == 1:
            if trainer.global_step > 1:
                self.times["together"].append(process_time() - self._since)
                self.times["alone"].append(self.alone())
            self._since = process_time()


def measure(objective: str, width: int, batch: int, members: int, block: int, blocks: int) -> tuple[float, float]:
    """Milliseconds of a step alone, and of a member's."""
    steps = block * (blocks + 1) + 1

    def run(seed: int, *callbacks: Callback) -> tuple[Trainer, AdversarialModule, Ring8]:
        torch.manual_seed(seed)
        networks = (mlp.Generator(shape=[2], latent_dim=8, width=width), mlp.Critic(shape=[2], width=width))
        trainer = build(max_steps=steps, accelerator="cpu", callbacks=list(callbacks), log_every_n_steps=1000)
        return trainer, OBJECTIVES[objective](*networks, seed=seed), Ring8(batch_size=batch)

    def alone(watch: Alone) -> None:
        trainer, module, data = run(0, watch)
        trainer.fit(module, datamodule=data)

    match = Match(block, Alone(block, alone))
    # The last of the members ends a block.
    fit(*zip(*[run(seed, *[match] * (seed == members - 1)) for seed in range(members)], strict=True))
    return (
        1e3 * median(match.times["alone"]) / block,
        1e3 * median(match.times["together"]) / block / members,
    )


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--members", type=int, default=16)
    parser.add_argument("--objectives", nargs="*", default=list(OBJECTIVES), choices=list(OBJECTIVES))
    parser.add_argument("--widths", nargs="*", type=int, default=[128], help="of three hidden layers")
    parser.add_argument("--batches", nargs="*", type=int, default=[256, 64])
    parser.add_argument("--block", type=int, default=4, help="steps of a block")
    parser.add_argument("--blocks", type=int, default=8)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    console.silence_libraries()
    print(f"{'':12}{'width':>8}{'batch':>8}{'alone':>10}{'member':>10}{'ratio':>8}")
    for objective in arguments.objectives:
        for width in arguments.widths:
            for batch in arguments.batches:
                alone, member = measure(objective, width, batch, arguments.members, arguments.block, arguments.blocks)
                print(f"{objective:12}{width:8}{batch:8}{alone:10.2f}{member:10.2f}{member / alone:8.2f}", flush=True)


if __name__ == "__main__":
    main()
