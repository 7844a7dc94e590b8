"""`python -m gan_lightning.translate`: images translated by a trained generator, one for each file."""

from __future__ import annotations

from pathlib import Path, PurePath
from typing import TYPE_CHECKING

from gan_lightning.config.command import command, with_checked_keys
from gan_lightning.core import console
from gan_lightning.core.errors import UsageError, first_line
from gan_lightning.core.given_path import given_path
from gan_lightning.core.paths import make_dir, relative_to_cwd
from gan_lightning.core.translation_direction import TranslationDirection
from gan_lightning.version import __version__

if TYPE_CHECKING:
    from torch import Tensor

    from gan_lightning.data.io.image_files import ImageFiles
    from gan_lightning.trained.generator import TrainedGenerator


def translate(
    *,
    run: str | None = None,
    checkpoint: str | None = None,
    images: str | None = None,
    direction: TranslationDirection = "a_to_b",
    out: str | None = None,
    ema: bool = True,
    device: str = "cpu",
) -> Path:
    """Translates the images in a folder; the parameters are the config's top-level keys.

    Args:
        run: a run directory, for its last checkpoint; or …
        checkpoint: … one checkpoint file of a run; with a run also best or previous.
        images: folder of the images, whose sub-folders are searched.
        direction: of a generator that translates both ways, a_to_b or b_to_a.
        out: output folder; None is `translated_STEP` in the run directory, of the other direction
            `translated_STEP_b_to_a`.
        ema: use the averaged weights.
        device: of the generator.

    Returns:
        The output folder, with a PNG file for each image, of the same relative path.

    Raises:
        UsageError: for input that can't work, in one line, before anything is written.
    """
    from gan_lightning.core.machine_errors import explain_machine_errors
    from gan_lightning.sample.manifest import check_and_write_manifest
    from gan_lightning.trained.checkpoint import load_generator
    from gan_lightning.trained.direction import in_direction

    with explain_machine_errors():
        trained = load_generator(run, checkpoint, averaged=ema, device=device)
        channels, *size = _shape_of_inputs(trained)
        trained = in_direction(trained, direction)
        found = _find(images)
        targets = _targets(found)
        for number in console.progress_bar(range(len(found.names)), "reading"):
            _check_size(found, number, _read(found, number, channels), trained, size)
        variant = "" if direction == "a_to_b" else f"_{direction}"
        folder = given_path(out, "out") if out else trained.run / f"translated_{trained.step}{variant}"
        kind = "averaged weights" if ema else "raw weights"
        origin = {"checkpoint": str(trained.checkpoint.absolute()), "sha256": trained.sha256, "step": trained.step}
        source = {"weights": kind, "images": str(found.root.absolute()), "gan_lightning": __version__}
        source |= {"direction": direction} if variant else {}
        check_and_write_manifest(folder, {**origin, **source})
        for number in console.progress_bar(range(len(found.names)), "translating"):
            _write(_translated(trained, _read(found, number, channels)), folder / targets[number])
        console.print_rank_zero(f"{relative_to_cwd(trained.checkpoint)}, step {trained.step:,}, {kind}")
        console.print_rank_zero(f"{len(found.names):,} images  {relative_to_cwd(folder)}")
    return folder


def _shape_of_inputs(trained: TrainedGenerator) -> tuple[int, ...]:
    from gan_lightning.nn.labels import label_shape_of

    shape = label_shape_of(trained.generator)
    if len(shape) != 3:
        raise UsageError(
            f"{relative_to_cwd(trained.run)} does not translate images: its generator takes latents "
            f"{'and labels' if shape else 'alone'}; train one with objective=pix2pix model=unet or "
            "objective=cyclegan model=cyclegan"
        )
    return shape


def _find(images: str | None) -> ImageFiles:
    from gan_lightning.data.io.image_files import images_in

    if images is None:
        raise UsageError("there is nothing to translate: give a folder of images, images=FOLDER")
    folder = given_path(images, "images")
    if not folder.is_dir():
        raise UsageError(f"images={images} is not a folder: give one of images")
    found = images_in(folder)
    if found.faults:
        raise UsageError(f"images={images}: {found.faults[0]} can't be read")
    if not found.names:
        raise UsageError(f"images={images} holds no images (files such as .jpeg, .png, .tiff, .webp)")
    return found


def _targets(found: ImageFiles) -> list[PurePath]:
    """The relative path of each translation."""
    targets = [name.with_suffix(".png") for name in found.names]
    first: dict[PurePath, PurePath] = {}
    for name, target in zip(found.names, targets, strict=True):
        if (other := first.setdefault(target, name)) != name:
            raise UsageError(f"{other} and {name} would both become {target}: rename one")
    return targets


def _read(found: ImageFiles, number: int, channels: int) -> Tensor:
    """The image as uint8 [channels, height, width], in the size of the file."""
    import torch
    from PIL import Image, ImageOps

    from gan_lightning.data.io.decode import decode, readable_formats
    from gan_lightning.data.pixels import convert_channels

    path = found.path(found.names[number])
    try:
        with Image.open(path, formats=readable_formats()) as file:
            width, height = ImageOps.exif_transpose(file).size
        pixels = torch.from_numpy(decode(path, (height, width), max(channels, 3)).copy())
    except Exception as error:  # Pillow's plugins raise every kind
        raise UsageError(f"{relative_to_cwd(path)} can't be read as an image: {first_line(error)}") from error
    if channels != 1:
        return pixels
    if not (pixels == pixels[:1]).all():
        raise UsageError(f"{relative_to_cwd(path)} has colours, and this generator takes grey images: convert it")
    return convert_channels(pixels[None], 1)[0] if len(pixels) != 3 else pixels[:1]


def _check_size(found: ImageFiles, number: int, image: Tensor, trained: TrainedGenerator, size: list[int]) -> None:
    height, width = image.shape[1:]
    multiple = getattr(trained.generator, "multiple", None)
    smallest = getattr(trained.generator, "smallest", 1)
    fits = [height, width] == size if multiple is None else not (height % multiple or width % multiple)
    if not fits or min(height, width) < smallest:
        wanted = f"{size[1]} × {size[0]} px" if multiple is None else f"sides that are multiples of {multiple} px"
        wanted += f", {smallest} at least" if smallest > (multiple or smallest) else ""
        raise UsageError(
            f"{relative_to_cwd(found.path(found.names[number]))} is {width} × {height} px, and this generator takes "
            f"{wanted}: resize it"
        )


def _translated(trained: TrainedGenerator, image: Tensor) -> Tensor:
    import torch

    from gan_lightning.data.pixels import to_uint8
    from gan_lightning.nn.labels import bind_labels

    weight = next(trained.generator.parameters())
    with torch.no_grad():
        latent = torch.zeros(1, trained.latent_dim, device=weight.device, dtype=weight.dtype)
        return to_uint8(bind_labels(trained.generator, image[None])(latent))[0]


def _write(image: Tensor, target: Path) -> None:
    from PIL import Image

    from gan_lightning.plot.picture_file import save_png

    make_dir(target.parent, "out")
    save_png(Image.fromarray(image.permute(1, 2, 0).squeeze(2).numpy()), target)


main = command(
    "translate",
    with_checked_keys(translate),
    interrupted="stopped; what is written is whole, and the same command does all again",
)

if __name__ == "__main__":
    main()
