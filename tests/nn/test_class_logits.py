"""K logits and what the K + 1 probabilities of the paper make of them."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from gan_lightning.loss import Minimax, NonSaturating
from gan_lightning.model import dcgan, mlp
from gan_lightning.nn.class_logits import LogSumExpHead, class_head_of

logits = st.lists(st.lists(st.floats(-15, 15), min_size=3, max_size=3), min_size=2, max_size=6)


def scores_of(rows: list[list[float]]) -> torch.Tensor:
    """Scores of a classifier whose logits are these."""
    layer = LogSumExpHead(nn.Linear(3, 3, bias=False).double())
    layer.logits.weight.data = torch.eye(3, dtype=torch.float64)
    scores: torch.Tensor = layer(torch.tensor(rows, dtype=torch.float64))
    return scores.squeeze(1)


def with_fake(rows: list[list[float]]) -> torch.Tensor:
    """Softmax over K + 1 classes, the last of which has the logit 0, term by term."""
    whole = torch.tensor([[*row, 0.0] for row in rows], dtype=torch.float64)
    odds = whole.exp()
    return odds / odds.sum(1, keepdim=True)


def test_the_score_by_hand() -> None:
    ln2, ln3 = torch.tensor([2.0, 3.0], dtype=torch.float64).log().tolist()
    torch.testing.assert_close(
        scores_of([[ln2, ln3, 0.0], [0.0, 0.0, 0.0]]), torch.tensor([6.0, 3.0]).double().log()
    )  # log(2 + 3 + 1), log 3


@given(logits)
def test_the_score_is_the_logit_of_being_real(rows: list[list[float]]) -> None:
    chances = with_fake(rows)
    torch.testing.assert_close(chances.sum(1), torch.ones(len(rows), dtype=torch.float64))
    torch.testing.assert_close(scores_of(rows).sigmoid(), 1 - chances[:, 3])


@pytest.mark.training
@given(logits, logits)
def test_the_adversarial_loss_is_the_unsupervised_loss_of_the_paper(
    real: list[list[float]], fake: list[list[float]]
) -> None:
    p, q = with_fake(real), with_fake(fake)
    by_hand = -p[:, :3].sum(1).log().mean() - q[:, 3].log().mean()
    for loss in (Minimax(), NonSaturating()):
        torch.testing.assert_close(loss.critic(scores_of(real), scores_of(fake)), by_hand)


def test_any_critic_may_end_in_one() -> None:
    for critic in (
        mlp.Critic(shape=(1, 28, 28), width=8, condition="classifier", classes=10),
        mlp.Critic(shape=(1, 28, 28), width=8, condition="classifier", classes=10, minibatch="stddev"),
        dcgan.Critic(shape=(1, 28, 28), width=4, condition="classifier", classes=10),
    ):
        layer = class_head_of(critic)
        assert layer is not None
        assert layer.logits.out_features == 10
        assert critic.classes == 0  # unconditional
        assert critic(torch.zeros(4, 1, 28, 28)).shape == (4,)
    assert class_head_of(mlp.Critic(shape=(2,))) is None
