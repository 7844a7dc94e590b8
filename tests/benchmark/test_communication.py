"""The model of what a step costs in messages."""

from __future__ import annotations

import pytest

from benchmarks.communication import Link, Pair, all_reduce_seconds, moved, step_seconds

LINK = Link("by hand", bandwidth=1000.0, latency=0.01)


def test_by_hand() -> None:
    # Four devices: 6 messages of 100 bytes, each 0.1 s long and 0.01 s late.
    assert all_reduce_seconds(400, 4, LINK) == pytest.approx(6 * (0.1 + 0.01))
    # Two critic moves of 100 parameters and one generator move of 50: 400, 400 and 200 bytes.
    pair = Pair("", critic=100, generator=50, n_critic=2)
    assert moved(pair) == [400, 400, 200]
    assert step_seconds(pair, 4, LINK) == pytest.approx(2 * 0.66 + 6 * (0.05 + 0.01))


def test_alone_nothing_is_said() -> None:
    assert step_seconds(Pair("", 10**6, 10**6, 5), 1, LINK) == 0


def test_many_devices_send_everything_twice() -> None:
    free = LINK._replace(latency=0.0)
    assert all_reduce_seconds(1000, 10**6, free) == pytest.approx(2 * 1000 / free.bandwidth, rel=1e-5)
