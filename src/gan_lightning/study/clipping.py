"""What weight clipping does to a deep critic."""

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
from gan_lightning.core.rng import new_rng as source_of
from gan_lightning.core.validation import Count, Index, Positive, validate_arguments
from gan_lightning.data.swiss_roll import SwissRoll
from gan_lightning.model.mlp import Critic, Generator
from gan_lightning.objective.wgan import WGAN
from gan_lightning.objective.wgan_gp import WGANGP
from gan_lightning.optimizer import Adam, RMSProp
from gan_lightning.plot.series import Array
from gan_lightning.study.figure.clipping import Held, clipping
from gan_lightning.study.tool.base import Findings, Table, Value
from gan_lightning.study.tool.fit import seeded_init, train

JUDGED = 512  # reals that gradients are taken at
TINY = 1e-300  # what a gradient that is 0 is drawn as
AT_BOUND = 0.99  # of c, from which on a weight counts as being there


@dataclass(frozen=True)
class Trained:
    """One critic after its game.

    Attributes:
        c: its bound; None under a gradient penalty.
        seed: of its game.
        inputs: mean norm of the score's gradient in the input of each layer, the first the data, [layers].
        weights: norm of the loss's gradient in the weights of each layer, at the last turn, [layers].
        at_bound: share of each layer's weights, [layers]; nan under a gradient penalty.
        values: of all weights.
    """

    c: float | None
    seed: int
    inputs: Array
    weights: Array
    at_bound: Array
    values: Array


class Clipping:
    """Figure 1(b) of Gulrajani et al. 2017 (arXiv:1704.00028): deep critics on the Swiss roll, clipped or penalised.

    Generator and critic have 12 hidden layers of rectified units and no normalisation, as in the paper. All play whole
    games (`WGAN`, `WGANGP`). The paper shows gradients of the loss in the layers' activations; here they are those of
    the score, sample by sample, so that the first is the ‖∇D‖ that the penalty holds at 1.

    Args:
        clips: c.
        weight: λ.
        steps: of each game.
        depth: hidden layers of either network.
        width: units of each.
        batch: of one turn.
        lr: of RMSProp in the clipped games, of Adam in the penalised ones.
        seeds: games of each kind.
        seed: the first.

    Raises:
        UsageError: a c that is no bound, or none at all.
    """

    @validate_arguments
    def __init__(
        self,
        *,
        clips: tuple[Positive, ...] = (0.001, 0.01, 0.1),
        weight: Positive = 0.1,
        steps: Count = 100,
        depth: Count = 12,
        width: Count = 128,
        batch: Count = 64,
        lr: Positive = 5e-4,
        seeds: Count = 10,
        seed: Index = 0,
    ) -> None:
        if not clips:
            raise UsageError("study.clips=[]: give a bound or more, such as [0.01]")
        self.clips, self.weight, self.steps = sorted(set(clips)), weight, steps
        self.depth, self.width, self.batch, self.lr = depth, width, batch, lr
        self.seeds = range(seed, seed + seeds)

    def run(self) -> Findings:
        """See `Study`."""
        found = [self._trained(c, seed) for seed in progress_bar(self.seeds, "seeds") for c in (*self.clips, None)]
        held = [
            Held(
                label(c),
                c,
                np.stack([one.inputs for one in found if one.c == c]),
                np.concatenate([one.values for one in found if one.c == c]),
            )
            for c in (*self.clips, None)
        ]
        grouped = groups(found)
        return Findings(_table(found), _summary(grouped), clipping(held), _reading(grouped, held[-1].values))

    def _trained(self, c: float | None, seed: int) -> Trained:
        def game() -> WGAN | WGANGP:
            generator = Generator(shape=[2], width=self.width, depth=self.depth)
            critic = Critic(shape=[2], width=self.width, depth=self.depth)
            if c is None:
                adam = Adam(self.lr, (0.5, 0.9))
                return WGANGP(
                    generator, critic, gp_weight=self.weight, seed=seed, critic_optimizer=adam, generator_optimizer=adam
                )
            slow = RMSProp(self.lr)
            return WGAN(generator, critic, clip=c, seed=seed, critic_optimizer=slow, generator_optimizer=slow)

        module, data = seeded_init(seed, game), SwissRoll(batch_size=self.batch)
        train(module, data, self.steps)
        critic = module.critic
        matrices = [layer.weight.detach() for layer in critic.modules() if isinstance(layer, nn.Linear)]
        bound = torch.inf if c is None else AT_BOUND * c
        return Trained(
            c,
            seed,
            sensitivities(critic, data.density.sample(JUDGED, source_of(seed, "study", "judged"))).numpy(),
            np.array(list(gradient_norms(critic).values())),
            np.array([(matrix.abs() >= bound).double().mean().item() for matrix in matrices]),
            torch.cat([matrix.flatten() for matrix in matrices]).double().numpy(),
        )


