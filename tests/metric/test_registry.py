from __future__ import annotations

import pytest

from gan_lightning.metric.registry import direction, ranking_key, scores_in


@pytest.mark.parametrize("score", ["frechet/digits", "fid", "kid/inception", "w1", "reverse_kl"])
def test_distances_are_best_when_least(score: str) -> None:
    assert direction(score) == "lower"


@pytest.mark.parametrize(
    "score",
    ["classifier_score/digits", "inception_score", "precision/digits", "recall", "density", "coverage", "modes"],
)
def test_shares_and_counts_are_best_when_greatest(score: str) -> None:
    assert direction(score) == "higher"


@pytest.mark.parametrize("name", ["critic_loss", "wasserstein", "images_seen", "critic_grad_norm/a", "w1/a/b", ""])
def test_other_columns_have_no_direction(name: str) -> None:
    assert direction(name) is None


def test_runs_are_ranked_by_the_first_of_the_table() -> None:
    assert scores_in(["step", "recall/x", "kid/x", "critic_loss", "frechet/x", "w1"]) == [
        *("frechet/x", "w1", "kid/x", "recall/x")
    ]
    assert ranking_key("unknown") > ranking_key("intra_class_frechet/x") > ranking_key("fid")
