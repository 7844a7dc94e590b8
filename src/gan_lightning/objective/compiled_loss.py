"""A loss and its gradients as one compiled computation."""

from __future__ import annotations

from collections.abc import Sequence
from types import FunctionType, MethodType
from typing import TYPE_CHECKING

import torch
from torch import nn

from gan_lightning.core.errors import UsageError
from gan_lightning.objective.precomputed_loss import Inputs, Loss, Outputs, PrecomputedLoss, Signature

if TYPE_CHECKING:
    from gan_lightning.objective.base import AdversarialModule

OLDEST = "2.13"  # of torch; 2.11 stops at the penalties


class CompiledLoss(PrecomputedLoss):
    """A compiled `critic_loss` or `generator_loss` of a module: one graph, since an eager penalty of a compiled critic
    can't be differentiated.

    Args:
        module: about to be trained.
        name: of the loss.
        parameters: of the player that is updated.
        backend: of torch.compile.

    Raises:
        UsageError: this torch can't compile gradients, or a part of the loss.
    """

    def __init__(
        self,
        module: AdversarialModule,
        name: Loss,
        parameters: Sequence[nn.Parameter],
        backend: str = "inductor",
    ) -> None:
        import torch._dynamo.config as dynamo

        if torch.__version__ < OLDEST:
            raise UsageError(
                f"trainer.compile=true needs torch {OLDEST} or newer, which compiles gradients of "
                f"gradients; this is {torch.__version__}: update torch, or leave it out"
            )
        dynamo.trace_autograd_ops = True
        super().__init__(module, name, parameters)
        # Torch counts recompilations by code object; with one of its own, a module is not charged for earlier ones.
        shared = PrecomputedLoss._loss_and_gradients
        own = FunctionType(shared.__code__.replace(), shared.__globals__)
        self._graph = torch.compile(MethodType(own, self), fullgraph=True, dynamic=False, backend=backend)

    def _compute(self, signature: Signature, inputs: Inputs) -> Outputs:
        try:
            outputs: Outputs = self._graph(*inputs)
        except torch._dynamo.exc.TorchDynamoException as error:
            raise UsageError(f"trainer.compile=true can't: {str(error).splitlines()[0]}; leave it out") from error
        return outputs
