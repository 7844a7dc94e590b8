"""Trains the encoder of `objective=sgan`, a classifier of several levels, and writes it to a file.

    python -m gan_lightning.extractor.train_encoder FILE                                 of the bundled digits
    python -m gan_lightning.extractor.train_encoder FILE data=cifar10 data.root=FOLDER   of any labelled images

It runs in one thread with its own random numbers: on one machine and with one version of torch the weights are
reproducible. The encoder of the digits that comes with the package was made so.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import cast

import torch
from torch import Tensor, nn

from gan_lightning.config.compose import compose_config
from gan_lightning.config.path_keys import quote_paths
from gan_lightning.config.validate import instantiate, resolve
from gan_lightning.core import console
from gan_lightning.core.chunks import chunks
from gan_lightning.core.errors import UsageError
from gan_lightning.data.base import AdversarialDataModule
from gan_lightning.data.sample_source import SampleTable
from gan_lightning.extractor.level_encoder import save_encoder
from gan_lightning.extractor.train_digits import accuracy, train
from gan_lightning.nn.level_encoder import ConvolutionalEncoder


class NormalizedEncoder(nn.Module):
    """An encoder in training: its features are normalized by the batch. A classifier of images of levels 0…255.

    Args:
        encoder: that is trained.
    """

    def __init__(self, encoder: ConvolutionalEncoder) -> None:
        super().__init__()
        self.encoder = encoder
        self.norms = nn.ModuleList(nn.BatchNorm1d(size, affine=False) for size in encoder.features)

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Features of the last level below the logits, and logits."""
        level = images / 127.5 - 1
        for part, norm in zip(self.encoder.parts, self.norms, strict=False):
            level = norm(part(level))
        return level, self.encoder.parts[-1](level)

    @torch.no_grad()
    def folded(self) -> ConvolutionalEncoder:
        """The encoder with its norms, as they are over the training data, as part of its linear layers."""
        for part, norm in zip(self.encoder.parts, cast("list[nn.BatchNorm1d]", [*self.norms]), strict=False):
            assert norm.running_mean is not None
            assert norm.running_var is not None
            linear, std = cast(nn.Linear, part[-1]), (norm.running_var + norm.eps).sqrt()  # type: ignore[index]
            linear.weight.div_(std[:, None])
            linear.bias.sub_(norm.running_mean).div_(std)
        self.norms = nn.ModuleList(nn.Identity() for _ in self.norms)
        return self.encoder


def labelled_images(overrides: Sequence[str]) -> tuple[tuple[Tensor, Tensor], tuple[Tensor, Tensor]]:
    """Images uint8 [N, C, H, W] and classes int64 [N], to train on and held out, of a `data=` of the train command.

    Raises:
        UsageError: these data have no classes.
    """
    config = resolve(compose_config("train", ["run_dir=.", *quote_paths([*overrides])]))["data"]
    data: AdversarialDataModule = instantiate(config)
    data.setup("fit")
    found = []
    for table in (data.train, data.held_out):
        if not isinstance(table, SampleTable) or table.labels is None or not data.classes:
            raise UsageError("an encoder learns to classify images, and these data have no classes: use labelled data")
        rows = torch.arange(len(table))
        found.append((table.rows[rows], table.labels[rows]))
    return found[0], found[1]


def main(arguments: Sequence[str] | None = None) -> None:
    """The command; exits with 0, or with 1 after a one-line error."""
    parser = argparse.ArgumentParser(
        prog="python -m gan_lightning.extractor.train_encoder",
        description="Trains the encoder of objective=sgan, a classifier whose levels generators invert.",
    )
    parser.add_argument("file", type=Path, metavar="FILE", help="where to write it")
    parser.add_argument("overrides", nargs="*", metavar="KEY=VALUE", help="data=NAME with its keys, as for train")
    parser.add_argument(
        "--features", type=int, nargs="+", default=[64], metavar="N", help="numbers on each level, from the image on"
    )
    parser.add_argument("--width", type=int, default=8, help="channels nearest to the image (default: %(default)s)")
    parser.add_argument("--epochs", type=int, default=25, help="passes over the data (default: %(default)s)")
    options = parser.parse_intermixed_args(arguments)
    torch.set_num_threads(1)
    try:
        (images, labels), (held_out, held_out_labels) = labelled_images(options.overrides)
        made = partial(
            ConvolutionalEncoder,
            shape=[*images.shape[1:]],
            classes=int(labels.max()) + 1,
            features=options.features,
            width=options.width,
        )
        trained = cast(NormalizedEncoder, train(images, labels, options.epochs, lambda: NormalizedEncoder(made())))
        save_encoder(trained.folded(), options.file)
    except UsageError as error:
        console.exit_with_error(error)
    right = sum(
        accuracy(trained, held_out[span], held_out_labels[span]) * (span.stop - span.start)
        for span in chunks(len(held_out), 500)
    )
    print(f"{options.file}: {right / max(1, len(held_out)):.1%} of {len(held_out):,} held-out images right")


if __name__ == "__main__":
    main()