def sensitivities(critic: nn.Module, x: Tensor) -> Tensor:
    """Mean norm, over samples, of the score's gradient in the input of each linear layer: [layers], the first the data.

    Args:
        critic: from samples [B, *shape] to scores [B], without mixing samples.
        x: where to look.
    """
    critic = deepcopy(critic).double()  # gradients may be smaller than single precision knows
    inputs: list[Tensor] = []
    for layer in critic.modules():
        if isinstance(layer, nn.Linear):
            layer.register_forward_pre_hook(lambda _, given: inputs.append(given[0]))
    scores = critic(x.double().requires_grad_())
    gradients = torch.autograd.grad(scores.sum(), inputs)
    return torch.stack([gradient.flatten(1).norm(dim=1).mean() for gradient in gradients])


def label(c: float | None) -> str:
    """What a critic is called."""
    return "gradient penalty" if c is None else f"clipping, c = {c:g}"


def _table(found: Sequence[Trained]) -> Table:
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
        for n, (g, w, share) in enumerate(zip(one.inputs, one.weights, one.at_bound, strict=True), start=1)
    ]
    return Table(columns, rows)


@dataclass(frozen=True)
class Group:
    """What the critics of one kind have in common, over their seeds.

    Attributes:
        c: their bound.
        first, last: geometric means of the gradient at the data and in the last layer's input.
        orders: of magnitude from the last layer to the data.
        piled: share of the weights at the bound.
    """

    c: float | None
    first: float
    last: float
    orders: Mean | None
    piled: Mean | None


def groups(found: Sequence[Trained]) -> list[Group]:
    """By their bounds, in the order that they come in."""
    kinds = dict.fromkeys(one.c for one in found)
    return [_group(c, [one for one in found if one.c == c]) for c in kinds]


def _group(c: float | None, some: Sequence[Trained]) -> Group:
    logs = np.log10(np.maximum([one.inputs[[0, -1]] for one in some], TINY))
    first, last = (float(power) for power in 10 ** logs.mean(0))
    piled = [float((np.abs(one.values) >= AT_BOUND * c).mean()) for one in some] if c is not None else []
    return Group(c, first, last, Mean.over((logs[:, 0] - logs[:, 1]).tolist()), Mean.over(piled))


def _summary(found: Sequence[Group]) -> Table:
    columns = {"critic": "", "gradient at the data": "", "at the last layer": "", "grows on its way by": "decades"}
    rows: list[list[Value]] = [[label(one.c), one.first, one.last, one.orders, one.piled] for one in found]
    return Table(columns | {"weights at ±c": "share"}, rows)


def _reading(found: Sequence[Group], penalised: Array) -> list[str]:
    clipped = [one for one in found if one.c is not None]
    ways = []
    for one in clipped:
        decades = one.orders.value if one.orders else 0.0
        way = "vanishes" if decades < -1 else "explodes" if decades > 1 else "stays"
        ways.append(f"{way} at c = {one.c:g} (by {abs(decades):.1f} decades)")
    piles = [f"{one.piled.value:.0%} (c = {one.c:g})" for one in clipped if one.piled]
    flat = found[-1]
    return [
        f"From the last layer to the data the gradient {', '.join(ways)}.",
        f"Under the penalty it changes by {abs(flat.orders.value if flat.orders else 0):.1f} decades, and is "
        f"{flat.first:.2f} at the data, where the penalty wants 1.",
        f"Of the clipped critics' weights lie at the bound {', '.join(piles)}; those of the penalised have standard "
        f"deviation {penalised.std():.3f} and reach {np.abs(penalised).max():.2f}.",
    ]
