"""How well the game's own estimate, and the independent critic, follow a score from scoring to scoring.

    python -m benchmarks.proxy                                    all cases, seed 0
    python -m benchmarks.proxy --cases default --seeds 0 1 2
    python -m benchmarks.proxy --steps 1000 --every 100           the same recipes, shorter

Spearman's ρ of each with the score of the run's data: Fréchet distance of digits, exact W1 of points. The share is that
of the critic's scorings in the time of the run.
"""

from __future__ import annotations

import warnings
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

import torch

from benchmarks.timing import Line, parser, show, write
from gan_lightning.callback.score import Scoring
from gan_lightning.config.compose import compose_config
from gan_lightning.config.path_keys import quote
from gan_lightning.config.train_config import TrainConfig
from gan_lightning.config.validate import resolve_and_validate
from gan_lightning.core import console
from gan_lightning.logger.csv import read
from gan_lightning.metric.independent_critic import IndependentCritic
from gan_lightning.metric.rank_correlation import column, rank_correlation
from gan_lightning.metric.registry import CRITIC, scores_in
from gan_lightning.notebook import SILENT
from gan_lightning.objective.base import AdversarialModule
from gan_lightning.train import train

CASES: dict[str, tuple[str, ...]] = {
    "default": (),
    "gan": ("objective=gan",),
    "hinge": ("objective=hinge",),
    "lsgan": ("objective=lsgan",),
    "relativistic_r1r2": ("objective=relativistic_r1r2",),
    "wgan_clip": ("objective=wgan_clip",),
    "progan": ("experiment=progan_digits",),
    "ring8": ("experiment=ring8",),
    "grid25": ("experiment=grid25",),
}


def measured(case: str, seed: int, *overrides: str) -> Line:
    """One run: both correlations over its scorings, and the critic's share of the time."""
    with TemporaryDirectory() as folder:
        run = Path(folder, "run")
        typed = [*CASES[case], f"seed={seed}", "logger=none", f"run_dir={quote(run)}", *overrides]
        config = TrainConfig(**resolve_and_validate(compose_config("train", typed), TrainConfig))
        scoring = (config.callback or {})["score"] or {}
        critic = Scoring(metric=IndependentCritic(), every=scoring["every"], keep=False)
        began = perf_counter()
        trainer = train(config, extra_callbacks=[critic], exclude=(*SILENT, "samples", "cpu_contention"))
        seconds, rows = perf_counter() - began, read(run / "metrics.csv")
    module = trainer.lightning_module
    assert isinstance(module, AdversarialModule)
    score = next(name for row in rows for name in scores_in(row) if name != CRITIC)
    own, other = (rank_correlation(rows, key, score) for key in (column(rows, module.loss.divergence_name), CRITIC))
    return {
        "case": case,
        "seed": seed,
        "score": score,
        "scorings": other.n if other else 0,
        "rho, own estimate": own.value if own else None,
        "rho, independent critic": other.value if other else None,
        "share of time": critic.excluded_seconds / seconds,
    }


def main() -> None:
    """The table."""
    options = parser(__doc__)
    options.add_argument("--cases", nargs="+", choices=list(CASES), default=list(CASES))
    options.add_argument("--seeds", nargs="+", type=int, default=[0])
    options.add_argument("--steps", type=int, help="trainer.max_steps in place of the recipes'")
    options.add_argument("--every", type=int, help="steps between scorings in place of the recipes'")
    given = options.parse_args()
    torch.set_num_threads(1)
    warnings.filterwarnings("ignore")
    console.silence_libraries()
    lengths = {"trainer.max_steps": given.steps, "callback.score.every": given.every}
    if given.quick:
        lengths = {"trainer.max_steps": 6, "callback.score.every": 2}
    overrides = [f"{key}={value}" for key, value in lengths.items() if value is not None]
    lines = [measured(case, seed, *overrides) for case in given.cases for seed in given.seeds]
    show(lines)
    write(given.json, lines)


if __name__ == "__main__":
    main()
