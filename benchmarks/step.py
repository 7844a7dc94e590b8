"""Times our step against the loop that a careful user writes by hand, and against the best loop we can write.

    python -m benchmarks.step
    python -m benchmarks.step --quick --json step.json
    python -m benchmarks.step --cases "MLP 3x512" --with fast_layers compile --callbacks none
    python -m benchmarks.step --accelerator gpu

WGAN-GP, five critic turns and a generator turn. Our step runs through `Trainer.fit`; after every few of its steps a
callback lets the loops play as many of theirs, so that all meet the same machine. Times are seconds of one CPU core:
what else the machine does counts little; on a GPU, seconds until it has done its work. The table shows medians.

    ratio     plain loop in single precision / ours; "same": plain loop in our precision / ours
    overhead  ours - the best loop (the same layers, fused Adam, a frozen critic in the generator's turn), ms a step
    outside   share of our step spent outside losses, penalties and their backward passes (GPU: of host time)
    apart     largest difference between our losses and the plain loop's over 20 steps of equal weights and numbers, in
              double precision
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import tempfile
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from typing import Any, NamedTuple

import torch
from lightning.pytorch import Callback
from torch import Tensor, nn

from gan_lightning.callback.checkpoint import Checkpoint
from gan_lightning.callback.curves import Curves
from gan_lightning.callback.log_metrics import LogMetrics
from gan_lightning.callback.progress import Progress
from gan_lightning.callback.samples import Samples
from gan_lightning.core import console
from gan_lightning.data.pixels import to_float
from gan_lightning.data.stream import StepStream
from gan_lightning.data.tensor_data import TensorData
from gan_lightning.logger.csv import CSV
from gan_lightning.model import dcgan, mlp, progressive, resnet
from gan_lightning.objective.micro_batches import MicroBatches
from gan_lightning.objective.wgan_gp import WGANGP
from gan_lightning.trainer.default import Precision, build

TURNS = 5
OPTIONS = ("fast_layers", "penalty_autocast", "medium", "compile")
PRECISIONS: tuple[Precision, ...] = ("32-true", "bf16-mixed")
DEVICES = {"cpu": "cpu", "gpu": "cuda"}


def now(device: str) -> float:
    """Seconds of work so far."""
    if device == "cpu":
        return process_time()
    torch.cuda.synchronize()
    return perf_counter()


@dataclass(frozen=True)
class Case:
    """A pair of networks and the samples they see.

    Args:
        name: in the table.
        shape: of a sample.
        batch: of a turn.
        networks: makes (generator, critic).
        steps: of one block, a few tenths of a second long.
    """

    name: str
    shape: tuple[int, ...]
    batch: int
    networks: Callable[[tuple[int, ...]], tuple[nn.Module, nn.Module]]
    steps: int

    @property
    def weight(self) -> float:
        """The paper's λ."""
        return 0.1 if len(self.shape) == 1 else 10.0

    def samples(self) -> Tensor:
        """Noise, which costs what data cost."""
        if len(self.shape) == 1:
            return torch.randn(5000, *self.shape)
        return torch.randint(0, 256, (2000, *self.shape), dtype=torch.uint8)


def _mlp(width: int, depth: int) -> Callable[[tuple[int, ...]], tuple[nn.Module, nn.Module]]:
    return lambda shape: (
        mlp.Generator(shape=shape, width=width, depth=depth),
        mlp.Critic(shape=shape, width=width, depth=depth),
    )


def _dcgan(shape: tuple[int, ...]) -> tuple[nn.Module, nn.Module]:
    return dcgan.Generator(shape=shape, width=64), dcgan.Critic(shape=shape, width=64, norm="none")


def _resnet(shape: tuple[int, ...]) -> tuple[nn.Module, nn.Module]:
    return (resnet.Generator(shape=shape, width=64, max_width=64), resnet.Critic(shape=shape, width=64, max_width=64))


def _digits(shape: tuple[int, ...]) -> tuple[nn.Module, nn.Module]:
    """As conf/model/dcgan_small.yaml."""
    return (
        dcgan.Generator(shape=shape, latent_dim=32, width=32, init="torch"),
        dcgan.Critic(shape=shape, width=16, norm="layer", kernel=5, down_to=4, init="torch"),
    )


def _progressive(shape: tuple[int, ...]) -> tuple[nn.Module, nn.Module]:
    widths = {"shape": shape, "base_width": 512, "max_width": 128}
    return progressive.Generator(**widths), progressive.Critic(**widths)  # type: ignore[arg-type]


