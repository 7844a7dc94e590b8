"""A generator's class and arguments, as JSON holds them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from typing import Any

import torch
from torch import nn
from torch.overrides import TorchFunctionMode

from gan_lightning.config.part import Network, check_kind, import_target, is_known
from gan_lightning.config.trust import is_trusted
from gan_lightning.core.errors import UsageError, did_you_mean, first_line
from gan_lightning.core.validation import signature_types, takes_any_keyword, violation

_PLAIN = (bool, int, float, str, type(None))


class _ShapesOnly(TorchFunctionMode):
    """Leaves out what spectral norm's power iterations compute: on the meta device nothing, in seconds."""

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: Sequence[Any] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        if func is nn.functional.normalize:
            return args[0]
        if func is torch.mv:
            return torch.empty(args[0].shape[0], dtype=args[0].dtype)
        return func(*args, **(kwargs or {}))


def build_network(node: Mapping[str, Any], where: str, *, shapes_only: bool = True) -> nn.Module:
    """The network of a config of unknown origin.

    Nothing but a network of this package, or of a module that is trusted, is imported and called, and with plain values
    alone.

    Args:
        node: `_target_` and arguments.
        where: the file, for messages.
        shapes_only: build it on the meta device, which takes no memory.

    Raises:
        UsageError: another class is named, or arguments are unknown, of a wrong type or out of range.
    """
    target = node.get("_target_")
    if not is_known(target) and not is_trusted(str(target)):
        module = str(target).partition(".")[0]
        raise UsageError(
            f"{where}: generator._target_={target} is code of someone else: "
            f"if you trust it, load with trust=['{module}']"
        )
    try:
        found = import_target("generator", target)
        check_kind("generator", found, Network)
    except UsageError as refusal:
        raise UsageError(f"{where}: {refusal}") from None
    types, arguments = signature_types(found), {key: value for key, value in node.items() if key != "_target_"}
    for key, value in arguments.items():
        if key not in types and not takes_any_keyword(found):
            raise UsageError(f"{where}: generator.{key} is not a key of {target}: {did_you_mean(key, types)}")
        entries = value if isinstance(value, list) else [value]
        reason = (
            violation(value, types.get(key, Any)) if all(isinstance(v, _PLAIN) for v in entries) else "must be plain"
        )
        if reason is not None:
            raise UsageError(f"{where}: generator.{key}={value} {reason}")
    with torch.device("meta" if shapes_only else "cpu"), _ShapesOnly() if shapes_only else nullcontext():
        try:
            network: nn.Module = found(**arguments)
        except UsageError:
            raise
        except Exception as error:  # an argument is missing, a size beyond any memory
            raise UsageError(f"{where}: {target} can't be built: {first_line(error)}") from error
    return network
