"""What every move left behind, so that numbers gone wrong can be named."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import torch
from torch import Tensor

Reduce = Callable[[Tensor], Tensor]


class NonFiniteMonitor:
    """The terms of every move since the last look: its losses and the norm of its gradient.

    They stay on the device; a look is one transfer, whatever the number of moves.
    """

    def __init__(self) -> None:
        self._terms: list[tuple[str, str, Tensor]] = []

    def add(self, step: int, player: str, terms: Mapping[str, Sequence[Tensor]]) -> None:
        """Notes a move.

        Args:
            step: steps done before it.
            player: whose move.
            terms: by name, a tensor for each accumulated piece, in the order in which trouble spreads; only scalars are
                noted.
        """
        move = f"step {step + 1:,}, {player}'s move"
        self._terms.extend((move, name, piece) for name, pieces in terms.items() for piece in pieces if not piece.ndim)

    def first_nonfinite(self, reduce: Reduce) -> str | None:
        """The first term that is not finite, as "step 187, critic's move: penalty is nan"; forgets all moves.

        Args:
            reduce: the mean over all processes, in which a number gone wrong in one of them shows. All of them must
                look at once.
        """
        if not self._terms:
            return None
        terms, self._terms = self._terms, []
        values = reduce(torch.stack([value.float() for _, _, value in terms]))
        wrong = (~values.isfinite()).nonzero()
        if not len(wrong):
            return None
        move, name, _ = terms[int(wrong[0])]
        return f"{move}: {name} is {values[wrong[0]].item()}"
