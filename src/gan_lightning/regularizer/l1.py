"""L1 distance of fakes to the reals beside them."""

from __future__ import annotations

from typing import ClassVar

from torch import Tensor, nn

from gan_lightning.core.errors import UsageError
from gan_lightning.core.validation import Positive, validate_arguments
from gan_lightning.nn.labels import is_conditional
from gan_lightning.regularizer.base import Regularizer, RegularizerInputs


class L1(Regularizer):
    """λ E‖y - G(x, z)‖₁ joins the generator's loss (pix2pix: Isola et al. 2017, arXiv:1611.07004, section 3.1).

    x is the label of the real y, as the image that is translated, and ‖·‖₁ the mean absolute difference of values, as
    in the paper's code. Without the adversarial loss (`objective.adversarial_weight=0`) the output is the median of
    what is possible: blurred where much is.

    Args:
        weight: λ.
    """

    paired: ClassVar[bool] = True

    @validate_arguments
    def __init__(self, weight: Positive = 100.0) -> None:
        super().__init__()
        self.weight = weight

    def attach(self, generator: nn.Module, critic: nn.Module) -> None:
        """Checks that fakes have a real beside them.

        Raises:
            UsageError: the generator is unconditional.
        """
        if not is_conditional(generator):
            raise UsageError(
                "regularizer=l1 compares each fake with the real whose label it has, and this generator is "
                "unconditional: use model=unet with paired images, or condition=concatenation"
            )

    def generator_term(self, inputs: RegularizerInputs) -> Tensor:
        """The mean absolute difference, times λ."""
        copies = [len(inputs.fake) // len(inputs.real), *[1] * (inputs.real.dim() - 1)]
        return self.weight * (inputs.fake - inputs.real.repeat(copies)).abs().mean()
