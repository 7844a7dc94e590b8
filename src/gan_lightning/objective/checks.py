"""Checks before the first step: networks, batch sizes and schedules that can't work."""

from __future__ import annotations

from collections.abc import Callable, Collection
from fractions import Fraction
from math import lcm

import torch
from lightning.pytorch.utilities import rank_zero_warn
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from gan_lightning.core.errors import UsageError
from gan_lightning.nn.minibatch_groups import num_groups

# Nodes of the autograd graph that only rearrange or average scores, on the way back from them to the last layer.
PASSIVE = (
    "View",
    "UnsafeView",
    "Squeeze",
    "Unsqueeze",
    "Reshape",
    "Select",
    "Slice",
    "Mean",
    "Sum",
    "ToCopy",
    "Permute",
)
SQUASHING = ("Sigmoid", "LogSigmoid", "Softmax", "LogSoftmax")

Network = Callable[[Tensor], Tensor]


def warn_if_schedule_ends_early(schedule: Callable[[int], float] | None, end: int) -> None:
    """Warns if learning rates are zero before the last step, as in a run that goes on beyond its schedule."""
    if schedule is not None and end > 0 and schedule(end - 1) == 0:
        rank_zero_warn(
            f"the learning rates fall to zero before step {end:,}, the last: nothing is learned from there on. A later "
            f"end of the schedule moves that (objective.schedule.end_step={end})"
        )


def check_batch_divisible(
    key: str,
    batch_size: int,
    devices: int,
    accumulate: int,
    groups: Collection[int] = (),
    multiples: Collection[float] = (1,),
) -> None:
    """Checks that so many devices, each with so many micro-batches, can share a batch equally.

    Args:
        key: whose value the batch size is.
        batch_size: of an update, over all devices.
        devices: that share it.
        accumulate: micro-batches of each device.
        groups: numbers of samples whose statistics belong together: none of these groups may be cut.
        multiples: of the batch size, that networks are run on.

    Raises:
        UsageError: names the next batch size that they can share.
    """
    parts = devices * accumulate
    cut = [
        (round(batch_size * multiple), group)
        for multiple in multiples
        for group in sorted(groups)
        if num_groups(round(batch_size * multiple), group) % parts
    ]
    if batch_size % parts:
        problem, multiple = f"{key}={batch_size} does not divide into", parts
    elif cut:
        rows, group = cut[0]
        passes = "" if rows == batch_size else f" in passes of {rows}"
        problem = f"{key}={batch_size}{passes} is {num_groups(rows, group)} group(s) of {group} samples for"
        multiple = parts * lcm(*groups, *(Fraction(one).limit_denominator(10_000).denominator for one in multiples))
    else:
        return
    raise UsageError(
        f"{problem} {devices} device(s) × {accumulate} micro-batch(es): make it a multiple of {multiple}, such as "
        f"{-(-batch_size // multiple) * multiple}"
    )


def check_no_batch_norm(critic: nn.Module, why: str) -> None:
    """Checks that the critic has no batch norm; `why` names the part that needs the gradient of one sample's score.

    Raises:
        UsageError: names the layer and what to use in its place.
    """
    for name, layer in critic.named_modules():
        if isinstance(layer, _BatchNorm):
            raise UsageError(
                f"{why} takes the gradient of each sample's own score, but critic layer {name or 'critic'!r} "
                f"({type(layer).__name__}) mixes the batch: use layer or instance norm (critic_norm=layer)"
            )


def check_unbounded_scores(critic: nn.Module, scores: Tensor) -> None:
    """Checks that the critic's scores don't come out of a sigmoid or softmax, also one hidden in its `forward`.

    Raises:
        UsageError: names the layer and the remedy.
    """
    node = scores.grad_fn
    while node is not None and node.name().startswith(PASSIVE):
        node = next((parent for parent, _ in node.next_functions if parent is not None), None)
    if node is None or not node.name().startswith(SQUASHING):
        return
    kind = next(k for k in SQUASHING if node.name().startswith(k))
    layers = [name for name, layer in critic.named_modules() if type(layer).__name__ == kind]
    where = f"layer {layers[-1]!r}" if layers else "its forward()"
    raise UsageError(
        f"the critic ends in a {kind.lower()} ({where}): scores must be unbounded logits, the losses apply "
        "their own; remove it"
    )


def check_shapes(generator: Network, critic: Network, latent: Tensor, real: Tensor) -> Tensor:
    """Checks that the networks fit the data and each other; returns the critic's scores of `real`.

    Raises:
        UsageError: names the network, the shape it has and the shape it needs.
    """
    with torch.no_grad():
        fake = _attempt("generator", generator, latent, f"does not take latents of {latent.shape[1]} numbers")
    if fake.shape != real.shape:
        raise UsageError(
            f"the generator makes samples of shape {tuple(fake.shape[1:])}, the data are {tuple(real.shape[1:])}: "
            "choose a model for this shape (model=mlp for points, model=dcgan or resnet for images)"
        )
    scores = _attempt("critic", critic, real, f"does not take samples of shape {tuple(real.shape[1:])}")
    if scores.dim() == 0 or len(scores) != len(real) or (scores.dim() < 4 and scores.numel() != len(real)):
        raise UsageError(
            f"the critic gives {tuple(scores.shape)} for {len(real)} samples: it must give one score each, shape "
            f"({len(real)},) or ({len(real)}, 1), or a map of scores ({len(real)}, 1, h, w)"
        )
    return scores


def _attempt(player: str, network: Network, inputs: Tensor, complaint: str) -> Tensor:
    try:
        output: object = network(inputs)
    except RuntimeError as error:
        raise UsageError(f"the {player} {complaint}: {str(error).splitlines()[0]}") from error
    if not isinstance(output, Tensor):
        raise UsageError(f"the {player} returns a {type(output).__name__}, not a tensor")
    return output
