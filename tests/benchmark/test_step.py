from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from torch import nn

from benchmarks import step as benchmark
from benchmarks.step import CASES, Case, apart
from gan_lightning.model import dcgan

TINY = CASES[0]


def small(shape: tuple[int, ...]) -> tuple[nn.Module, nn.Module]:
    generator = dcgan.Generator(shape=shape, latent_dim=8, width=8)
    return generator, dcgan.Critic(shape=shape, width=8, norm="none", init="torch")


@pytest.mark.training
def test_losses_are_those_of_the_plain_loop() -> None:
    assert apart(TINY, ["fast_layers"]) < 1e-12


@pytest.mark.training
def test_losses_are_those_of_the_plain_loop_for_images() -> None:
    assert apart(Case("small", (1, 16, 16), 8, small, 1), ["fast_layers"]) < 1e-12


@pytest.mark.training
def test_losses_part_where_the_numbers_differ(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        benchmark, "dealt", lambda data, module, device: benchmark.drawn(data.rows, 16, module.latent_dim, device)
    )
    assert apart(TINY, []) > 1e-3


@pytest.mark.training
def test_writes_what_it_prints(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "step.json"
    monkeypatch.setattr(sys, "argv", ["step", "--quick", "--json", str(path), "--cases", "small"])
    monkeypatch.setattr(benchmark, "CASES", (Case("small", (2,), 8, TINY.networks, 2),))
    monkeypatch.setattr(benchmark.console, "silence_libraries", lambda: None)
    benchmark.main()
    single, mixed = json.loads(path.read_text())
    assert [line["precision"] for line in (single, mixed)] == ["32-true", "bf16-mixed"]
    for line in (single, mixed):
        assert set(line) >= {"case", "precision", "compiled", "ratio", "overhead_ms"}
        assert line["ratio"] > 0
        assert 0 < line["outside"] < 1
    assert f"{single['ratio']:.2f}x" in capsys.readouterr().out
