"""Checks before the first step: networks, batch sizes and schedules that can't work."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from fractions import Fraction
from math import lcm
from typing import Any

import torch
from lightning.pytorch.utilities import rank_zero_warn
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from gan_lightning.core.errors import UsageError
from gan_lightning.data.sample_source import SampleSource
from gan_lightning.data.unpaired import UnpairedTable
from gan_lightning.nn.encoder import Encoder
from gan_lightning.nn.labels import label_shape_of
from gan_lightning.nn.minibatch_groups import num_groups
from gan_lightning.regularizer import Regularizer

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


def check_no_batch_norm(critic: nn.Module, reason: str) -> None:
    """Checks that the critic has no batch norm; `reason` says what is of one sample by itself.

    Raises:
        UsageError: names the layer and what to use in its place.
    """
    for name, layer in critic.named_modules():
        if isinstance(layer, _BatchNorm):
            raise UsageError(
                f"{reason}, but critic layer {name or 'critic'!r} ({type(layer).__name__}) mixes the batch: "
                "use layer or instance norm (critic_norm=layer)"
            )


def check_no_encoder(generator: nn.Module, objective: str) -> None:
    """Checks that the generator has no encoder, which would stay as it is.

    Raises:
        UsageError: names objectives that train it.
    """
    if isinstance(getattr(generator, "encoder", None), Encoder):
        raise UsageError(
            f"{objective} trains no encoder, and the generator has one: use objective=ali, aae, vae_gan or egan, or a "
            "model without, such as model=dcgan or model=mlp"
        )


def check_augments(augments: Collection[str], generator: nn.Module, regularizers: Mapping[str, Regularizer]) -> None:
    """Checks that no augmentation changes one image of a pair alone.

    Raises:
        UsageError: names the augmentation.
    """
    paired = [name for name, one in regularizers.items() if one.paired]
    translates = len(label_shape_of(generator)) == 3
    if augments and (paired or translates):
        partner = (
            "the image that it was translated from" if translates else f"the real that {paired[0]} compares it with"
        )
        raise UsageError(f"augment={next(iter(augments))} changes a sample, and not {partner}: leave it out")


def check_pairs(real: SampleSource, regularizers: Mapping[str, Regularizer]) -> None:
    """Checks that samples and labels of the training data belong together, where a regularizer compares them.

    Raises:
        UsageError: names the regularizer.
    """
    paired = [name for name, one in regularizers.items() if one.paired]
    if paired and isinstance(real, UnpairedTable):
        raise UsageError(
            f"{paired[0]} compares each fake with the real beside it, and these two domains have no pairs: use "
            "objective=cyclegan model=cyclegan, or data=paired_folder"
        )


def check_unbounded_scores(critic: nn.Module, scores: Tensor) -> None:
    """Checks that the critic's scores don't come out of a sigmoid or softmax, also one hidden in its `forward`.

    Raises:
        UsageError: names the layer and the remedy.
    """
    node = _last_function(scores)
    if node is None or not node.name().startswith(SQUASHING):
        return
    kind = next(k for k in SQUASHING if node.name().startswith(k))
    layers = [name for name, layer in critic.named_modules() if type(layer).__name__ == kind]
    where = f"layer {layers[-1]!r}" if layers else "its forward()"
    raise UsageError(
        f"the critic ends in a {kind.lower()} ({where}): scores must be unbounded logits, the losses apply "
        "their own; remove it"
    )


RANGES = {"Tanh": (-1.0, 1.0), "Sigmoid": (0.0, 1.0)}  # of a generator's last layer


def warn_if_out_of_range(generator: Network, latent: Tensor, real: Tensor) -> None:
    """Warns if reals lie outside of the range of the generator's last layer, or in the upper half of tanh's alone.

    The latter are images as torchvision's ToTensor() gives them. Bytes are converted to the right range elsewhere.

    Args:
        generator: latents → samples.
        latent: [n, latent_dim].
        real: as the data loader gives them, of any shape.
    """
    if not real.is_floating_point():
        return
    with torch.enable_grad():
        node = _last_function(generator(latent.clone().requires_grad_()))
    name = next((name for name in RANGES if node is not None and node.name().startswith(name)), None)
    if name is None:
        return
    (low, high), least, most = RANGES[name], float(real.min()), float(real.max())
    slack = 0.05 * (high - low)
    if least < low - slack or most > high + slack:
        remedy = f"scale them to [{low:g}, {high:g}]"
    elif name == "Tanh" and 0 <= least <= 0.1 and 0.5 <= most <= 1:  # black and white of [0, 1]
        remedy = "if these are all of [0, 1], scale them: 2 * x - 1"
    else:
        return
    rank_zero_warn(
        f"the real samples of the first batch lie within [{least:.3g}, {most:.3g}], the generator ends in "
        f"{name.lower()} and makes samples within [{low:g}, {high:g}]: {remedy}"
    )


def _last_function(output: Tensor) -> Any:
    """The node of the autograd graph that computed `output`, before it was only rearranged or averaged."""
    node = output.grad_fn
    while node is not None and node.name().startswith(PASSIVE):
        node = next((parent for parent, _ in node.next_functions if parent is not None), None)
    return node
