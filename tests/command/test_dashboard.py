from __future__ import annotations

import importlib
import json
import pkgutil
import sys
from pathlib import Path
from typing import Any

import pytest
import wandb

from gan_lightning import dashboard, loss
from gan_lightning.core.errors import UsageError
from gan_lightning.metric.registry import CRITIC
from gan_lightning.objective.began import BoundaryEquilibrium

pytest.importorskip("wandb_workspaces")
pytestmark = pytest.mark.filterwarnings("ignore:Pydantic V1 style")  # wandb-workspaces, as it is imported
Panels = list[dict[str, Any]]


@pytest.fixture(scope="module")
def sections(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Panels]:
    """Of what the command writes, by their names."""
    file = tmp_path_factory.mktemp("dashboard") / "spec.json"
    dashboard.main(["ada/gans", "--score", "frechet/digits", "--out", str(file)])
    view = json.loads(file.read_text())
    assert (view["entity"], view["project"], view["displayName"]) == ("ada", "gans", "gan_lightning")
    section = view["spec"]["section"]
    assert section["settings"]["xAxis"] == "step"
    return {s["name"]: s["panels"] for s in section["panelBankConfig"]["sections"]}


def kinds(panels: Panels) -> list[str]:
    return [panel["viewType"] for panel in panels]


def test_sections_in_order(sections: dict[str, Panels]) -> None:
    titles = ["Critic", "Does the estimate predict the score?", "Scores", "Samples", "Sweeps", "Layers"]
    assert list(sections) == titles


def test_lines_are_drawn_over_steps(sections: dict[str, Panels]) -> None:
    lines = [p["config"] for panels in sections.values() for p in panels if p["viewType"] == "Run History Line Plot"]
    assert len(lines) == 9
    assert {line["xAxis"] for line in lines} == {"step"}
    losses, estimate, held_out, critic, norms, penalty, score, *layers = lines
    assert losses["metrics"] == ["critic_loss", "generator_loss"]
    assert "wasserstein" in estimate["metrics"]
    assert held_out["metrics"] == [f"val_{name}" for name in estimate["metrics"]]
    assert critic["metrics"] == [CRITIC]
    assert norms["metrics"] == ["critic_grad_norm", "generator_grad_norm"]
    assert penalty["metrics"] == ["penalty"]
    assert score["metrics"] == ["frechet/digits"]
    assert [line["metricRegex"] for line in layers] == ["^critic_grad_norm/", "^generator_grad_norm/"]


def test_every_estimate_of_a_loss_has_its_line() -> None:
    modules = [importlib.import_module(f"{loss.__name__}.{m.name}") for m in pkgutil.iter_modules(loss.__path__)]
    classes = {c for module in modules for c in vars(module).values() if isinstance(c, type)}
    names = {c.divergence_name for c in classes if isinstance(getattr(c, "divergence_name", None), str)}
    assert names | {BoundaryEquilibrium.divergence_name} == set(dashboard.ESTIMATES)


def test_loss_vs_score_is_the_chart_that_the_logger_leaves(sections: dict[str, Panels]) -> None:
    *charts, picture = sections["Does the estimate predict the score?"]
    keys = []
    for chart in charts:
        config = chart["config"]
        assert config["panelDefId"] == "wandb/scatter/v0"
        assert config["fieldSettings"] == {"x": "estimate", "y": "score"}
        (runs,) = config["userQuery"]["queryFields"]
        (table,) = (field for field in runs["fields"] if field["name"] == "summaryTable")
        keys += [(a["name"], a["value"]) for a in table["args"]]
    assert keys == [("tableKey", f"{one}_vs_score/frechet/digits_table") for one in ("loss", "critic")]
    assert picture["config"]["mediaKeys"] == ["loss_vs_score"]


def test_pictures(sections: dict[str, Panels]) -> None:
    assert [panel["config"]["mediaKeys"] for panel in sections["Samples"]] == [["samples"], ["film"], ["curves"]]


def test_sweeps_show_the_best_score_over_each_key(sections: dict[str, Panels]) -> None:
    panels = sections["Sweeps"]
    assert kinds(panels) == ["Parallel Coordinates Plot", "Scatter Plot"] * 2
    for key, (across, over) in zip(("gp_weight", "clip"), (panels[:2], panels[2:]), strict=True):
        columns = [column["accessor"] for column in across["config"]["columns"]]
        assert columns == [f"config:objective.value.{key}", "config:seed.value", "summary:best/frechet/digits"]
        assert over["config"]["xAxis"] == f"config:objective.value.{key}"
        assert over["config"]["yAxis"] == "summary:best/frechet/digits"
        assert over["config"]["xAxisLogScale"] is True


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    with pytest.raises(SystemExit) as exit:
        dashboard.main(arguments)
    assert exit.value.code == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert len(err.splitlines()) == 1
    return err


@pytest.mark.process
def test_refusals_say_what_to_type(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("NETRC", str(tmp_path / "no-netrc"))
    monkeypatch.setattr(wandb.setup().settings, "api_key", None)
    assert "type `wandb login`" in refused(capsys, "ada/gans")
    assert "ada is not ENTITY/PROJECT" in refused(capsys, "ada")
    assert "No such file or directory" in refused(capsys, "ada/gans", "--out", str(tmp_path / "nowhere" / "spec.json"))
    monkeypatch.setitem(sys.modules, "wandb_workspaces.reports.v2", None)
    assert 'pip install "gan_lightning[dashboard]"' in refused(capsys, "ada/gans", "--out", str(tmp_path / "spec.json"))
    assert not (tmp_path / "spec.json").exists()


@pytest.mark.process
def test_what_wandb_does_not_take_is_refused_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    from wandb_workspaces.workspaces import Workspace

    def fails(_: Workspace) -> None:
        raise ValueError("permission denied\nand much more")

    monkeypatch.setattr("gan_lightning.logger.wandb_login.has_wandb_login", lambda: True)
    monkeypatch.setattr(Workspace, "save", fails)
    with pytest.raises(UsageError, match=r"W&B did not take the dashboard of ada/gans: permission denied$"):
        dashboard.send(dashboard.workspace("ada", "gans"))
