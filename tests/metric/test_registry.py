from __future__ import annotations

import pytest

from gan_lightning.metric import registry
from gan_lightning.metric.registry import direction, ranking_key, register, registered, scores_in
from gan_lightning.metric.score import Score


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


@pytest.fixture
def _forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_registered", {})


@pytest.mark.usefixtures("_forgotten")
def test_scores_of_ones_own_have_the_direction_that_they_say() -> None:
    assert Score("gap", 1.0, better="lower").better == "lower"
    assert Score("gap", 1.0).better is None
    register({"gap": "lower", "gain/mine": "higher", "w1": "higher", "critic_loss": None, "step": "down"})
    assert registered() == {"gap": "lower", "gain/mine": "higher"}
    assert (direction("gap"), direction("gain/mine"), direction("w1")) == ("lower", "higher", "lower")
    assert scores_in(["frechet/x", "frechet/x_b_to_a"]) == ["frechet/x", "frechet/x_b_to_a"]  # the order of the columns
    assert scores_in(["step", "gap", "critic_loss", "frechet/x"]) == ["frechet/x", "gap"]
    assert Score("gap", 1.0).better == "lower"
