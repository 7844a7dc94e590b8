"""Checks before the first step that networks fit the data and each other."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch
from torch import Tensor

from gan_lightning.core.errors import UsageError, first_line
from gan_lightning.nn.scores import SCORE

Network = Callable[[Tensor], Tensor]


def check_samples(generator: Network, latent: Tensor, real: Tensor) -> None:
    """Checks that the generator makes samples of the data's shape.

    Raises:
        UsageError: names the shape it makes and the shape it needs.
    """
    with torch.no_grad():
        fake = _attempt("generator", generator, latent, _complaint(latent))
    if fake.shape != real.shape:
        raise UsageError(
            f"the generator makes samples of shape {tuple(fake.shape[1:])}, the data are {tuple(real.shape[1:])}: "
            "choose a model for this shape (model=mlp for points, model=dcgan or resnet for images)"
        )


def check_latents(encoder: Network, real: Tensor, latent_dim: int) -> None:
    """Checks that an encoder takes the data and makes latents [batch, latent_dim].

    Raises:
        UsageError: names the shape it makes and the shape it needs.
    """
    latents = _attempt("encoder", encoder, real, f"does not take samples of shape {tuple(real.shape[1:])}")
    if latents.shape != (len(real), latent_dim):
        raise UsageError(
            f"the encoder makes latents of shape {tuple(latents.shape)} for {len(real)} samples, the generator takes "
            f"({len(real)}, {latent_dim}): it must be Encoder(features, num_features, latent_dim={latent_dim})"
        )


def check_scores(critic: Network, inputs: Tensor, name: str = "samples", instead: str = "") -> Tensor:
    """Checks that the critic takes its inputs and scores each; returns the scores.

    Args:
        critic: bound to classes and to the stage of growth.
        inputs: two or more.
        name: of the inputs.
        instead: networks to use where these do not fit.

    Raises:
        UsageError: says what the critic does and what is needed.
    """
    complaint = f"does not take {name} of shape {tuple(inputs.shape[1:])}"
    try:
        scores = _attempt("critic", critic, inputs, complaint)
    except UsageError as refusal:
        if instead and refusal.__cause__ is not None:
            raise UsageError(f"the critic {complaint}: {instead}") from refusal.__cause__
        raise
    if scores.dim() == 0 or len(scores) != len(inputs) or not scores.numel():
        raise UsageError(
            f"the critic gives {tuple(scores.shape)} for {len(inputs)} samples: its scores must be of shape "
            f"({len(inputs)},), ({len(inputs)}, 1), or ({len(inputs)}, ...) for several each, which are averaged"
        )
    if not scores.is_floating_point():
        raise UsageError(f"the critic gives scores of {scores.dtype}: they must be floats")
    return scores


def _complaint(latent: Tensor) -> str:
    return (
        f"does not take latents of {latent.shape[1]} numbers, a tensor {tuple(latent.shape)} (for another layout begin "
        f"it with nn.Unflatten(1, ({latent.shape[1]}, 1, ...)))"
    )


def _attempt(player: str, network: Network, inputs: Tensor, complaint: str) -> Tensor:
    """The output of a network.

    Raises:
        UsageError: the network can't take the inputs, which the complaint says, or returns no tensor.
    """
    try:
        output: object = network(inputs)
    except UsageError:
        raise
    except (RuntimeError, ValueError, TypeError, IndexError, AttributeError) as error:
        raise UsageError(f"the {player} {complaint}: {type(error).__name__}: {first_line(error)}") from error
    if isinstance(output, Tensor):
        return output
    found = f"a {type(output).__name__}"
    if isinstance(output, Mapping):
        found = f"a dictionary with {', '.join(map(repr, output)) or 'nothing'}"
    needed = "samples, a tensor"
    if player == "critic":
        needed = f"scores [batch, ...], or a dictionary with them as {SCORE!r}"
    raise UsageError(f"the {player} returns {found}: it must return {needed}")
