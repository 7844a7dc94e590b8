from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest

from gan_lightning.core.errors import UsageError
from gan_lightning.metric import Provenance

ENTRIES: dict[str, Any] = {
    "data": "cifar10",
    "split": "train",
    "extractor": "inception",
    "weights": "sha256:0123abcd",
    "resize": "bilinear 299",
    "quantized": True,
    "n_real": 50_000,
    "n_fake": 50_000,
    "ema": True,
    "normalization": "running",
    "seed": 0,
    "truncation": None,
    "standing": 0,
}


def test_equal_scores_compare() -> None:
    assert Provenance(**ENTRIES) == Provenance(**ENTRIES)
    assert hash(Provenance(**ENTRIES)) == hash(Provenance(**ENTRIES))
    assert Provenance(**ENTRIES).differences(Provenance(**ENTRIES)) == []


OTHERS: list[tuple[str, Any, str]] = [
    ("data", "mnist5k", "data: cifar10 against mnist5k"),
    ("split", "held_out", "split: train against held_out"),
    ("extractor", "dinov2", "extractor: inception against dinov2"),
    ("weights", None, "weights: sha256:0123abcd against None"),
    ("resize", "none", "resize: bilinear 299 against none"),
    ("quantized", False, "quantized: True against False"),
    ("n_real", 10_000, "n_real: 50000 against 10000"),
    ("n_fake", 10_000, "n_fake: 50000 against 10000"),
    ("ema", False, "ema: True against False"),
    ("normalization", "batch", "normalization: running against batch"),
    ("seed", 1, "seed: 0 against 1"),
    ("truncation", 0.5, "truncation: None against 0.5"),
    ("standing", 16, "standing: 0 against 16"),
]


@pytest.mark.parametrize(("name", "value", "line"), OTHERS)
def test_every_entry_tells_scores_apart(name: str, value: Any, line: str) -> None:
    one, other = Provenance(**ENTRIES), Provenance(**{**ENTRIES, name: value})
    assert one != other
    assert one.differences(other) == [line]


def test_all_entries_are_tried_above() -> None:
    assert [name for name, _, _ in OTHERS] == [field.name for field in dataclasses.fields(Provenance)] == list(ENTRIES)


def test_all_differences_are_told() -> None:
    other = Provenance(**{**ENTRIES, "ema": False, "n_fake": 10})
    assert Provenance(**ENTRIES).differences(other) == ["n_fake: 50000 against 10", "ema: True against False"]


def test_round_trip_through_json() -> None:
    provenance = Provenance(**ENTRIES)
    assert Provenance.from_dict(json.loads(json.dumps(provenance.to_dict()))) == provenance


def test_frozen() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        Provenance(**ENTRIES).seed = 3  # type: ignore[misc]


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("n_fake", 0, "n_fake=0 must be greater than or equal to 1"),
        ("n_real", "50000", "n_real='50000' must be a valid"),
        ("ema", "yes", "ema='yes' must be a valid boolean"),
        ("normalization", "layer", "normalization='layer' must be 'batch', 'running', 'standing' or 'none'"),
        ("seed", -1, "seed=-1 must be"),
        ("truncation", 0.0, "truncation=0.0 must be greater than 0"),
    ],
)
def test_refuses_values(name: str, value: Any, said: str) -> None:
    with pytest.raises(UsageError, match=said.replace("valid", "(valid|whole)")):
        Provenance(**{**ENTRIES, name: value})


def test_older_ones_say_nothing_of_truncated_latents() -> None:
    older = {name: value for name, value in ENTRIES.items() if name not in ("truncation", "standing")}
    assert Provenance.from_dict(older) == Provenance(**ENTRIES)


def test_refuses_entries() -> None:
    with pytest.raises(UsageError, match=r"unknown entry extractr: did you mean extractor\?"):
        Provenance.from_dict({**ENTRIES, "extractr": "x"})
    with pytest.raises(UsageError, match="n_real, seed missing: score the checkpoint again"):
        Provenance.from_dict({name: value for name, value in ENTRIES.items() if name not in ("n_real", "seed")})
