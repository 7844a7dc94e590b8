"""Which members can train as one."""

from __future__ import annotations

from torch import nn
from torch.nn.modules.dropout import _DropoutNd

from gan_lightning.callback.compile import Compile
from gan_lightning.core.errors import UsageError
from gan_lightning.ensemble.stacked_optimizer import hyper_parameters
from gan_lightning.ensemble.varied_hyperparameters import structure_key
from gan_lightning.nn.gaussian_noise import GaussianNoise
from gan_lightning.objective.base import AdversarialModule

# What members may differ in.
_FREE = {"seed", "critic_max_norm", "generator_max_norm", "n_critic"}


def computation_key(module: AdversarialModule) -> str:
    """Equal for members whose steps are the same computation on other numbers: they can train as one.

    Members may differ in their seeds, in the numbers of loss and penalty (but not in whether those are zero), in
    clipping, optimizers' hyper-parameters, schedules and averages. Their augmentations are the same.
    """
    parts = [
        type(module).__qualname__,
        str(module.n_critic),
        _plain(module, _FREE),
        structure_key(module.loss),
        structure_key(module.penalty),
        *(f"{type(augment).__qualname__} {vars(augment)}" for augment in module.augments.values()),
        *(type(optimizer).__qualname__ for optimizer in module.trainer.optimizers),
        *(_architecture(network) for network in (module.generator, module.critic)),
    ]
    return "\n".join(parts)


def optimizer_key(module: AdversarialModule) -> str:
    """Equal for members whose optimizers make the same steps at the same rates."""
    schedule = structure_key(module.schedule) if module.schedule is not None else ""
    return "\n".join([schedule, *(hyper_parameters(optimizer) for optimizer in module.trainer.optimizers)])


def check_ensemble_support(module: AdversarialModule) -> None:
    """Refuses a member that can only train by itself.

    Raises:
        UsageError: says why, and what to type instead.
    """
    trainer = module.trainer
    if module.monitor.before_step:
        raise UsageError("an ensemble looks for numbers gone wrong now and then, not before each step: use on_nan=stop")
    if trainer.world_size > 1:
        raise UsageError("an ensemble trains on one device: use trainer.devices=1, or another launcher")
    if trainer.precision not in ("32-true", "64-true"):
        raise UsageError(f"an ensemble trains in single or double precision: {trainer.precision} is neither")
    if module.is_progressive:
        raise UsageError(f"an ensemble's networks don't grow: train {type(module).__name__} with another launcher")
    if module.draws_own_samples:
        raise UsageError(f"an ensemble has no labelled samples: train {type(module).__name__} with another launcher")
    if module.regularizers:
        raise UsageError(f"an ensemble has no regularizers ({', '.join(module.regularizers)}): use another launcher")
    if module.labelled:
        raise UsageError("an ensemble's networks are told no classes: use condition=none, or another launcher")
    if module.penalty_schedule is not None:
        raise UsageError(
            "an ensemble's penalties keep their weights: leave penalty_schedule out, or use another launcher"
        )
    if any(isinstance(callback, Compile) for callback in trainer.callbacks):  # type: ignore[attr-defined]
        raise UsageError("an ensemble can't be compiled: leave trainer.compile out, or use another launcher")
    for layer in module.modules():
        if (isinstance(layer, _DropoutNd) and layer.p > 0) or (isinstance(layer, GaussianNoise) and layer.std > 0):
            raise UsageError(
                "an ensemble has no dropout and no noise within networks: the members' own chances can't be drawn as "
                "one; use another launcher"
            )
    for optimizer in trainer.optimizers:
        hyper_parameters(optimizer)


def _architecture(network: nn.Module) -> str:
    layers = [f"{name}: {type(layer).__qualname__} {_plain(layer, set())}" for name, layer in network.named_modules()]
    tensors = (*network.named_parameters(), *network.named_buffers())
    shapes = [f"{name}: {tuple(t.shape)} {t.dtype} {t.device} {t.requires_grad}" for name, t in tensors]
    return "\n".join([repr(network), *layers, *shapes])


def _plain(module: nn.Module, but: set[str]) -> str:
    simple = (bool, int, float, str, tuple, type(None))
    found = {k: v for k, v in vars(module).items() if isinstance(v, simple) and k not in but and not k.startswith("_")}
    return str(sorted(found.items()))
