"""What a gradient penalty costs, and what cheaper ones do to the samples.

    python -m benchmarks.penalty_cost
    python -m benchmarks.penalty_cost --quick --json penalty.json
    python -m benchmarks.penalty_cost --scores digits --seeds 1

WGAN-GP with the penalty in every `interval`-th critic turn, `interval` times as strong, on a `share` of the batch; in
expectation all pull alike. The cost is that of a whole step, in milliseconds of one CPU core, timed in turns.
Scores are means over seeds, with standard deviations: on ring8 the share of 2,500 samples within three standard
deviations of a mode, the modes found, and the exact Wasserstein distance to 2,500 fresh points; on the digits the
Fréchet distance of 2,000 samples to 2,000 digits, in features of the digit classifier.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from math import gcd
from statistics import mean, stdev
from time import process_time

import torch

from benchmarks.timing import Line, medians, parser, show, write
from benchmarks.train_all import composed, fit, steps
from gan_lightning.core import console
from gan_lightning.core.rng import new_rng as draws
from gan_lightning.data.pixels import quantize
from gan_lightning.data.ring8 import Ring8
from gan_lightning.extractor.digits import Digits
from gan_lightning.metric.functional import exact_w1, frechet_distance_of_features, mixture_modes
from gan_lightning.objective.base import AdversarialModule
from gan_lightning.penalty import NoPenalty

VARIANTS = ((1, 1.0), (2, 1.0), (4, 1.0), (8, 1.0), (1, 0.5), (1, 0.25))
CYCLE = 8  # critic turns after which every variant has had its share of penalties
RATE = tuple(
    f"objective.{player}_optimizer.{key}"
    for player in ("critic", "generator")
    for key in ("lr=1.0e-3", "betas=[0.0,0.9]")
)
RING8 = (
    *("objective=wgan_gp", "data=ring8", "model=mlp_small", "model.generator.latent_dim=8", "data.batch_size=128"),
    *("objective.gp_weight=0.1", "objective.n_critic=2", "schedule@objective.schedule=linear_decay", *RATE),
)
DIGITS: tuple[str, ...] = ("condition=none",)  # the default run without classes
COSTS = {
    "ring8, MLP 3x128": RING8,
    "digits, small DCGAN": DIGITS,
    "DCGAN 32 px, 4 critic turns": (
        *("objective=wgan_gp", "model=dcgan", "model.generator.width=32", "model.critic.width=32", "data.size=32"),
        *("objective.n_critic=4", "data.batch_size=32"),
    ),
}
RING = Ring8().density


def lazy(interval: int, share: float) -> tuple[str, ...]:
    """The overrides that make it so."""
    return f"objective.gp_interval={interval}", f"objective.gp_batch_fraction={share}"


def costs(quick: bool) -> list[Line]:
    """Milliseconds a step, for each recipe and variant, beside those without a penalty."""
    lines: list[Line] = []
    for name, recipe in list(COSTS.items())[: 1 if quick else None]:
        games = {variant: composed(*recipe, *lazy(*variant)) for variant in VARIANTS}
        games[(0, 0.0)] = composed(*recipe)
        games[(0, 0.0)][0].penalty = NoPenalty()
        length = CYCLE // gcd(CYCLE, games[(0, 0.0)][0].n_critic)
        plays = {variant: steps(*game, length) for variant, game in games.items()}
        ms = {
            variant: 1e3 * seconds / length
            for variant, seconds in medians(plays, *((1, 0.0) if quick else (7,))).items()
        }
        whole, none = ms[(1, 1.0)], ms[(0, 0.0)]
        for (interval, share), value in ms.items():
            about = {"game": name, "interval": str(interval or "none"), "share": f"{share:g}", "ms a step": value}
            lines.append({**about, "of the whole": value / whole, "penalty's cost": (value - none) / (whole - none)})
    return lines


def on_ring8(module: AdversarialModule) -> Line:
    """Scores of 2,500 samples."""
    fake = module.sample(module.latent(2500, "benchmark"))
    found = mixture_modes(fake, RING.modes, RING.std)
    return {
        "within 3 sd": found.high_quality,
        "modes": float(found.covered),
        "exact W1": exact_w1(RING.sample(2500, draws(0, "fresh")), fake),
    }


def on_digits(module: AdversarialModule, count: int = 2000) -> Line:
    """Fréchet distance of as many samples and digits."""
    real = module.trainer.datamodule.train.rows  # type: ignore[attr-defined]
    chosen = torch.randperm(len(real), generator=draws(0, "benchmark"))[:count]
    latents = torch.split(module.latent(count, "benchmark"), 250)
    fake = quantize(torch.cat([module.sample(part) for part in latents]))
    digits = Digits()
    return {"frechet/digits": frechet_distance_of_features(digits(real[chosen]).features, digits(fake).features)}


def scores(
    name: str, recipe: tuple[str, ...], score: Callable[[AdversarialModule], Line], length: int, seeds: int
) -> list[Line]:
    """Mean and deviation over seeds, for each variant; printed as they come."""
    lines: list[Line] = []
    for interval, share in VARIANTS:
        found: list[Line] = []
        since = process_time()
        for seed in range(seeds):
            module, data = composed(*recipe, *lazy(interval, share), f"seed={seed}", f"trainer.max_steps={length}")
            fit(module, data, length)
            found.append(score(module))
        line: Line = {"game": name, "interval": str(interval), "share": f"{share:g}", "steps": length}
        for key in found[0]:
            values = [one[key] for one in found]
            line |= {key: mean(values), f"± {key}": stdev(values) if seeds > 1 else None}
        line["seconds a run"] = (process_time() - since) / seeds
        lines.append(line)
        print(f"  {name}: interval {interval}, share {share:g} done", flush=True)
    return lines


def main() -> None:
    """Prints the tables."""
    options = parser(__doc__)
    options.add_argument("--scores", nargs="*", default=("ring8", "digits"), choices=("ring8", "digits"))
    options.add_argument("--seeds", type=int, default=3)
    arguments = options.parse_args()
    torch.set_num_threads(1)
    console.silence_libraries()
    warnings.filterwarnings("ignore", message=".*learning rates fall to zero")
    lines = costs(arguments.quick)
    show(lines)
    games = {"ring8": (RING8, on_ring8, 2000), "digits": (DIGITS, on_digits, 3000)}
    for name in arguments.scores[: 1 if arguments.quick else None]:
        recipe, score, length = games[name]
        found = scores(
            name, recipe, score, 16 if arguments.quick else length, 1 if arguments.quick else arguments.seeds
        )
        show(found, name)
        lines += found
    write(arguments.json, lines)


if __name__ == "__main__":
    main()
