"""Every combination of objective, loss, penalty, networks and conditioning trains or is refused in one line."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from benchmarks.combinations import ENCODE, Choice, Outcome, markdown, outcomes

DOCUMENT = Path(__file__).parents[2] / "docs" / "combinations.md"


@pytest.fixture(scope="module")
def found() -> dict[Choice, Outcome]:
    return outcomes()


@pytest.mark.training
def test_steps_are_finite_and_both_players_move(found: dict[Choice, Outcome]) -> None:
    trained = [(choice, outcome.metrics) for choice, outcome in found.items() if outcome.refusal is None]
    assert len(trained) > 1000
    for choice, metrics in trained:
        assert all(math.isfinite(value) for value in metrics.values()), (choice, metrics)
        assert metrics["critic_grad_norm"] > 0, choice
        assert metrics["generator_grad_norm"] > 0, choice
        assert ("critic_classes" in metrics) == (choice.condition == "auxiliary"), choice


def test_refusals_are_one_line_that_says_what_to_type(found: dict[Choice, Outcome]) -> None:
    refusals = {outcome.refusal for outcome in found.values() if outcome.refusal is not None}
    assert refusals
    for refusal in refusals:
        assert "\n" not in refusal
        assert "use " in refusal or "must be " in refusal, refusal


def test_what_is_refused_is_what_breaks_the_mathematics(found: dict[Choice, Outcome]) -> None:
    """Batch norm in a critic goes with no penalty per sample; some objectives have networks of a kind of their own."""
    of_autoencoders = ("ebgan", "began", "magan")
    for choice, outcome in found.items():
        per_sample = choice.objective == "wgan_gp" or choice.penalty in ("dragan", "gradient_penalty", "r1_r2")
        if choice.critic_norm == "batch" and per_sample and choice.objective != "progan":
            assert outcome.refusal is not None, choice
        if choice.objective == "progan" and choice.model != "progressive":
            assert outcome.refusal is not None, choice
        if (
            (choice.objective in of_autoencoders and not choice.model.endswith("_autoencoder"))
            or (choice.objective in ENCODE and not choice.model.endswith(ENCODE[choice.objective]))
            or (choice.objective == "cyclegan") != (choice.model == "cyclegan")
            or (choice.objective == "sgan") != (choice.model == "sgan")
        ):
            assert outcome.refusal is not None, choice
        elif choice.condition == "none" and choice.critic_norm == "layer" and choice.objective != "progan":
            assert outcome.refusal is None, (choice, outcome.refusal)


@pytest.mark.training
def test_the_document_is_what_the_program_says(found: dict[Choice, Outcome]) -> None:
    assert DOCUMENT.read_text() == markdown(found), "python -m benchmarks.combinations --write docs/combinations.md"
