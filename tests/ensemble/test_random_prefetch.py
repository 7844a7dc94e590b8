from __future__ import annotations

import pytest
import torch

from gan_lightning.core.rng import StepRNG, new_rng
from gan_lightning.core.rng_replay import RandomCall
from gan_lightning.ensemble.random_prefetch import PrefetchedRNG, RandomPrefetcher, UnexpectedRandomCall

CPU = torch.device("cpu")


def draws() -> list[StepRNG]:
    return [StepRNG(new_rng(seed, "critic", 3), update=3) for seed in range(2)]


def played(foresight: RandomPrefetcher, turns: list[tuple[str, int]]) -> list[torch.Tensor]:
    """What a turn that asks for these numbers gets, for all members."""
    own = draws()
    while True:
        answers = foresight.answers(own, CPU)
        rng = PrefetchedRNG(3, foresight.requests, answers)
        try:
            return [getattr(rng, kind)(rows, 2) for kind, rows in turns]
        except UnexpectedRandomCall as unforeseen:
            foresight.learn(unforeseen, own)


def alone(turns: list[tuple[str, int]]) -> list[torch.Tensor]:
    each = [[getattr(rng, kind)(rows, 2) for kind, rows in turns] for rng in draws()]
    return [torch.stack(numbers) for numbers in zip(*each, strict=True)]


@pytest.mark.parametrize(
    "then", [[("normal", 4)], [("uniform", 3), ("normal", 4)], [("normal", 4), ("uniform", 5)], []]
)
def test_members_get_the_numbers_of_their_own_draws(then: list[tuple[str, int]]) -> None:
    foresight, first = RandomPrefetcher(), [("normal", 4), ("uniform", 3)]
    for turns in (first, first, then, first):
        torch.testing.assert_close(played(foresight, turns), alone(turns), rtol=0, atol=0)


def test_what_was_asked_for_once_is_foreseen() -> None:
    foresight = RandomPrefetcher()
    played(foresight, [("normal", 4), ("uniform", 3)])
    assert foresight.requests == [RandomCall("normal", 4, (2,)), RandomCall("uniform", 3, (2,))]
    answers = foresight.answers(draws(), CPU)
    assert [tuple(answer.shape) for answer in answers] == [(2, 4, 2), (2, 3, 2)]
    rng = PrefetchedRNG(3, foresight.requests, answers)
    assert rng.update == 3
    with pytest.raises(UnexpectedRandomCall):
        rng.uniform(3, 2)
