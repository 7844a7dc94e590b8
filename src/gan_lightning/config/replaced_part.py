"""A part whose class is replaced on the command line: the other class's keys go with it."""

from __future__ import annotations

from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig, OmegaConf, open_dict

from gan_lightning.config.part import import_target
from gan_lightning.config.typed_overrides import typed_overrides
from gan_lightning.core.console import print_rank_zero

CONDITION = "condition"  # the group, and the key of networks that take classes


def leave_out_keys_of_replaced_parts(config: DictConfig) -> None:
    """Removes the keys of a part that a typed `KEY._target_=CLASS` replaced, which the class does not take.

    Keys that are typed stay, and are refused later where the class does not take them. One line says what is left out.
    Where a network that takes no classes is put into a game that is conditional by default, the game is unconditional.

    Args:
        config: as composed by Hydra, in a program that it started; changed in place.

    Raises:
        UsageError: there is no such class.
    """
    if not HydraConfig.initialized():
        return
    overrides = [override.lstrip("+").partition("=") for override in typed_overrides()]
    typed = {key for key, _, _ in overrides}
    for key, _, target in overrides:
        part, _, last = key.rpartition(".")
        node = OmegaConf.select(config, part) if last == "_target_" and part else None
        if not isinstance(node, DictConfig):
            continue
        from gan_lightning.core.validation import signature_types, takes_any_keyword  # loads pydantic

        found = import_target(part, target.strip("'\""))
        if takes_any_keyword(found):
            continue
        kept = {*signature_types(found), "_target_", "_partial_", *(_child(part, one) for one in typed)}
        others = [str(name) for name in node if name not in kept]
        with open_dict(node):
            for name in others:
                del node[name]
        if others:
            print_rank_zero(f"{part} is {target} now; left out of the part that it replaces: {', '.join(others)}")
        if CONDITION in others and HydraConfig.get().runtime.choices.get(CONDITION) == "auto":
            config[CONDITION] = dict.fromkeys(config[CONDITION], "none")  # both players have it, or neither


def _child(part: str, key: str) -> str:
    """The key of the part that a dotted key sets, or sets something of; "" for other keys."""
    return key.removeprefix(f"{part}.").partition(".")[0] if key.startswith(f"{part}.") else ""
