from __future__ import annotations

import warnings
from pathlib import Path

import pytest
import torch

from tests.helper.command import run_program
from tests.helper.two_devices import main


@pytest.mark.distributed
def test_two_processes_train_the_weights_of_one(tmp_path: Path) -> None:
    """Spectral and batch norm, penalties, accumulation, n_critic, EMA, clipped gradients, uneven shares, growth."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "training ends after step")
        main(1, str(tmp_path / "1"))
    done = run_program("2", str(tmp_path / "2"), cwd=Path(__file__).parents[2], module="tests.helper.two_devices")
    assert done.returncode == 0, done.stderr
    one, two = (torch.load(tmp_path / d, weights_only=True) for d in "12")
    for played in (one, two):
        even, first, each = played.pop("even")
        assert (even.tolist(), first, each) == ([5.0] * 7, 0, 3)
    assert one["biggan"][0]["generator.image.0.num_batches_tracked"] == 6 * 1
    whole = ("progan", "biggan")  # without scores and a doctor
    for name in one:
        torch.testing.assert_close(one[name][0], two[name][0], rtol=0, atol=1e-9, msg=lambda m, n=name: f"{n}: {m}")
        torch.testing.assert_close(one[name][3], two[name][3], rtol=0, atol=1e-5, msg=lambda m, n=name: f"{n}: {m}")
        assert one[name][1] == pytest.approx(two[name][1], rel=1e-9)
        assert one[name][4].keys() == two[name][4].keys()
        for key, value in one[name][4].items():  # the step's metrics are logged in single precision
            rel, least = (1e-5, 1e-6) if key in one[name][2] else (1e-9, 1e-12)
            assert value == pytest.approx(two[name][4][key], rel=rel, abs=least), key
        assert name in whole or {"w1", "step"} < one[name][4].keys()
        assert one[name][5] == two[name][5]
        assert name in (*whole, "egan") or one[name][5]  # the doctor found something, and the same
        assert one[name][2] == pytest.approx(two[name][2], rel=1e-5, abs=1e-6)
