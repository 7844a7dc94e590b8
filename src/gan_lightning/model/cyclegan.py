"""CycleGAN's networks: translators between two domains of images, and a critic (discriminator) of patches of each."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn

from gan_lightning.core.errors import UsageError
from gan_lightning.core.validation import Count, validate_arguments
from gan_lightning.nn.image_pyramid import pixels
from gan_lightning.nn.image_translator import QUARTER, ImageTranslator
from gan_lightning.nn.init import dcgan_normal
from gan_lightning.nn.norm import Norm
from gan_lightning.nn.patch_critic import ReceptiveField, convolutions_from_image, patch_critic
from gan_lightning.nn.spectral import add_spectral_norm
from gan_lightning.nn.two_domains import TwoDomainCritic, TwoWayGenerator


class Generator(TwoWayGenerator):
    """The translators G from A to B and F from B to A, by residual blocks (Zhu et al. 2017, arXiv:1703.10593).

    The latent is not used: a translation is a function of the image.

    Args:
        shape: (channels, height, width) of the images of B; sides are multiples of 4, and 8 at least.
        label_shape: of those of A, the same.
        width: channels of the features at full resolution; they double in each of two halvings.
        blocks: residual blocks; the paper takes 6 for 128 px and 9 for 256 px.
        norm: normalization after each convolution but the last.

    Attributes:
        multiple: a side of an image is a multiple of it …
        smallest: … and this at least.

    Raises:
        UsageError: the data have no second domain, or images of another size, or of sides that do not fit.
    """

    multiple, smallest = QUARTER, 2 * QUARTER

    @validate_arguments
    def __init__(
        self,
        *,
        shape: Sequence[Count],
        label_shape: Sequence[Count] | None,
        width: Count = 64,
        blocks: Count = 9,
        norm: Norm = "instance",
    ) -> None:
        check_domains(shape, label_shape)
        if min(shape[1:]) < self.smallest or any(side % QUARTER for side in shape[1:]):
            fitting = [max(self.smallest, round(side / QUARTER) * QUARTER) for side in shape[1:]]
            size = fitting[0] if len({*shape[1:]}) == 1 else f"[{fitting[0]},{fitting[1]}]"
            raise UsageError(
                f"model=cyclegan: {pixels(shape[1:])} are not multiples of {QUARTER}, {self.smallest} at least: use "
                f"images of {size} px (data.size, where the data have that key)"
            )
        one, other = (ImageTranslator(shape[0], width, blocks, norm) for _ in range(2))
        super().__init__(one, other, tuple(shape))
        dcgan_normal(self)


class PatchCritic(nn.Module):
    """Images of one domain → scores of overlapping patches, [B, h, w].

    Args:
        layers: of `nn.patch_critic`.
    """

    def __init__(self, layers: nn.Sequential) -> None:
        super().__init__()
        self.layers = layers

    def forward(self, x: Tensor) -> Tensor:
        """[B, channels, height, width] → scores [B, h, w]."""
        scores: Tensor = self.layers(x)
        return scores.squeeze(1)


class Critic(TwoDomainCritic):
    """A critic of patches for each domain (Zhu et al. 2017; Isola et al. 2017, section 3.3).

    Args:
        shape: (channels, height, width) of the images of B.
        label_shape: of those of A, the same.
        receptive_field: side in pixels of the patch that a score depends on; 1: each pixel alone.
        width: channels of the features nearest to the image; they double per halving of size …
        max_width: … up to here.
        norm: normalization after each convolution but the first and the last; per-sample penalties rule out batch norm.
        spectral_norm: divide each weight matrix by its largest singular value (Miyato et al. 2018).

    Raises:
        UsageError: the data have no second domain, or images of another size, or too small ones.
    """

    @validate_arguments
    def __init__(
        self,
        *,
        shape: Sequence[Count],
        label_shape: Sequence[Count] | None,
        receptive_field: ReceptiveField = 70,
        width: Count = 64,
        max_width: Count = 512,
        norm: Norm = "instance",
        spectral_norm: bool = False,
    ) -> None:
        check_domains(shape, label_shape)
        one, other = (
            PatchCritic(
                patch_critic(
                    shape[0],
                    shape[1:],
                    receptive_field=receptive_field,
                    width=width,
                    max_width=max_width,
                    norm=norm,
                    model="cyclegan",
                )
            )
            for _ in range(2)
        )
        super().__init__(one, other, shape[0])
        dcgan_normal(self)
        if spectral_norm:
            add_spectral_norm(self)

    @property
    def blocks_from_image(self) -> list[nn.Module]:
        """The blocks of both, in the order in which samples pass through them."""
        both = [convolutions_from_image(critic.layers) for critic in (self.a, self.b)]  # type: ignore[arg-type]
        return [nn.ModuleList(pair) for pair in zip(*both, strict=True)]


def check_domains(shape: Sequence[int], label_shape: Sequence[int] | None) -> None:
    """Checks that the data have two domains of images of one shape.

    Raises:
        UsageError: they have one, or images of two shapes.
    """
    if label_shape is None or len(label_shape) != 3 or len(shape) != 3:
        raise UsageError(
            "model=cyclegan translates between two domains of images, and these data have one: use "
            "data=unpaired_folders or data=computed_domain"
        )
    if tuple(label_shape) != tuple(shape):
        raise UsageError(
            f"model=cyclegan translates images of {list(label_shape)} to images of the same shape, and these are "
            f"{list(shape)}"
        )
