"""`experiment=auto`: a recipe that follows from a folder of images and from the machine."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from gan_lightning.core.console import print_rank_zero
from gan_lightning.core.errors import UsageError
from gan_lightning.core.few import few

if TYPE_CHECKING:
    from gan_lightning.data.io.survey import Survey

AUTO = "experiment=auto"
SIZES, ON_A_CPU = (128, 64, 32, 28, 24, 20, 16), 32  # of the shorter side; the largest one for a CPU
FEW = 2000  # images that a critic without a penalty learns by heart
OF_A_CLASS = 50  # images that a class needs


class Choice(NamedTuple):
    """An override with the reason for it."""

    override: str
    reason: str


def choose_recipe(arguments: Sequence[str]) -> list[str]:
    """The arguments with `experiment=auto` replaced by what it chooses, each printed with its reason.

    Args:
        arguments: as typed; what is typed is not chosen.

    Raises:
        UsageError: `data.root` is not typed, or holds no images.
    """
    if AUTO not in arguments:
        return list(arguments)
    from gan_lightning.data.io.find_images import find_root  # loads Pillow
    from gan_lightning.data.io.survey import survey

    typed = dict(argument.lstrip("+").partition("=")[::2] for argument in arguments)
    if typed.get("data", "image_folder") != "image_folder" or "data.root" not in typed:
        raise UsageError(f"{AUTO} is for data=image_folder: type {AUTO} data.root=FOLDER")
    rest = [argument for argument in arguments if argument != AUTO]
    images = survey(find_root(typed["data.root"].strip("'\"")))
    found = choices(images, gpu=_has_gpu(typed))
    chosen = [choice for choice in found if choice.override.partition("=")[0] not in typed]
    width = max(len(choice.override) for choice in chosen)
    for choice in chosen:
        print_rank_zero(f"auto  {choice.override:<{width}}  {choice.reason}")
    overrides = [choice.override for choice in chosen]
    print_rank_zero(f"the same, typed: python -m gan_lightning.train {shlex.join([*overrides, *rest])}")
    return [*overrides, *rest]


def choices(images: Survey, *, gpu: bool) -> Iterator[Choice]:
    """The choices with their reasons.

    Args:
        images: of the folder.
        gpu: train on a GPU; else on a CPU.
    """
    yield Choice("data=image_folder", f"{images.images:,} images to train on")
    size, shown = _size(images, gpu)
    yield Choice(f"data.size={size}", shown)
    kinds = {1: "the images are grey", 3: "the images are in colour", 4: "most images have transparent pixels"}
    yield Choice(f"data.channels={images.channels}", kinds[images.channels])
    yield from _classes(images)
    shorter = size if isinstance(size, int) else min(size)
    batch = _power_of_two(64 if gpu else 32, images.images)
    if gpu:
        yield Choice(f"model={'dcgan' if shorter <= 64 else 'resnet_sngan128'}", f"networks for {shorter} px")
        few_images = "a penalty keeps the critic from learning them by heart"
        yield (
            Choice("objective=r1", f"fewer than {FEW:,} images: {few_images}")
            if images.images < FEW
            else Choice("objective=hinge", f"{FEW:,} images or more: a critic without a penalty is the fastest")
        )
    else:
        yield Choice("model=dcgan_small", "small networks for a CPU")
        yield Choice("objective=wgan_gp_quick", "a gradient penalty (λ = 10) holds the critic, updated once a step")
    yield Choice(f"data.batch_size={batch}", "for a GPU" if gpu else "for a CPU")
    yield Choice("augment=[]", "on 500 digits augmentation made the result worse; augment=diff_augment tries it")
    least, most, views = (10_000, 100_000, 100) if gpu else (3_000, 20_000, 30)
    steps = min(max(views * images.images // batch // 1000 * 1000, least), most)
    yield Choice(
        f"trainer.max_steps={steps}",
        f"steps × batch ÷ images: each is seen {steps * batch / images.images:,.0f} times",
    )


def _size(images: Survey, gpu: bool) -> tuple[int | list[int], str]:
    """The size to train at: [height, width] where all images have the same proportions and are not square."""
    most = min(images.height, images.width, SIZES[0] if gpu else ON_A_CPU)
    shorter = next((size for size in SIZES if size <= most), SIZES[-1])
    why = f"the images have about {images.height:,} × {images.width:,} px, and {'a GPU' if gpu else 'a CPU'} is used"
    if images.proportions is None:
        return shorter, f"{why}; their proportions differ, so the middle square is taken"
    unit = _power_of_two(shorter // 4, shorter)  # the shorter side is 4 to 7 of these, the longer one any number
    longer = round(shorter * max(images.proportions, 1 / images.proportions) / unit) * unit
    if longer == shorter:
        return shorter, why
    return ([longer, shorter] if images.proportions > 1 else [shorter, longer]), why


def _classes(images: Survey) -> Iterator[Choice]:
    if not images.classes:
        return
    smallest = min(images.classes, key=images.classes.__getitem__)
    if (number := images.classes[smallest]) < OF_A_CLASS:
        yield Choice("condition=none", f"the folder {smallest} has {number} image(s), and a class needs {OF_A_CLASS}")
    else:
        yield Choice(f"data.classes={len(images.classes)}", f"the folders {few(sorted(images.classes))}")
        yield Choice("condition=projection", f"each has {OF_A_CLASS} images or more: generate by class")


def _power_of_two(most: int, least: int) -> int:
    """The largest power of two that is at most both numbers."""
    return 1 << (max(1, min(most, least)).bit_length() - 1)


def _has_gpu(typed: dict[str, str]) -> bool:
    import torch

    return typed.get("trainer.accelerator", "auto") != "cpu" and torch.cuda.is_available()
