"""Members of an ensemble against the same runs alone, in double precision."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import nn

from gan_lightning.augment.instance_noise import InstanceNoise
from gan_lightning.data.ring8 import Ring8
from gan_lightning.ensemble.scheduler import fit
from gan_lightning.loss import Hinge, LeastSquares, Minimax, NonSaturating, RelativisticAverage, RelativisticPairing
from gan_lightning.model import mlp
from gan_lightning.objective.base import AdversarialModule
from gan_lightning.objective.gan import GAN
from gan_lightning.objective.wgan import WGAN
from gan_lightning.objective.wgan_gp import WGANGP
from gan_lightning.optimizer import Adam, RMSProp
from gan_lightning.penalty import R1R2
from gan_lightning.schedule.linear_decay import LinearDecay
from gan_lightning.trainer.default import build

STEPS = 50
Make = Callable[..., AdversarialModule]


def networks(seed: int, **options: Any) -> tuple[nn.Module, nn.Module]:
    torch.manual_seed(seed)
    shared: dict[str, Any] = {"shape": [2], "width": 8, "depth": 2}
    return mlp.Generator(**shared, **options), mlp.Critic(**shared, spectral_norm=options.get("spectral_norm", False))


def adam(lr: float, **options: Any) -> dict[str, Any]:
    return {f"{player}_optimizer": Adam(lr, (0.0, 0.9), **options) for player in ("critic", "generator")}


OBJECTIVES: dict[str, list[tuple[Make, dict[str, Any]]]] = {
    "minimax": [(GAN, {"loss": Minimax()})] * 3,
    "non_saturating": [(GAN, {"loss": NonSaturating(), **adam(lr)}) for lr in (1e-2, 1e-3, 1e-2)],
    "least_squares": [(GAN, {"loss": LeastSquares(fake_label=a)}) for a in (-1.0, 0.5, -2.0)],
    "hinge": [(GAN, {"loss": Hinge(), "critic_max_norm": norm}) for norm in (None, 0.1, 0.2)],
    "relativistic_average": [(GAN, {"loss": RelativisticAverage(), "generator_batch": 2})] * 3,
    "r1r2": [
        (GAN, {"loss": RelativisticPairing(), "penalty": R1R2(r, r), **adam(1e-3, weight_decay=r)})
        for r in (0.01, 0.1, 0.01)
    ],
    "lazy_r1": [(GAN, {"penalty": R1R2(r, interval=4), "ema_decay": r / 2}) for r in (1.0, 0.5, 0.1)],
    "wgan": [
        (WGAN, {"clip": c, "n_critic": 3, "critic_optimizer": RMSProp(5e-3 * c), "accumulate": 2})
        for c in (0.01, 0.1, 0.5)
    ],
    "wgan_gp": [
        (WGANGP, {"gp_weight": w, "n_critic": 2, "schedule": LinearDecay(end), **adam(1e-3)})
        for w, end in ((0.1, 60), (1.0, 60), (10, 90))
    ],
    "instance_noise": [
        (GAN, {"augments": {"noise": InstanceNoise(0.5, steps=20)}, "penalty": R1R2(r, r)}) for r in (0.1, 0.2)
    ],
    "one_sided": [(WGANGP, {"one_sided": True, "drift": drift, "n_critic": 2}) for drift in (0.1, 0.2, 0.3)],
}


def runs(name: str, steps: int = STEPS, **options: Any) -> tuple[list[Any], list[AdversarialModule], list[Ring8]]:
    modules = [
        make(*networks(seed, **options), seed=seed, **arguments)
        for seed, (make, arguments) in enumerate(OBJECTIVES[name])
    ]
    trainers = [build(max_steps=steps, accelerator="cpu", precision="64-true") for _ in modules]
    return trainers, modules, [Ring8(batch_size=16) for _ in modules]


def everything(trainer: Any, module: AdversarialModule) -> dict[str, torch.Tensor]:
    """Weights, buffers, averages, optimizers' states, metrics."""
    found = dict(module.state_dict())
    for player, optimizer in enumerate(trainer.optimizers):
        for index, state in optimizer.state_dict()["state"].items():
            found |= {f"optimizer {player} {index} {key}": value for key, value in state.items()}
    found |= {name: torch.tensor(value, dtype=torch.float64) for name, value in module.step_metrics().items()}
    return found


@pytest.mark.training
@pytest.mark.parametrize(
    ("name", "options"),
    [*((name, {}) for name in OBJECTIVES), ("hinge", {"spectral_norm": True}), ("r1r2", {"norm": "batch"})],
)
def test_members_are_the_runs_alone(name: str, options: dict[str, Any]) -> None:
    together, alone = runs(name, **options), runs(name, **options)
    for trainer, module, data in zip(*alone, strict=True):
        trainer.fit(module, datamodule=data)
    fit(*together)
    for ours, theirs in zip(zip(*together, strict=True), zip(*alone, strict=True), strict=True):
        assert ours[0].global_step == STEPS
        expected, found = everything(*theirs[:2]), everything(*ours[:2])
        assert expected.keys() == found.keys()
        for key, value in expected.items():
            torch.testing.assert_close(found[key], value, rtol=0, atol=1e-9, msg=lambda m, k=key: f"{k}: {m}")
