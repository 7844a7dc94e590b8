"""Two processes against one, our strategy against Lightning's, and what many GPUs would have to say to each other.

    python -m benchmarks.ddp
    python -m benchmarks.ddp --quick --json ddp.json

The same game on one process, and on two over gloo that share its batch (one thread each). `FlatDDP` averages the
mover's gradients in one message; Lightning's `ddp_find_unused_parameters_true` wraps the module and averages those of
both players in every backward pass. Milliseconds a step of the first process, medians: by the clock, and of its own
CPU time; "in all-reduce" is by the clock and waits for the other process, too. Twice as fast needs two idle cores.

The second table is a model (`benchmarks/communication.py`): milliseconds a step for averaging alone, on a ring, with
no computing meanwhile.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from typing import Any

import torch
import torch.distributed as dist
from lightning.pytorch import Callback, Trainer
from lightning.pytorch.strategies import DDPStrategy
from torch import nn
from torch.distributed.algorithms.ddp_comm_hooks.default_hooks import allreduce_hook

from benchmarks.communication import LINKS, Pair, step_seconds
from benchmarks.timing import Line, parser, show, write
from benchmarks.train_all import composed
from gan_lightning.core import console
from gan_lightning.distributed.flat_ddp import FlatDDP
from gan_lightning.model import dcgan, resnet

GAMES = {
    "ring8, MLP 3x128, batch 256": ("data=ring8", "model=mlp_small", "objective=wgan_gp", "data.batch_size=256"),
    "digits, small DCGAN, batch 64": ("objective=wgan_gp", "data.batch_size=64"),
}
WAYS = {"one process": 1, "2, FlatDDP": 2, "2, Lightning's DDP": 2}
PROGAN = 23_100_000  # parameters of each network at 1024 px (Karras et al. 2018, appendix A, table 2)


class Watch(Callback):
    """Times steps and counts what they send."""

    def __init__(self) -> None:
        self.wall: list[float] = []
        self.own: list[float] = []
        self.sent, self.waited = 0, 0.0

    def on_train_batch_start(self, *about: Any) -> None:
        """Starts the clocks."""
        self._since = perf_counter(), process_time()

    def on_train_batch_end(self, *about: Any) -> None:
        """Stops them."""
        self.wall.append(perf_counter() - self._since[0])
        self.own.append(process_time() - self._since[1])

    def flat(self) -> FlatDDP:
        """Our strategy, listened to."""
        whole = dist.all_reduce

        def all_reduce(tensor: torch.Tensor, *args: Any, **kwargs: Any) -> Any:
            since = perf_counter()
            work = whole(tensor, *args, **kwargs)
            if tensor.is_floating_point():  # gradients, not the flags of signals
                self.waited += perf_counter() - since
                self.sent += tensor.numel() * tensor.element_size()
            return work

        dist.all_reduce = all_reduce
        return FlatDDP()

    def wrapped(self) -> DDPStrategy:
        """Lightning's, listened to."""
        group: Any = dist.group

        def counted(bucket: Any) -> Any:
            buffer = bucket.buffer()
            self.sent += buffer.numel() * buffer.element_size()
            return allreduce_hook(group.WORLD, bucket)

        class Wrapped(DDPStrategy):
            def configure_ddp(self) -> None:
                super().configure_ddp()
                wrapper: Any = self.model
                # Lightning's `ddp_comm_hook` is for GPUs only; torch wants a hook's annotations exact, or none.
                wrapper.register_comm_hook(None, lambda state, bucket: counted(bucket))

        return Wrapped(find_unused_parameters=True)


def play(game: str, way: str, steps: int, file: str) -> None:
    """One process of a game; the first writes what it found."""
    torch.set_num_threads(1)
    console.silence_libraries()
    module, data = composed(*GAMES[game])
    watch = Watch()
    strategy: str | DDPStrategy = "auto"
    if WAYS[way] > 1:
        strategy = watch.flat() if "Flat" in way else watch.wrapped()
    trainer = Trainer(
        max_steps=steps,
        max_epochs=-1,
        accelerator="cpu",
        devices=WAYS[way],
        strategy=strategy,
        use_distributed_sampler=False,
        callbacks=[watch],
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
    )
    trainer.fit(module, datamodule=data)
    if trainer.is_global_zero:
        warm = steps // 4
        found = {
            "ms a step": 1e3 * median(watch.wall[warm:]),
            "of the CPU": 1e3 * median(watch.own[warm:]),
            "in all-reduce": 1e3 * watch.waited / steps if "Flat" in way else None,
            "bytes": watch.sent // steps,
        }
        Path(file).write_text(json.dumps(found))


def measured(quick: bool) -> list[Line]:
    """The first table."""
    lines: list[Line] = []
    for game in list(GAMES)[: 1 if quick else None]:
        for way in WAYS:
            with tempfile.TemporaryDirectory() as place:
                file = Path(place, "found.json")
                steps = 8 if quick else 100 if "MLP" in game else 24
                command = [sys.executable, "-m", "benchmarks.ddp", "--play", game, way, str(steps), str(file)]
                environment = os.environ | {"OMP_NUM_THREADS": "1"}
                subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)
                lines.append({"game": game, "processes": way, **json.loads(file.read_text())})
    return lines


def modelled() -> list[Line]:
    """The second."""
    pairs = (
        _pair("DCGAN 64 px", dcgan.Generator(shape=(3, 64, 64)), dcgan.Critic(shape=(3, 64, 64)), 1),
        _pair("ResNet 32 px", resnet.Generator(shape=(3, 32, 32)), resnet.Critic(shape=(3, 32, 32)), 5),
        Pair("ProGAN 1024 px", PROGAN, PROGAN, 1),
    )
    return [
        {"pair": pair.name, "M parameters": (pair.critic + pair.generator) / 1e6, "n_critic": pair.n_critic}
        | {"over": link.name}
        | {f"{n} GPUs": 1e3 * step_seconds(pair, n, link) for n in (2, 4, 8, 16, 32, 64)}
        for pair in pairs
        for link in LINKS
    ]


def _pair(name: str, generator: nn.Module, critic: nn.Module, n_critic: int) -> Pair:
    counts = [sum(parameter.numel() for parameter in network.parameters()) for network in (critic, generator)]
    return Pair(name, counts[0], counts[1], n_critic)


def main() -> None:
    """Prints the tables."""
    options = parser(__doc__)
    options.add_argument("--play", nargs=4, help="one process: game, way, steps, file to write")
    arguments = options.parse_args()
    if arguments.play:
        game, way, steps, file = arguments.play
        play(game, way, int(steps), file)
        return
    lines, model = measured(arguments.quick), modelled()
    show(lines, "measured, milliseconds and bytes a step")
    show(model, "a model of averaging alone, milliseconds a step")
    write(arguments.json, [*lines, *model])


if __name__ == "__main__":
    main()
