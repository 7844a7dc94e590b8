"""How much of what this machine can do a step of ours gets out of it, and where the time goes.

    python -m benchmarks.roofline
    python -m benchmarks.roofline --quick --json roofline.json
    python -m benchmarks.roofline --cases "MLP 3x512"

One thread, CPU time, medians taken in turns. Operations are those of matrix products and convolutions, by the formulas
of torch's FlopCounterMode, gradients and gradients of gradients included; a multiplication and an addition are two.

    peak    the best that one large matrix product, or one convolution of 64 channels, reaches here
    cases   steps of WGAN-GP with five critic turns, those of `python -m benchmarks.step`, in single precision
    parts   each part of such a step played by itself; "rest" is what the whole step takes beyond their sum
    growth  DCGAN steps by batch and by resolution
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import flop_registry

from benchmarks.step import CASES, TURNS, Case
from benchmarks.timing import Line, medians, parser, show, write
from benchmarks.train_all import steps
from gan_lightning.core import console
from gan_lightning.core.rng import StepRNG
from gan_lightning.data.pixels import to_float
from gan_lightning.data.stream import StepStream
from gan_lightning.data.tensor_data import TensorData
from gan_lightning.objective.wgan_gp import WGANGP

DCGAN = next(case for case in CASES if case.name == "DCGAN 32 px, 3 channels")

LEAST = {True: 0.005, False: 0.05}  # seconds of a block, quick or not


def peaks(quick: bool) -> list[Line]:
    """GFLOP/s of large operations, by precision."""
    lines: list[Line] = []
    n, batch = (256, 4) if quick else (1536, 32)
    for dtype in (torch.float32, torch.bfloat16):
        a, b = (torch.randn(n, n).to(dtype) for _ in range(2))
        images, kernel = torch.randn(batch, 64, 32, 32).to(dtype), torch.randn(64, 64, 3, 3).to(dtype)
        channels_last = images.to(memory_format=torch.channels_last)
        operations: dict[str, tuple[Callable[[], object], float]] = {
            f"matrix product of {n}": (lambda a=a, b=b: a @ b, 2 * n**3),  # type: ignore[misc]
            "convolution 3x3, 64 channels": (
                lambda x=images, k=kernel: torch.nn.functional.conv2d(x, k, padding=1),  # type: ignore[misc]
                2 * batch * 32 * 32 * 64 * 64 * 9,
            ),
            "the same, channels last": (
                lambda x=channels_last, k=kernel: torch.nn.functional.conv2d(x, k, padding=1),  # type: ignore[misc]
                2 * batch * 32 * 32 * 64 * 64 * 9,
            ),
        }
        with torch.no_grad():
            seconds = medians({name: play for name, (play, _) in operations.items()}, 2 if quick else 9, LEAST[quick])
        for name, (_, flop) in operations.items():
            lines.append({"operation": name, "precision": str(dtype)[6:], "GFLOP/s": flop / seconds[name] / 1e9})
    return lines


class Operations(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Counts them; torch's own mode also names the module of each, and fails in a gradient of a gradient."""

    total = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = func(*args, **(kwargs or {}))
        if func.overloadpacket in flop_registry:
            self.total += flop_registry[func.overloadpacket](*args, **(kwargs or {}), out_val=result)
        return result


def game(case: Case) -> tuple[WGANGP, TensorData]:
    """The module that a case describes, and its data."""
    torch.manual_seed(0)
    generator, critic = case.networks(case.shape)
    module = WGANGP(generator, critic, gp_weight=case.weight, n_critic=TURNS)
    return module, TensorData(case.samples(), batch_size=case.batch)


def worked(case: Case, repeats: int, least: float = LEAST[False]) -> tuple[float, float]:
    """GFLOP and seconds of a step."""
    play = steps(*game(case))
    with Operations() as counted:  # type: ignore[no-untyped-call]
        play()
    return counted.total / 1e9, medians({"": play}, repeats, least)[""]


def of_cases(cases: list[Case], found: list[Line], repeats: int) -> list[Line]:
    """Operations, time and share of the peak, for each case."""
    best = max(line["GFLOP/s"] for line in found if line["precision"] == "float32")
    lines: list[Line] = []
    for case in cases:
        gflop, seconds = worked(case, repeats)
        rate = gflop / seconds
        lines.append(
            {"case": case.name, "batch": case.batch, "GFLOP a step": gflop, "ms a step": 1e3 * seconds}
            | {"GFLOP/s": rate, "share of peak": rate / best}
        )
    return lines


