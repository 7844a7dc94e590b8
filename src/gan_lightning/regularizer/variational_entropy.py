"""Entropy of fakes, bounded below by an encoder (EGAN-Ent-VI)."""

from __future__ import annotations

from torch import Tensor, nn

from gan_lightning.core.validation import Positive, validate_arguments
from gan_lightning.nn.encoder import Posterior, encoder_of
from gan_lightning.regularizer.base import Regularizer, RegularizerInputs

MODELS = "use model=dcgan_encoder for images, model=mlp_encoder for points"


class VariationalEntropy(Regularizer):
    """-E log q(z given G(z)) joins the generator's loss: against fakes that are alike.

    Up to a constant it bounds minus the entropy of fakes from above: H(x) = H(z) + H(x given z) - H(z given x), and
    H(z given x) ≤ -E log q(z given x), with equality for the true posterior (Dai et al. 2017, arXiv:1702.01691,
    section 4.2). H(x given z) is a constant where fakes have noise (`augment=[instance_noise]`). Without noise the
    exact posterior is a point, and the least deviation of `nn.encoder` limits the term.

    Args:
        weight: of the term: the temperature of the energies, of which 1 is calibrated.
    """

    @validate_arguments
    def __init__(self, weight: Positive = 1.0) -> None:
        super().__init__()
        self.weight = weight

    def attach(self, generator: nn.Module, critic: nn.Module) -> None:
        """Checks that the generator has an encoder, which is q.

        Raises:
            UsageError: it has none.
        """
        encoder_of(generator, "variational_entropy", MODELS)

    def generator_term(self, inputs: RegularizerInputs) -> Tensor:
        """-E log q(z given G(z)) in nats, weighted; the encoder learns from it as well."""
        assert inputs.latent is not None
        posterior: Posterior = encoder_of(inputs.generator, "variational_entropy", MODELS)(inputs.fake)
        return -self.weight * posterior.log_density(inputs.latent).mean()
