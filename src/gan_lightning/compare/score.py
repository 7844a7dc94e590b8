"""What is known of a score by its name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gan_lightning.metric.provenance import Provenance


@dataclass(frozen=True)
class Score:
    """One number of one run.

    Attributes:
        name: such as frechet/digits.
        value: the number.
        passport: how it was made: two scores compare where these are equal.
        floor: the score of real samples against real ones; None where nobody measured it.
        step: after which it was taken; None where nothing tells.
    """

    name: str
    value: float
    passport: Mapping[str, Any]
    floor: float | None = None
    step: int | None = None


def differences(ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> list[str]:
    """A line for each entry in which two scores were made differently; see `Passport.differences`."""
    if "extractor" in ours and "extractor" in theirs:
        return Provenance.from_dict(ours).differences(Provenance.from_dict(theirs))
    names = dict.fromkeys([*ours, *theirs])
    pairs = {name: (ours.get(name, "unknown"), theirs.get(name, "unknown")) for name in names}
    return [f"{name}: {one} against {other}" for name, (one, other) in pairs.items() if one != other]
