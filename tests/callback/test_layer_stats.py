from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.utils.parametrizations import spectral_norm

from gan_lightning.callback.layer_stats import LayerStats, gradient_norms, histogram, layers
from gan_lightning.logger.csv import CSV, read
from gan_lightning.logger.media import Histogram
from tests.helper.tiny_module import Memory


class Draws(Memory):
    """Takes histograms, too."""

    def __init__(self) -> None:
        super().__init__()
        self.drawn: dict[str, list[tuple[int | None, float]]] = defaultdict(list)

    def log_histogram(self, key: str, histogram: Histogram, step: int | None = None) -> None:
        self.drawn[key].append((step, histogram[0].sum()))


def test_norms_of_a_network_worked_out_by_hand() -> None:
    network = nn.Sequential(nn.Linear(2, 1), nn.Tanh(), nn.Linear(1, 1, bias=False))
    with torch.no_grad():
        network[0].weight.zero_()
        network[0].bias.zero_()
        network[2].weight.fill_(3.0)
    network(torch.tensor([[4.0, 0.0]])).sum().backward()  # d/dw = 3 tanh'(0) (4, 0) and d/db = 3; d/dv = tanh(0)
    assert gradient_norms(network) == {"0": pytest.approx((12**2 + 3**2) ** 0.5), "2": 0.0}


def test_layers_without_gradients_are_left_out() -> None:
    network = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 1))
    assert gradient_norms(network) == {}
    network[0].requires_grad_(False)
    network(torch.ones(1, 2)).sum().backward()
    expected = (1 + network[0](torch.ones(2)).square().sum().item()) ** 0.5
    assert gradient_norms(network) == {"1": pytest.approx(expected)}


def test_layers_keep_their_names_under_parametrizations() -> None:
    network = nn.Sequential(spectral_norm(nn.Linear(3, 2)), nn.ModuleDict({"deep": nn.BatchNorm1d(2)}))
    assert {name: [tuple(p.shape) for p in own] for name, own in layers(network).items()} == {
        "0": [(2,), (2, 3)],
        "1.deep": [(2,), (2,)],
    }
    assert list(layers(nn.Linear(1, 1))) == ["own"]
    assert list(layers(spectral_norm(nn.Linear(1, 1)))) == ["own"]


def test_a_histogram_counts_every_weight_once() -> None:
    counts, edges = histogram([torch.tensor([[-1.0, -1.0]]), torch.tensor([0.0, 1.0, float("nan")])])
    assert (edges[0], edges[-1], len(counts)) == (-1.0, 1.0, len(edges) - 1)
    assert (counts[0], counts[-1], counts.sum()) == (2, 1, 4)
    assert counts[np.searchsorted(edges, 0.0, side="right") - 1] == 1


def test_logged_where_figures_are_read_and_nowhere_else(play: Any, tmp_path: Path) -> None:
    draws = Draws()
    _, game = play(LayerStats(gradients=True, weights=True), steps=5, log_every=2, logger=[CSV(str(tmp_path)), draws])
    keys = {"critic_grad_norm/1", "generator_grad_norm/0"}
    rows = read(tmp_path / "metrics.csv")
    assert [row["step"] for row in rows] == [1, 2, 4, 5]
    assert all(row.keys() == keys | {"step"} and row["generator_grad_norm/0"] > 0 for row in rows)
    sizes = {"critic_weights/1": 65, "generator_weights/0": 5 * 64}  # weights and biases
    assert draws.drawn == {key: [(k, size) for k in (1, 2, 4, 5)] for key, size in sizes.items()}
    last = torch.cat([p.grad.flatten() for p in game.generator.parameters()]).norm().item()
    assert rows[-1]["generator_grad_norm/0"] == pytest.approx(last)


def test_off_unless_asked_for(play: Any) -> None:
    draws = Draws()
    play(LayerStats(), logger=[draws])
    assert (draws.logged, draws.drawn) == ([], {})


def test_observing_changes_nothing(play: Any) -> None:
    _, unwatched = play(steps=4)
    state = torch.get_rng_state()
    torch.manual_seed(0)
    _, watched = play(LayerStats(gradients=True, weights=True), steps=4, log_every=1, logger=[Draws()])
    assert torch.equal(torch.get_rng_state(), state)
    for (name, weight), other in zip(unwatched.named_parameters(), watched.parameters(), strict=True):
        assert torch.equal(weight, other), name
