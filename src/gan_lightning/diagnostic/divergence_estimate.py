"""A Wasserstein estimate that no distance can have."""

from __future__ import annotations

from typing import ClassVar

from gan_lightning.core.validation import Positive, checked
from gan_lightning.diagnostic.advice import firmer
from gan_lightning.diagnostic.base import Look, Sign
from gan_lightning.loss import Wasserstein
from gan_lightning.penalty import GradientPenalty


class EstimateDiverging:
    """E D(x) - E D(G(z)) is many times E‖x - G(z)‖, which no critic of slope 1 can reach.

    Any way of carrying fakes to reals costs at least the Wasserstein distance, that of random pairs as well, and a
    critic of slope 1 never says more than that distance (Kantorovich's duality; Arjovsky et al. 2017, arXiv:1701.07875,
    eq. 2). Scores that run away, or swing from round to round, do. It is for gradient penalties, which want slope 1.

    Args:
        times: how many times E‖x - G(z)‖.
    """

    name: ClassVar[str] = "Wasserstein estimate diverging"
    fatal: ClassVar[bool] = False

    @checked
    def __init__(self, times: Positive = 10.0) -> None:
        self.times = times
        self.memory: list[float] = []

    def __call__(self, look: Look) -> Sign | None:
        """See `Rule`."""
        penalty, probe = look.game.penalty, look.probe
        if not isinstance(look.game.loss, Wasserstein) or not isinstance(penalty, GradientPenalty) or probe is None:
            return None
        estimate = look.figures[look.game.loss.estimates]
        most = (probe.real - probe.fake).double().flatten(1).norm(dim=1).mean().item()
        evidence = f"it is {estimate:.3g}, real and fake samples are {most:.3g} apart (threshold {self.times:g} times)"
        return Sign(abs(estimate) > self.times * most, evidence, firmer(look))
