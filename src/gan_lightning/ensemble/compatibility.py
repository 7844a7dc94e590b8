"""Conditions under which members can train as one."""

from __future__ import annotations

from torch import nn
from torch.nn.modules.dropout import _DropoutNd

from gan_lightning.callback.replaced_losses import ReplacedLosses
from gan_lightning.core.callbacks import callbacks_of
from gan_lightning.core.errors import UsageError
from gan_lightning.ensemble.stacked_optimizer import ELEMENTWISE, hyper_parameters
from gan_lightning.ensemble.varied_hyperparameters import structure_key
from gan_lightning.nn.gaussian_noise import GaussianNoise
from gan_lightning.nn.labels import label_shape_of
from gan_lightning.nn.stack import GeneratorStack
from gan_lightning.objective.base import AdversarialModule

# Attributes that members may differ in.
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
    return "\n".join([schedule, *(str(sorted(hyper_parameters(one).items())) for one in module.trainer.optimizers)])


def check_ensemble_support(module: AdversarialModule) -> None:
    """Checks that a module can train as a member of an ensemble.

    Raises:
        UsageError: gives the reason, and what to type instead.
    """
    trainer, name = module.trainer, type(module).__name__
    replaced = [one.key for one in callbacks_of(trainer, ReplacedLosses)]
    odd = [o for o in trainer.optimizers if type(o) not in ELEMENTWISE or len(o.param_groups) != 1]
    known = ", ".join(kind.__name__ for kind in ELEMENTWISE)
    refusals = {
        "checks for non-finite numbers every 50 steps, not before each: use on_nan=stop": module.monitor.before_step,
        "trains on one device: use trainer.devices=1, or another launcher": trainer.world_size > 1,
        f"trains in single or double precision: {trainer.precision} is neither": trainer.precision
        not in ("32-true", "64-true"),
        f"has no progressive networks: train {name} with another launcher": module.is_progressive,
        f"has no labelled samples: train {name} with another launcher": module.draws_own_samples,
        f"has no generators with an encoder: train {name} with another launcher": hasattr(module.generator, "encoder"),
        "has no pool of earlier fakes: use objective.pool_size=0, or another launcher": module.pool is not None,
        f"has no losses with a state ({type(module.loss).__name__}): train {name} with another launcher": isinstance(
            module.loss, nn.Module
        ),
        f"has no regularizers ({', '.join(module.regularizers)}): use another launcher": bool(module.regularizers),
        f"has no networks that translate images: train {name} with another launcher": len(
            label_shape_of(module.generator)
        )
        == 3,
        f"has no stacks: train {name} with another launcher": isinstance(module.generator, GeneratorStack),
        "has no conditional networks: use condition=none, or another launcher": module.labelled,
        "keeps the weights of penalties: leave penalty_schedule out, or use another launcher": module.penalty_schedule
        is not None,
        f"has losses of its own: leave {' and '.join(replaced)} out, or use another launcher": bool(replaced),
        "has no dropout and no noise within networks, whose random numbers can't be drawn for each member; use another "
        "launcher": any(_is_random(layer) for layer in module.modules()),
        f"steps weight by weight, with one group of {known}; {', '.join(type(one).__name__ for one in odd)} is none of "
        "them": bool(odd),
    }
    for reason, applies in refusals.items():
        if applies:
            raise UsageError(f"an ensemble {reason}")


def _is_random(layer: nn.Module) -> bool:
    return (isinstance(layer, _DropoutNd) and layer.p > 0) or (isinstance(layer, GaussianNoise) and layer.std > 0)


def _architecture(network: nn.Module) -> str:
    layers = [f"{name}: {type(layer).__qualname__} {_plain(layer, set())}" for name, layer in network.named_modules()]
    tensors = (*network.named_parameters(), *network.named_buffers())
    shapes = [f"{name}: {tuple(t.shape)} {t.dtype} {t.device} {t.requires_grad}" for name, t in tensors]
    return "\n".join([repr(network), *layers, *shapes])


def _plain(module: nn.Module, but: set[str]) -> str:
    simple = (bool, int, float, str, tuple, type(None))
    found = {k: v for k, v in vars(module).items() if isinstance(v, simple) and k not in but and not k.startswith("_")}
    return str(sorted(found.items()))
