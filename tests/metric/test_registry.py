from __future__ import annotations

import pytest

from gan_lightning.metric.registry import direction


@pytest.mark.parametrize("score", ["frechet/digits", "fid", "kid/inception", "w1", "reverse_kl"])
def test_distances_are_best_when_least(score: str) -> None:
    best = direction(score)
    assert best is not None
    assert best([3.0, 1.0, 2.0]) == 1.0


@pytest.mark.parametrize(
    "score",
    ["classifier_score/digits", "inception_score", "precision/digits", "recall", "density", "coverage", "modes"],
)
def test_shares_and_counts_are_best_when_greatest(score: str) -> None:
    best = direction(score)
    assert best is not None
    assert best([3.0, 1.0, 4.0]) == 4.0


@pytest.mark.parametrize("figure", ["critic_loss", "wasserstein", "images_seen", "critic_grad_norm/a", "w1/a/b", ""])
def test_other_figures_have_no_best(figure: str) -> None:
    assert direction(figure) is None
