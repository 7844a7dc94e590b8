"""Trains the classifier of `extractor/digits.py` and writes its weights.

    python -m gan_lightning.extractor.train_digits digits.pt

It runs in one thread with its own random numbers: on one machine and with one version of torch the file's bytes are
reproducible. To ship it, put it beside `digits.py`, and the printed SHA-256 into `SHA256` there.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import math
from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn.functional import affine_grid, cross_entropy, grid_sample

from gan_lightning.core.rng import derive_seed, new_rng
from gan_lightning.data.mnist5k import HELD_OUT_OF_EACH, read_digits
from gan_lightning.data.split import stratified
from gan_lightning.extractor.digits import FILE, DigitNetwork

BATCH, PEAK, DECAY = 100, 0.01, 0.01


def augment(images: Tensor, rng: torch.Generator) -> Tensor:
    """Each image rotated by up to 15°, scaled by up to 10 % and shifted by up to 2 of 28 px."""
    angle, scale, right, down = torch.rand(4, len(images), generator=rng) * 2 - 1
    angle, scale = angle * math.radians(15), 1 + scale * 0.1
    cosine, sine = scale * angle.cos(), scale * angle.sin()
    rows = torch.stack([cosine, -sine, right / 7, sine, cosine, down / 7], 1).view(-1, 2, 3)
    return grid_sample(images, affine_grid(rows, list(images.shape), align_corners=False), align_corners=False)


def train(images: Tensor, labels: Tensor, epochs: int, kind: Callable[[], nn.Module] = DigitNetwork) -> nn.Module:
    """Trains a classifier of `images` uint8 [N, 1, 28, 28] by AdamW with the one-cycle learning rate.

    Args:
        images: to train on.
        labels: their classes.
        epochs: passes over them.
        kind: makes the network, which returns features and logits.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(derive_seed("digit classifier", "first weights"))
        network = kind()
    steps = epochs * (len(images) // BATCH)
    optimizer = torch.optim.AdamW(network.parameters(), PEAK, weight_decay=DECAY)
    rate = torch.optim.lr_scheduler.OneCycleLR(optimizer, PEAK, total_steps=steps)
    for epoch in range(epochs):
        rng = new_rng("digit classifier", epoch)
        order = torch.randperm(len(images), generator=rng)
        for batch in order[: len(images) // BATCH * BATCH].view(-1, BATCH):
            _, logits = network(augment(images[batch].float(), rng))
            optimizer.zero_grad()
            torch.autograd.backward(cross_entropy(logits, labels[batch]))
            optimizer.step()
            rate.step()
    return network.eval()


@torch.no_grad()
def accuracy(network: nn.Module, images: Tensor, labels: Tensor) -> float:
    """Share of images whose most probable class is theirs."""
    _, logits = network(images.float())
    right: float = (logits.argmax(1) == labels).double().mean().item()
    return right


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description="Trains the digit classifier that frechet/digits is computed with.")
    parser.add_argument("file", type=Path, nargs="?", default=Path(FILE), help="where to write the weights")
    parser.add_argument("--epochs", type=int, default=25)
    options = parser.parse_args()
    torch.set_num_threads(1)
    images, labels = read_digits()
    train_rows, held_out = stratified(labels, HELD_OUT_OF_EACH)
    network = train(images[train_rows], labels[train_rows], options.epochs)
    packed = io.BytesIO()  # given a path, its name would enter the bytes
    torch.save(network.state_dict(), packed)
    options.file.write_bytes(packed.getvalue())
    print(f"{options.file}: {accuracy(network, images[held_out], labels[held_out]):.1%} of the held-out digits right")
    print(f"SHA-256 {hashlib.sha256(packed.getvalue()).hexdigest()}")


if __name__ == "__main__":
    main()
