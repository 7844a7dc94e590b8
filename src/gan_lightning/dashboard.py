"""`python -m gan_lightning.dashboard`: a W&B workspace for a project's runs."""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gan_lightning.config.version_option import is_version_asked
from gan_lightning.core import console
from gan_lightning.core.atomic_file import write_text
from gan_lightning.core.errors import UsageError
from gan_lightning.core.output import drop_failed_output

if TYPE_CHECKING:
    from wandb_workspaces.workspaces import Workspace

SCORES = ("frechet/digits", "w1")
CRITIC = "independent_critic"  # of metric.registry, which loads torch
KEYS = ("objective.gp_weight", "objective.clip")
# Divergence estimates of the losses; a run has the columns of one.
ESTIMATES = (
    *("wasserstein", "jensen_shannon", "triangular", "total_variation", "pairing", "relative_average"),
    *("energy_difference", "convergence"),
)


def workspace(
    entity: str, project: str, scores: Sequence[str] = SCORES, keys: Sequence[str] = KEYS, name: str = "gan_lightning"
) -> Workspace:
    """A workspace with panels for losses, estimates, scores over estimates, scores, images, sweeps and layers.

    Args:
        entity: user or team.
        project: of that user or team.
        scores: column names.
        keys: of the config that sweeps vary.
        name: of the workspace.

    Raises:
        UsageError: wandb-workspaces is not installed.
    """
    try:
        import wandb_workspaces.reports.v2 as wr
        import wandb_workspaces.workspaces as ws
    except ModuleNotFoundError as error:
        raise UsageError(
            f'the dashboard needs a missing package ({error.name}): pip install "gan_lightning[dashboard]"'
        ) from None

    def over_steps(title: str, *columns: str, **options: Any) -> wr.LinePlot:
        return wr.LinePlot(title=title, x="step", y=list(columns), **options)

    def over_key(key: str, score: str) -> list[Any]:
        best = wr.SummaryMetric(f"best/{score}")
        axes = {key: wr.Config(key), "seed": wr.Config("seed"), f"best {score}": best}
        columns = [wr.ParallelCoordinatesPlotColumn(axis, display_name=name) for name, axis in axes.items()]
        columns[0].log = True
        return [
            wr.ParallelCoordinatesPlot(title=" · ".join(axes), columns=columns),
            wr.ScatterPlot(title=f"Best {score} over {key}", x=wr.Config(key), y=best, log_x=True),
        ]

    def layer_norms(network: str) -> wr.LinePlot:
        return over_steps(f"{network}: gradient norms", metric_regex=f"^{network}_grad_norm/", log_y=True)

    def scatter(score: str, table: str, estimate: str) -> wr.CustomChart:
        return wr.CustomChart(
            query={"id": {}, "name": {}, "summaryTable": {"tableKey": f"{table}/{score}_table"}},
            chart_name="wandb/scatter/v0",
            chart_fields={"x": "estimate", "y": "score"},
            chart_strings={"title": f"{score} over the {estimate}"},
        )

    charts = [scatter(score, "loss_vs_score", "estimate") for score in scores]
    charts += [scatter(score, "critic_vs_score", "independent critic") for score in scores]
    media = [wr.MediaBrowser(title=key, media_keys=[key]) for key in ("samples", "film", "curves")]
    sections = {
        "Critic": [
            over_steps("Losses", "critic_loss", "generator_loss"),
            over_steps("Divergence estimate", *ESTIMATES),
            over_steps("Held-out divergence estimate", *(f"val_{name}" for name in ESTIMATES)),
            over_steps("Independent critic", CRITIC),
            over_steps("Gradient norms", "critic_grad_norm", "generator_grad_norm", log_y=True),
            over_steps("Penalty", "penalty"),
        ],
        "Does the estimate predict the score?": [
            *charts,
            wr.MediaBrowser(title="loss_vs_score", media_keys=["loss_vs_score"]),
        ],
        "Scores": [over_steps(score, score) for score in scores]
        + [wr.BarPlot(title=f"Best {score}", metrics=[f"best/{score}"]) for score in scores],
        "Samples": media,
        "Sweeps": [panel for key in keys for score in scores for panel in over_key(key, score)],
        "Layers": [layer_norms("critic"), layer_norms("generator")],
    }
    return ws.Workspace(
        entity=entity,
        project=project,
        name=name,
        sections=[
            ws.Section(name=title, panels=panels, is_open=title != "Layers") for title, panels in sections.items()
        ],
        settings=ws.WorkspaceSettings(x_axis="step"),
    )


def serialized(space: Workspace) -> dict[str, Any]:
    """The workspace as JSON: entity, project, name and spec."""
    content: dict[str, Any] = space._to_model().model_dump(mode="json", by_alias=True, exclude_none=True)
    return content


def write(space: Workspace, file: Path) -> None:
    """Writes the workspace to a JSON file.

    Raises:
        UsageError: the file can't be written.
    """
    try:
        write_text(file, json.dumps(serialized(space), indent=2) + "\n")
    except OSError as error:
        raise UsageError(f"--out {file}: {error.strerror}") from error


def send(space: Workspace) -> str:
    """Saves the workspace in W&B.

    Returns:
        Its URL.

    Raises:
        UsageError: there is no login, or W&B refuses it.
    """
    import wandb

    from gan_lightning.logger.wandb_login import has_wandb_login

    if not has_wandb_login():
        raise UsageError(
            "the dashboard needs a W&B login: type `wandb login`, or set WANDB_API_KEY, or write it with --out FILE"
        )
    wandb.setup(settings=wandb.Settings(silent=True))
    try:
        return str(space.save().url)
    except Exception as error:  # of the network, the server or the package
        first = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise UsageError(f"W&B did not take the dashboard of {space.entity}/{space.project}: {first}") from error


def main(arguments: Sequence[str] | None = None) -> None:
    """The command; exits with 0, or with 1 after a one-line error."""
    drop_failed_output()
    if is_version_asked(sys.argv[1:] if arguments is None else arguments):
        return
    parser = argparse.ArgumentParser(
        prog="python -m gan_lightning.dashboard",
        description="Makes a W&B workspace for the runs of a project: losses and the divergence estimate over steps, "
        "each score over the estimate, scores, samples and their GIF, sweeps, gradient norms layer by layer.",
        epilog="The runs are those of logger.wandb.offline=false logger.wandb.project=PROJECT, or offline ones after "
        "`wandb sync`. Each call makes a new workspace; nothing is overwritten.",
    )
    parser.add_argument("project", metavar="ENTITY/PROJECT", help="user or team, and the project")
    parser.add_argument(
        "--score", action="append", metavar="NAME", help=f"to show; repeat for more (default: {' '.join(SCORES)})"
    )
    parser.add_argument(
        "--key", action="append", metavar="KEY", help=f"that sweeps vary; repeat for more (default: {' '.join(KEYS)})"
    )
    parser.add_argument("--name", default="gan_lightning", help="of the workspace (default: %(default)s)")
    parser.add_argument(
        "--out", type=Path, metavar="FILE", help="write it to a JSON file and send nothing; needs no account"
    )
    options = parser.parse_args(arguments)
    try:
        match = re.fullmatch(r"([^/\s]+)/([^/\s]+)", options.project)
        if not match:
            raise UsageError(f"{options.project} is not ENTITY/PROJECT, such as ada/gan_lightning")
        space = workspace(match[1], match[2], options.score or SCORES, options.key or KEYS, options.name)
        if options.out:
            write(space, options.out)
            print(options.out)
        else:
            print(send(space))
    except UsageError as error:
        console.exit_with_error(error)


if __name__ == "__main__":
    main()
