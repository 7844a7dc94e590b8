"""Effect of weight clipping on a deep critic: vanishing or exploding gradients, weights at the bound."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from gan_lightning.callback.layer_stats import gradient_norms
from gan_lightning.compare.group import Mean
from gan_lightning.core.console import progress_bar
from gan_lightning.core.errors import UsageError
from gan_lightning.core.rng import new_rng
from gan_lightning.core.validation import (
    BatchSize,
    Index,
    LargeCount,
    MediumCount,
    Positive,
    SmallCount,
    validate_arguments,
)
from gan_lightning.data.swiss_roll import SwissRoll
from gan_lightning.model.mlp import Critic, Generator
from gan_lightning.objective.wgan import WGAN
from gan_lightning.objective.wgan_gp import WGANGP
from gan_lightning.optimizer import Adam, RMSProp
from gan_lightning.plot.series import Array
from gan_lightning.study.figure.clipping import CriticKind, clipping
from gan_lightning.study.tool.base import Findings, Table, Value
from gan_lightning.study.tool.fit import seeded_init, train

N_SAMPLES = 512  # real samples at which gradients are taken
TINY = 1e-300  # lower limit of gradients on logarithmic scales
AT_BOUND = 0.99  # weights from this fraction of c count as being at the bound


@dataclass(frozen=True)
class TrainedCritic:
    """Measurements of one trained critic.

    Attributes:
        c: clipping bound; None under a gradient penalty.
        seed: of its training.
        input_gradients: mean norm of the score's gradient in the input of each layer, data first, [layers].
        weight_gradients: norm of the loss's gradient in the weights of each layer, at the last critic update, [layers].
        at_bound: fraction of each layer's weights at the bound, [layers]; 0 under a gradient penalty.
        weights: all weights.
    """

    c: float | None
    seed: int
    input_gradients: Array
    weight_gradients: Array
    at_bound: Array
    weights: Array


class Clipping:
    """Figure 1(b) of Gulrajani et al. 2017 (arXiv:1704.00028): deep critics on the Swiss roll, clipped or penalised.

    Generator and critic have 12 hidden layers of rectified units and no normalisation, as in the paper. All are
    trained together with a generator (`WGAN`, `WGANGP`). The paper shows gradients of the loss in the layers'
    activations; here they are those of the score, sample by sample, so that the first is the ‖∇D‖ that the penalty
    drives to 1.

    Args:
        clips: clipping bounds c.
        weight: λ of the gradient penalty.
        steps: training steps.
        depth: hidden layers of either network.
        width: units of a hidden layer.
        batch: samples per critic or generator update.
        lr: of RMSProp with clipping, of Adam with the penalty.
        seeds: repetitions of each kind.
        seed: of the first repetition.

    Raises:
        UsageError: a bound is not positive, or there is none.
    """

    @validate_arguments
    def __init__(
        self,
        *,
        clips: tuple[Positive, ...] = (0.001, 0.01, 0.1),
        weight: Positive = 0.1,
        steps: LargeCount = 100,
        depth: SmallCount = 12,
        width: MediumCount = 128,
        batch: BatchSize = 64,
        lr: Positive = 5e-4,
        seeds: MediumCount = 10,
        seed: Index = 0,
    ) -> None:
        if not clips:
            raise UsageError("study.clips=[]: give one or more bounds, such as [0.01]")
        self.clips, self.weight, self.steps = sorted(set(clips)), weight, steps
        self.depth, self.width, self.batch, self.lr = depth, width, batch, lr
        self.seeds = range(seed, seed + seeds)

    def run(self) -> Findings:
        """See `Study.run`."""
        critics = [self._train(c, seed) for seed in progress_bar(self.seeds, "seeds") for c in (*self.clips, None)]
        kinds = [
            CriticKind(
                label(c),
                c,
                np.stack([one.input_gradients for one in critics if one.c == c]),
                np.concatenate([one.weights for one in critics if one.c == c]),
            )
            for c in (*self.clips, None)
        ]
        groups = group_by_bound(critics)
        return Findings(_table(critics), _summary(groups), clipping(kinds), _conclusions(groups, kinds[-1].weights))

    def _train(self, c: float | None, seed: int) -> TrainedCritic:
        def make() -> WGAN | WGANGP:
            generator = Generator(shape=[2], width=self.width, depth=self.depth)
            critic = Critic(shape=[2], width=self.width, depth=self.depth)
            if c is None:
                adam = Adam(self.lr, (0.5, 0.9))
                return WGANGP(
                    generator, critic, gp_weight=self.weight, seed=seed, critic_optimizer=adam, generator_optimizer=adam
                )
            rmsprop = RMSProp(self.lr)
            return WGAN(generator, critic, clip=c, seed=seed, critic_optimizer=rmsprop, generator_optimizer=rmsprop)

        module, data = seeded_init(seed, make), SwissRoll(batch_size=self.batch)
        train(module, data, self.steps)
        critic = module.critic
        weights = [layer.weight.detach() for layer in critic.modules() if isinstance(layer, nn.Linear)]
        bound = torch.inf if c is None else AT_BOUND * c
        return TrainedCritic(
            c,
            seed,
            layer_input_gradients(critic, data.density.sample(N_SAMPLES, new_rng(seed, "study", "judged"))).numpy(),
            np.array(list(gradient_norms(critic).values())),
            np.array([(weight.abs() >= bound).double().mean().item() for weight in weights]),
            torch.cat([weight.flatten() for weight in weights]).double().numpy(),
        )


def layer_input_gradients(critic: nn.Module, x: Tensor) -> Tensor:
    """Mean norm, over samples, of the score's gradient in the input of each linear layer: [layers], data first.

    Args:
        critic: from samples [B, *shape] to scores [B], each sample independent of the others.
        x: samples at which the gradients are taken.
    """
    critic = deepcopy(critic).double()  # gradients may underflow in single precision
    inputs: list[Tensor] = []
    for layer in critic.modules():
        if isinstance(layer, nn.Linear):
            layer.register_forward_pre_hook(lambda _, arguments: inputs.append(arguments[0]))
    scores = critic(x.double().requires_grad_())
    gradients = torch.autograd.grad(scores.sum(), inputs)
    return torch.stack([gradient.flatten(1).norm(dim=1).mean() for gradient in gradients])


def label(c: float | None) -> str:
    """The name of a kind of critics."""
    return "gradient penalty" if c is None else f"clipping, c = {c:g}"


def _table(found: Sequence[TrainedCritic]) -> Table:
    columns = {
        "critic": "",
        "seed": "",
        "layer": "1 is the first",
        "gradient in its input": "score per unit, mean over samples",
        "gradient in its weights": "loss per unit",
        "weights at the bound": "share",
    }
    rows: list[list[Value]] = [
        [label(one.c), one.seed, n, float(g), float(w), None if one.c is None else float(share)]
        for one in found
        for n, (g, w, share) in enumerate(
            zip(one.input_gradients, one.weight_gradients, one.at_bound, strict=True), start=1
        )
    ]
    return Table(columns, rows)


@dataclass(frozen=True)
class Group:
    """Statistics of the critics of one kind, over their seeds.

    Attributes:
        c: clipping bound; None under a gradient penalty.
        first, last: geometric means of the gradient at the data and in the last layer's input.
        decades: growth of the gradient from the last layer to the data, in powers of ten.
        at_bound: fraction of the weights at the bound.
    """

    c: float | None
    first: float
    last: float
    decades: Mean | None
    at_bound: Mean | None


def group_by_bound(found: Sequence[TrainedCritic]) -> list[Group]:
    """A group for each bound, in order of appearance."""
    kinds = dict.fromkeys(one.c for one in found)
    return [_group(c, [one for one in found if one.c == c]) for c in kinds]


def _group(c: float | None, some: Sequence[TrainedCritic]) -> Group:
    logs = np.log10(np.maximum([one.input_gradients[[0, -1]] for one in some], TINY))
    first, last = (float(power) for power in 10 ** logs.mean(0))
    at_bound = [float((np.abs(one.weights) >= AT_BOUND * c).mean()) for one in some] if c is not None else []
    return Group(c, first, last, Mean.over((logs[:, 0] - logs[:, 1]).tolist()), Mean.over(at_bound))


def _summary(found: Sequence[Group]) -> Table:
    columns = {"critic": "", "gradient at the data": "", "at the last layer": "", "grows on its way by": "decades"}
    rows: list[list[Value]] = [[label(one.c), one.first, one.last, one.decades, one.at_bound] for one in found]
    return Table(columns | {"weights at ±c": "share"}, rows)


def _conclusions(found: Sequence[Group], penalised_weights: Array) -> list[str]:
    clipped = [one for one in found if one.c is not None]
    changes = []
    for one in clipped:
        decades = one.decades.value if one.decades else 0.0
        change = "vanishes" if decades < -1 else "explodes" if decades > 1 else "stays"
        changes.append(f"{change} at c = {one.c:g} (by {abs(decades):.1f} decades)")
    fractions = [f"{one.at_bound.value:.0%} (c = {one.c:g})" for one in clipped if one.at_bound]
    penalised = found[-1]
    return [
        f"From the last layer to the data the gradient {', '.join(changes)}.",
        f"Under the penalty it changes by {abs(penalised.decades.value if penalised.decades else 0):.1f} decades, and "
        f"is {penalised.first:.2f} at the data, where the penalty's target is 1.",
        f"Of the clipped critics' weights lie at the bound {', '.join(fractions)}; those of the penalised have "
        f"standard deviation {penalised_weights.std():.3f} and reach {np.abs(penalised_weights).max():.2f}.",
    ]
