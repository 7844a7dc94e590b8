from __future__ import annotations

from pathlib import Path

import pytest

from gan_lightning.callback.monitor_check import MonitorCheck, with_monitor_check
from gan_lightning.callback.samples import Samples
from gan_lightning.callback.score import Scoring
from gan_lightning.callback.throughput import TimedCallback
from tests.helper.forked import call


def test_it_comes_behind_the_scores_and_before_what_writes() -> None:
    scoring, samples, other = Scoring(), Samples(), TimedCallback()
    assert [type(one) for one in with_monitor_check([other, scoring, samples], "w1")] == [
        *(TimedCallback, Scoring, MonitorCheck, Samples)
    ]
    assert [type(one) for one in with_monitor_check([samples], None)] == [MonitorCheck, Samples]


@pytest.mark.training
@pytest.mark.parametrize(
    ("typed", "says"),
    [
        (("optimized_metric=w2",), "optimized_metric: there is no metric 'w2' to monitor"),
        (
            (
                "+callback.early._target_=lightning.pytorch.callbacks.EarlyStopping",
                "+callback.early.monitor=w2",
                "trainer.val_check_interval=1",
            ),
            "EarlyStopping: there is no metric 'w2' to monitor",
        ),
    ],
)
def test_a_refused_run_has_written_nothing(typed: tuple[str, ...], says: str, tmp_path: Path) -> None:
    done = call("data=ring8", "model=mlp_small", "logger=none", "trainer.max_steps=3", *typed, cwd=tmp_path)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith(f"error: {says}")
    assert not any(tmp_path.iterdir())
