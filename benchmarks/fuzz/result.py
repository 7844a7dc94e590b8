"""What came of one case, and the table of all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Result:
    """One case that was tried.

    Attributes:
        kind: of the case, such as "command lines: train".
        case: what was tried, to be typed again.
        wrong: what was wrong with its outcome; "" if nothing.
    """

    kind: str
    case: str
    wrong: str = ""


def report(results: Iterable[Result]) -> int:
    """Prints every failure when it comes and a table at the end; returns the number of failures."""
    tried: Counter[str] = Counter()
    failed: Counter[str] = Counter()
    for result in results:
        tried[result.kind] += 1
        if result.wrong:
            failed[result.kind] += 1
            print(f"{result.kind}: {result.case}\n    " + result.wrong.strip().replace("\n", "\n    "), flush=True)
    print(f"\n{'tried':>7}  {'failed':>6}  kind")
    for kind in tried:
        print(f"{tried[kind]:>7,}  {failed[kind]:>6,}  {kind}")
    return sum(failed.values())
