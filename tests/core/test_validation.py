from __future__ import annotations

from typing import Annotated, Literal, TypedDict

import pytest
import torch
from annotated_types import Gt
from torch import nn
from typing_extensions import Unpack

from gan_lightning.core.errors import UsageError, did_you_mean
from gan_lightning.core.validation import Count, Positive, signature_types, validate_arguments, violation


class Shared(TypedDict, total=False):
    decay: Annotated[float, Gt(0)]


class Part:
    @validate_arguments
    def __init__(self, network: nn.Module, rate: Positive = 1.0, *, n: Count = 1, **shared: Unpack[Shared]) -> None:
        self.rate, self.n, self.shared = rate, n, shared


def test_parameters_are_the_signatures() -> None:
    assert signature_types(Part) == {
        "network": nn.Module,
        "rate": Positive,
        "n": Count,
        "decay": Annotated[float, Gt(0)],
    }


def test_good_values_pass_untouched() -> None:
    part = Part(nn.Identity(), 2, n=3, decay=0.5)
    assert (part.rate, part.n, part.shared) == (2, 3, {"decay": 0.5})


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"rate": 0.0}, "Part: rate=0.0 must be greater than 0"),
        ({"rate": "1"}, "Part: rate='1' must be a valid number"),
        ({"n": 1.5}, "Part: n=1.5 must be a whole number"),
        ({"n": True}, "Part: n=True must be a whole number"),
        ({"decay": -1.0}, "Part: decay=-1.0 must be greater than 0"),
    ],
)
def test_bad_values_are_named(arguments: dict[str, object], says: str) -> None:
    with pytest.raises(UsageError, match=says):
        Part(nn.Identity(), **arguments)  # type: ignore[arg-type]


def test_lists_serve_as_tuples_and_tuples_as_themselves() -> None:
    assert violation([1, 2], tuple[int, int]) is None
    assert violation(torch.Size([1, 2]), tuple[int, ...]) is None
    assert violation([1, 2], list[int]) is None
    assert violation([1, 2, 3], tuple[int, int]) is not None


def test_choices_are_listed() -> None:
    assert violation("c", Literal["a", "b"]) == "must be 'a' or 'b'"


def test_objects_are_left_to_their_users() -> None:
    assert violation(3, nn.Module) is None


@pytest.mark.parametrize(
    ("word", "says"),
    [
        ("clp", "did you mean clip?"),
        ("wgan", "did you mean wgan_clip or wgan_gp"),
        ("zzz", "known: clip, lsgan, wgan_clip, wgan_gp"),
    ],
)
def test_nearest(word: str, says: str) -> None:
    assert did_you_mean(word, ["wgan_gp", "clip", "lsgan", "wgan_clip"]).startswith(says)