CASES = (
    Case("tiny MLP", (2,), 16, _mlp(16, 2), 50),
    Case("MLP 3x128", (2,), 64, _mlp(128, 3), 25),
    Case("MLP 3x512", (2,), 64, _mlp(512, 3), 4),
    Case("default digits, 28 px", (1, 28, 28), 32, _digits, 2),
    Case("DCGAN 32 px, 1 channel", (1, 32, 32), 64, _dcgan, 1),
    Case("DCGAN 32 px, 3 channels", (3, 32, 32), 64, _dcgan, 1),
    Case("ResNet 32 px", (3, 32, 32), 16, _resnet, 1),
    *(Case(f"progressive {size} px", (3, size, size), 16, _progressive, 64 // size) for size in (8, 16, 32)),
)
LARGE = (
    Case("DCGAN 64 px, 3 channels", (3, 64, 64), 64, _dcgan, 1),
    Case("DCGAN 128 px, 3 channels", (3, 128, 128), 64, _dcgan, 1),
)


class Numbers(NamedTuple):
    """What one turn sees: reals, latents, and for the critic the share of the real in between."""

    real: Tensor
    latent: Tensor
    epsilon: Tensor


def drawn(samples: Tensor, batch: int, latent_dim: int, device: str) -> Iterator[Numbers]:
    """Turns as a user draws them: shuffled samples in the device's memory, torch's global generator."""
    samples = samples.to(device)
    while True:
        order = torch.randperm(len(samples), device=device)
        for start in range(0, len(order) - batch + 1, batch):
            rows = order[start : start + batch]
            real = samples[rows]
            real = real.float() / 127.5 - 1 if real.dtype == torch.uint8 else real
            latent = torch.randn(batch, latent_dim, device=device)
            yield Numbers(real.to(latent.dtype), latent, torch.rand(batch, *[1] * (real.dim() - 1), device=device))


def dealt(data: TensorData, module: WGANGP, device: str) -> Iterator[Numbers]:
    """The turns that `module` sees: five for the critic, one for the generator, and so on."""
    data.setup()
    steps = StepStream(data.train, batches_per_step=TURNS, batch_size=data.batch_size, seed=module.seed)
    dealer = MicroBatches(module.seed, TURNS)
    for k in count():
        batch = steps.step_batch(k).to(torch.device(device))
        for turn in (*dealer.critic_updates(batch, k), dealer.generator_update(batch, k)):
            for real, rng, _ in turn:
                latent = rng.normal(len(real), module.latent_dim, device=device)
                epsilon = rng.uniform(len(real), *[1] * (real.dim() - 1), device=device)
                yield Numbers(to_float(real).to(latent.dtype), latent, epsilon)


def single(scores: Tensor) -> Tensor:
    """In single precision at least."""
    return scores.to(torch.promote_types(scores.dtype, torch.float32))


class Loop:
    """WGAN-GP in plain PyTorch.

    Args:
        generator: latents to samples.
        critic: samples to scores.
        numbers: what the turns see.
        weight: of the penalty.
        device: where the networks and numbers are.
        precision: bf16-mixed keeps the penalty and all backward passes out of autocast, as they must be.
        best: also with what a user may leave out: fused Adam, a frozen critic in the generator's turn.
    """

    def __init__(
        self,
        generator: nn.Module,
        critic: nn.Module,
        numbers: Iterator[Numbers],
        weight: float,
        device: str,
        precision: Precision,
        best: bool,
    ) -> None:
        self.generator, self.critic, self.numbers, self.best = generator.to(device), critic.to(device), numbers, best
        self.weight, self.device, self.bf16 = weight, device, precision == "bf16-mixed"
        adam: dict[str, Any] = {"lr": 1e-4, "betas": (0.0, 0.9), "fused": True if best else None}
        self.critic_optimizer = torch.optim.Adam(critic.parameters(), **adam)
        self.generator_optimizer = torch.optim.Adam(generator.parameters(), **adam)

    def autocast(self) -> torch.autocast:
        """Where networks run."""
        return torch.autocast(self.device, torch.bfloat16, enabled=self.bf16)

    def penalty(self, real: Tensor, fake: Tensor, epsilon: Tensor) -> Tensor:
        """The weighted mean square of what gradient norms differ from one."""
        between = torch.lerp(fake, real, epsilon).requires_grad_()
        (gradient,) = torch.autograd.grad(self.critic(between).sum(), between, create_graph=True)
        norm = (gradient.flatten(1).square().sum(1) + 1e-12).sqrt()
        return self.weight * (norm - 1).square().mean()

    def step(self) -> list[Tensor]:
        """Five critic turns and a generator turn; the critic's losses and the generator's."""
        losses = []
        for _ in range(TURNS):
            real, latent, epsilon = next(self.numbers)
            self.critic_optimizer.zero_grad(set_to_none=True)
            with self.autocast():
                with torch.no_grad():
                    fake = single(self.generator(latent))
                loss = single(self.critic(fake)).mean() - single(self.critic(real)).mean()
            losses.append(loss.detach())
            torch.autograd.backward(loss + self.penalty(real, fake, epsilon))
            self.critic_optimizer.step()
        if self.best:
            self.critic.requires_grad_(False)
        self.generator_optimizer.zero_grad(set_to_none=True)
        with self.autocast():
            loss = -single(self.critic(self.generator(next(self.numbers).latent))).mean()
        torch.autograd.backward(loss)
        self.generator_optimizer.step()
        if self.best:
            self.critic.requires_grad_(True)
        return [*losses, loss.detach()]


class Match(Callback):
    """Times our steps, and after each block lets the others play theirs.

    Args:
        block: our steps between two of theirs.
        others: their steps, by name.
        medium: let our steps, and "best", multiply matrices in "medium" precision.
        device: what the clock waits for.
    """

    def __init__(self, block: int, others: dict[str, Callable[[], object]], medium: bool, device: str) -> None:
        self.block, self.others, self.device = block, others, device
        self.ours = "medium" if medium else "highest"
        self.times: dict[str, list[float]] = {name: [] for name in ("ours", "networks", *others)}

    def on_fit_start(self, trainer: Any, pl_module: Any) -> None:
        """Puts a clock into the networks' share of the step."""
        for name in ("critic_loss", "generator_loss", "manual_backward"):
            setattr(pl_module, name, self._clocked(getattr(pl_module, name)))
        self._restart()

    def on_train_batch_end(self, trainer: Any, *about: Any) -> None:
        """Ends a block."""
        if trainer.global_step % self.block:
            return
        self.times["ours"].append((now(self.device) - self._since) / self.block)
        self.times["networks"].append(self._inside / self.block)
        for name, play in self.others.items():
            torch.set_float32_matmul_precision(self.ours if name == "best" else "highest")
            since = now(self.device)
            for _ in range(self.block):
                play()
            self.times[name].append((now(self.device) - since) / self.block)
        self._restart()

    def _restart(self) -> None:
        torch.set_float32_matmul_precision(self.ours)
        self._since, self._inside = now(self.device), 0.0

    def _clocked(self, function: Callable[..., Any]) -> Callable[..., Any]:
        clock = process_time if self.device == "cpu" else perf_counter

        def clocked(*args: Any) -> Any:
            since = clock()
            result = function(*args)
            self._inside += clock() - since
            return result

        return clocked

    def medians(self) -> dict[str, float]:
        """Milliseconds a step, without the first block."""
        return {name: 1e3 * median(times[1:]) for name, times in self.times.items()}


def fit(
    module: WGANGP,
    data: TensorData,
    match: Callback,
    precision: Precision,
    steps: int,
    default: bool,
    device: str,
    compiled: bool = False,
) -> None:
    """Our steps, with the callbacks of a run from the command line or none."""
    with tempfile.TemporaryDirectory() as place, contextlib.redirect_stdout(io.StringIO()):
        watching = [LogMetrics(), Samples(early=False), Curves(), Progress(), Checkpoint()] if default else []
        trainer = build(
            max_steps=steps,
            accelerator=device,
            precision=precision,
            compile=compiled,
            default_root_dir=place,
            callbacks=[*watching, match],
            logger=[CSV(directory=place)] if default else None,
        )
        trainer.fit(module, datamodule=data)


def ours(case: Case, networks: tuple[nn.Module, nn.Module], options: list[str]) -> WGANGP:
    """Our game of copies of the networks."""
    fast, coarse = "fast_layers" in options, "penalty_autocast" in options
    return WGANGP(*deepcopy(networks), gp_weight=case.weight, fast_layers=fast, penalty_autocast=coarse)


def apart(case: Case, options: list[str], device: str = "cpu", steps: int = 20) -> float:
    """The largest difference between our losses and the plain loop's, from equal weights and numbers."""
    torch.manual_seed(0)
    networks, data = case.networks(case.shape), TensorData(case.samples(), batch_size=case.batch)
    module = ours(case, networks, options)
    # With the same Adam kernel, in double precision: from 1e-7 on, differences of rounding grow into other games.
    generator, critic = (network.double() for network in deepcopy(networks))
    loop = Loop(generator, critic, dealt(data, module, device), case.weight, device, "64-true", best=True)
    seen: list[Tensor] = []

    class Note(Callback):
        def on_fit_start(self, trainer: Any, pl_module: Any) -> None:
            record = pl_module.metrics.record

            def noted(**values: Tensor) -> None:
                seen.extend(v.detach() for k, v in values.items() if k in ("critic_loss", "generator_loss"))
                record(**values)

            pl_module.metrics.record = noted

    fit(module, data, Note(), "64-true", steps, default=False, device=device)
    torch.set_default_dtype(torch.float64)
    try:
        theirs = [loss for _ in range(steps) for loss in loop.step()]
    finally:
        torch.set_default_dtype(torch.float32)
    return float((torch.stack(seen) - torch.stack(theirs)).abs().max())


def measure(
    case: Case, precision: Precision, options: list[str], default: bool, blocks: int, device: str
) -> dict[str, Any]:
    """One line of the table."""
    torch.manual_seed(0)
    networks, samples = case.networks(case.shape), case.samples()
    module = ours(case, networks, options)

    def loop(networks: tuple[nn.Module, nn.Module], precision: Precision, best: bool = False) -> Callable[[], object]:
        numbers = drawn(samples, case.batch, module.latent_dim, device)
        return Loop(*networks, numbers, case.weight, device, precision, best).step

    others = {
        "plain": loop(deepcopy(networks), "32-true"),
        "best": loop(deepcopy((module.generator, module.critic)), precision, True),
    }
    if precision != "32-true":
        others["same"] = loop(deepcopy(networks), precision)
    block = case.steps if device == "cpu" else max(case.steps, 10)
    match = Match(block, others, "medium" in options, device)
    data = TensorData(samples, batch_size=case.batch)
    fit(module, data, match, precision, block * (blocks + 1), default, device, "compile" in options)
    ms = match.medians()
    return {
        "case": case.name,
        "precision": precision,
        "compiled": "compile" in options,
        "ratio": ms["plain"] / ms["ours"],
        "ratio_same": ms.get("same", ms["plain"]) / ms["ours"],
        "overhead_ms": ms["ours"] - ms["best"],
        "outside": 1 - ms["networks"] / ms["ours"],
        "ms": ms["ours"],
    }


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a minute or two: fewer steps")
    parser.add_argument("--json", type=Path, help="also write the lines here")
    parser.add_argument("--cases", nargs="*", help="by name; on a GPU two large ones too")
    parser.add_argument("--precisions", nargs="*", default=PRECISIONS, choices=PRECISIONS)
    parser.add_argument("--with", dest="options", nargs="*", default=["fast_layers"], choices=OPTIONS, help="ours")
    parser.add_argument("--accelerator", choices=tuple(DEVICES), default="cpu")
    parser.add_argument("--callbacks", choices=("default", "none"), default="default")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    console.silence_libraries()
    device = DEVICES[arguments.accelerator]
    lines: list[dict[str, Any]] = []
    print(f"{'':26}{'':12}{'ms':>9}{'ratio':>8}{'same':>8}{'overhead':>10}{'outside':>9}{'apart':>9}")
    offered = CASES if device == "cpu" else (*CASES, *LARGE)
    for case in offered:
        if case.name not in (arguments.cases or [case.name for case in offered]):
            continue
        for precision in arguments.precisions:
            blocks = (2 if case.steps <= 2 else 8) if arguments.quick else (7 if case.steps <= 2 else 30)
            line = measure(case, precision, arguments.options, arguments.callbacks == "default", blocks, device)
            exact = precision == "32-true" and not (arguments.quick and case.steps == 1)
            difference = f"{apart(case, arguments.options, device):9.0e}" if exact else ""
            lines.append(line)
            figures = f"{line['ms']:9.2f}{line['ratio']:7.2f}x{line['ratio_same']:7.2f}x{line['overhead_ms']:10.2f}"
            print(f"{case.name:26}{precision:12}{figures}{line['outside']:9.0%}{difference}", flush=True)
    if arguments.json:
        arguments.json.write_text(json.dumps(lines, indent=1) + "\n")


if __name__ == "__main__":
    main()
