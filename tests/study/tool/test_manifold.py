from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn

from gan_lightning.core.errors import UsageError
from gan_lightning.model import dcgan, mlp
from gan_lightning.study.tool.manifold import intrinsic_dimension, jacobian, jacobian_rank, shared_directions


class Sphere(nn.Module):
    """Two angles to the unit sphere in space."""

    def forward(self, z: Tensor) -> Tensor:
        a, b = z.unbind(1)
        return torch.stack([a.cos() * b.cos(), a.sin() * b.cos(), b.sin()], dim=1)


def test_jacobian_by_hand() -> None:
    z = torch.tensor([[0.3, 0.7]]).double()
    a, b = z[0]
    by_hand = torch.stack(
        [
            torch.stack([-a.sin() * b.cos(), -a.cos() * b.sin()]),
            torch.stack([a.cos() * b.cos(), -a.sin() * b.sin()]),
            torch.stack([0 * a, b.cos()]),
        ]
    )
    torch.testing.assert_close(jacobian(Sphere(), z)[0], by_hand)


def test_rank_by_hand() -> None:
    # At the pole the first angle turns nothing.
    angles = torch.tensor([[0.3, 0.7], [0.3, torch.pi / 2]], dtype=torch.float64)
    assert jacobian_rank(Sphere(), angles).tolist() == [2, 1]


@pytest.mark.parametrize(("inside", "rank"), [(2, 2), (3, 3), (8, 5)])
def test_the_narrowest_layer_decides(inside: int, rank: int) -> None:
    generator = nn.Sequential(nn.Linear(5, inside), nn.Tanh(), nn.Linear(inside, 9)).double()
    assert (jacobian_rank(generator, torch.randn(20, 5).double()) == rank).all()


@given(st.integers(1, 6), st.integers(1, 6), st.integers(0, 10**6))
def test_never_above_the_latents_nor_the_space(latent_dim: int, dims: int, seed: int) -> None:
    torch.manual_seed(seed)
    generator = mlp.Generator(shape=[dims], latent_dim=latent_dim, width=16, depth=2).double()
    ranks = jacobian_rank(generator, torch.randn(10, latent_dim).double())
    assert (ranks <= min(latent_dim, dims)).all()


def test_images_with_batch_norm() -> None:
    generator = dcgan.Generator(shape=[1, 28, 28], latent_dim=6, width=8).double()
    latents = torch.randn(4, 6).double()
    assert jacobian(generator, latents).shape == (4, 784, 6)
    assert (jacobian_rank(generator, latents) == 6).all()
    assert generator.training
    alone = jacobian(generator, latents[:1])[0]
    torch.testing.assert_close(jacobian(generator, latents)[0], alone)  # samples don't mix


@pytest.mark.parametrize(("dims", "real", "fake"), [(3, 1, 1), (3, 2, 2), (3, 1, 2), (10, 4, 3), (10, 6, 7), (4, 4, 2)])
def test_spaces_in_general_position(dims: int, real: int, fake: int) -> None:
    a, b = torch.randn(20, dims, real).double(), torch.randn(20, dims, fake).double()
    assert (shared_directions(a, b) == max(0, real + fake - dims)).all()


def test_aligned_spaces_and_that_a_nudge_parts_them() -> None:
    plane, line = torch.tensor([[1.0, 0.0], [0.0, 1.0], [0.0, 0.0]]), torch.tensor([[3.0], [4.0], [0.0]])
    assert shared_directions(plane, line) == 1
    assert shared_directions(plane, line + 1e-3 * torch.randn(3, 1)) == 0
    assert shared_directions(plane, plane.flip(1)) == 2


@pytest.mark.parametrize("dims", [1, 2, 3, 5])
def test_cubes_in_a_larger_space(dims: int) -> None:
    axes, _ = torch.linalg.qr(torch.randn(12, dims).double())
    assert intrinsic_dimension(torch.rand(2000, dims).double() @ axes.T) == pytest.approx(dims, rel=0.08)


def test_curved_and_scaled() -> None:
    angles = torch.rand(2000, 2).double() * torch.tensor([2 * torch.pi, 2.0]) - torch.tensor([0.0, 1.0])
    sphere = Sphere()(angles)
    found = intrinsic_dimension(sphere)
    assert found == pytest.approx(2, rel=0.08)
    assert intrinsic_dimension(1000 * sphere + 5) == pytest.approx(found)
    assert intrinsic_dimension(sphere.reshape(2000, 1, 3, 1)) == found  # images are flattened


def test_samples_of_a_generator_fill_no_more_than_its_latents() -> None:
    for latent_dim in (1, 2):
        generator = mlp.Generator(shape=[8], latent_dim=latent_dim, width=32).double()
        samples = generator(torch.randn(2000, latent_dim).double()).detach()
        assert intrinsic_dimension(samples) < latent_dim * 1.1


def test_nearest_neighbours_by_hand() -> None:
    # On 0, 1, 3 the two nearest lie at (1, 3), (1, 2), (2, 3): (3 - 1)/log(3 · 2 · 3/2)
    assert intrinsic_dimension([[0.0], [1.0], [3.0]]) == pytest.approx(2 / torch.tensor(9.0).log().item())


def test_refuses() -> None:
    with pytest.raises(UsageError, match="2 points: give at least 3"):
        intrinsic_dimension([[0.0], [1.0]])
    with pytest.raises(UsageError, match="2 points appear twice"):
        intrinsic_dimension([[0.0], [1.0], [0.0], [5.0]])