def parts(case: Case, repeats: int, least: float = LEAST[False]) -> list[Line]:
    """Milliseconds a step of each part."""
    module, data = game(case)
    whole = steps(module, data)
    stream = StepStream(data.train, batches_per_step=TURNS, batch_size=case.batch)
    real = to_float(stream.step_batch(0).real[0])
    latent = torch.randn(case.batch, module.latent_dim)
    critic, generator = module.players[module.critic], module.players[module.generator]
    optimizers = module.trainer.optimizers
    with torch.no_grad():
        fake = module.generator(latent)

    def critic_turn() -> None:
        with critic.freeze_opponent():
            torch.autograd.backward(module.loss.critic(module.scores(real), module.scores(fake)))

    def penalty() -> None:
        with critic.freeze_opponent():
            term = module.penalty(module.critic, real, fake, StepRNG())
            assert term is not None
            torch.autograd.backward(term)

    def generator_turn() -> None:
        with generator.freeze_opponent():
            scores = module.scores(module.generator(latent))
            torch.autograd.backward(module.loss.generator(scores, lambda: scores))

    def fakes() -> None:
        with torch.no_grad():
            module.generator(latent)

    plays: dict[str, tuple[int, Callable[[], object]]] = {
        "data": (1, lambda: [to_float(turn) for turn in stream.step_batch(0).real]),
        "fakes for the critic": (TURNS, fakes),
        "critic, forward and backward": (TURNS, critic_turn),
        "penalty, forward and backward": (TURNS, penalty),
        "generator, forward and backward": (1, generator_turn),
        "critic's optimizer": (TURNS, optimizers[0].step),
        "generator's optimizer": (1, optimizers[1].step),
        "critic's gradient norm": (TURNS, critic.gradient_norm),
        "averaged generator": (1, lambda: module.ema.update(module.generator, 1000)),
        "figures, one step in 50": (1, module.step_metrics),
        "whole": (1, whole),
    }
    seconds = medians({name: play for name, (_, play) in plays.items()}, repeats, least)
    ms = {name: 1e3 * times * seconds[name] for name, (times, _) in plays.items()}
    ms["figures, one step in 50"] /= 50
    ms["rest"] = 2 * ms["whole"] - sum(ms.values())
    return [
        {"case": case.name, "part": name, "ms a step": value, "share": value / ms["whole"]}
        for name, value in ms.items()
    ]


def growth(quick: bool) -> list[Line]:
    """DCGAN's steps as batch and resolution grow."""
    lines: list[Line] = []
    grid = [(16, 1), (16, 2)] if quick else [*((32, b) for b in (4, 16, 64)), (16, 16), (64, 16)]
    for size, batch in grid:
        case = replace(DCGAN, shape=(3, size, size), batch=batch)
        gflop, seconds = worked(case, 1 if quick else 3, LEAST[quick])
        lines.append(
            {"pixels": size, "batch": batch, "GFLOP a step": gflop, "ms a step": 1e3 * seconds}
            | {"ms a sample": 1e3 * seconds / batch / TURNS, "GFLOP/s": gflop / seconds}
        )
    return lines


def main() -> None:
    """Prints the tables."""
    options = parser(__doc__)
    options.add_argument("--cases", nargs="*", default=[case.name for case in CASES], help="by name")
    arguments = options.parse_args()
    torch.set_num_threads(1)
    console.silence_libraries()
    chosen = [case for case in CASES if case.name in arguments.cases][: 1 if arguments.quick else None]
    repeats = 1 if arguments.quick else 5
    found = peaks(arguments.quick)
    show(found, "peak")
    cases = of_cases(chosen, found, repeats)
    show(cases, "cases")
    shares = [line for case in chosen for line in parts(case, repeats, LEAST[arguments.quick])]
    show(shares, "parts")
    grown = growth(arguments.quick)
    show(grown, "growth")
    write(arguments.json, [*found, *cases, *shares, *grown])


if __name__ == "__main__":
    main()
