"""`python -m gan_lightning.train`: compose, check, build, fit."""

from __future__ import annotations

import os
import sys
from collections.abc import Container, Sequence
from typing import TYPE_CHECKING, Any

import hydra
from omegaconf import DictConfig

from gan_lightning.config import command_line
from gan_lightning.config.validate import CONFIG_DIR, ModelConfig, explain_hydra_error, resolve_and_validate
from gan_lightning.core import console, signals
from gan_lightning.core.errors import UsageError
from gan_lightning.core.validation import Index
from gan_lightning.run import directory as run_directory
from gan_lightning.sweep import job, report

if TYPE_CHECKING:
    from lightning.pytorch import Callback


def train(
    *,
    seed: Index,
    critic_norm: str,
    run_dir: str,
    data: dict[str, Any],
    model: ModelConfig,
    objective: dict[str, Any],
    trainer: dict[str, Any],
    condition: dict[str, str] | None = None,
    metric: dict[str, Any] | None = None,
    callback: dict[str, Any] | None = None,
    logger: dict[str, Any] | None = None,
    resume: str | None = None,
    optimized_metric: str | None = None,
    version: str | None = None,
) -> Any:
    """Trains what a config describes; the parameters are its top-level keys.

    Args:
        seed: everything random in the run follows from it.
        critic_norm: for `model` to interpolate.
        run_dir: where everything is written.
        data: an `AdversarialData`.
        model: the two networks.
        objective: the family that takes them.
        trainer: counts steps.
        condition: how networks are told classes, for `model` to interpolate; None in runs from before there was such.
        metric: what generators are scored by, for `callback.score` to interpolate and for `evaluate`.
        callback: what watches, by name; null where switched off.
        logger: where figures go beside metrics.csv.
        resume: a checkpoint to go on from; auto is the run directory's own, where there is one.
        optimized_metric: the figure whose last value a sweeper gets.
        version: of gan_lightning, which composed the config.

    Returns:
        The Trainer, after training.

    Raises:
        UsageError: for input that can't work, in one line, before the first step; for what a machine did to the run.
        Stopped: a signal ended training after a whole step.
    """
    return run_training(dict(locals()))


def run_training(config: dict[str, Any], extra_callbacks: Sequence[Callback] = (), exclude: Container[str] = ()) -> Any:
    """`train` of a checked config, with other callbacks.

    Args:
        config: the arguments of `train`.
        also: callbacks beside the config's.
        but: names of the config's that are left out.
    """
    from lightning.pytorch import seed_everything

    from gan_lightning.config.validate import instantiate
    from gan_lightning.core.machine_errors import explain_machine_errors
    from gan_lightning.logger.csv import CSV, last
    from gan_lightning.nn.labels import check_conditional

    run_dir, networks, logger = config["run_dir"], config["model"], config["logger"]
    callbacks = {name: part for name, part in (config["callback"] or {}).items() if part and name not in exclude}
    with explain_machine_errors(), run_directory.lock_run_dir(run_dir):
        seed_everything(config["seed"], workers=True, verbose=False)
        real = instantiate(config["data"])
        players = {player: instantiate(networks[player]) for player in ("generator", "critic")}
        check_conditional(config["condition"] or {}, **players)
        module = instantiate(config["objective"], **players)
        module.dry_run(real.example_input)
        loggers = [instantiate(logger)] if logger else []
        fit = instantiate(
            config["trainer"],
            default_root_dir=run_dir,
            callbacks=[*(instantiate(part) for part in callbacks.values()), *extra_callbacks],
            logger=loggers if any(isinstance(one, CSV) for one in loggers) else [CSV(directory=run_dir), *loggers],
        )
        module.check_batch_divisible(real.batch_size, fit.world_size)
        real.setup("fit")
        checkpoint = run_directory.start_run(run_dir, config, config["resume"])
        fit.fit(module, datamodule=real, ckpt_path=checkpoint)
        run_directory.finish_run(run_dir, fit.global_step, last(run_dir), config["optimized_metric"])
    return fit


_begun: list[DictConfig] = []  # the configs that could be composed


@hydra.main(version_base="1.3", config_path=str(CONFIG_DIR), config_name="train")
def _job(config: DictConfig) -> float | None:
    _begun.append(config)
    if job.is_job():
        return job.run(config)
    # Hydra reports what its jobs raise in its own many lines, so ours are caught in here.
    try:
        checked = resolve_and_validate(config, train)
        if not run_directory.is_finished(checked):
            console.silence_libraries()
            train(**checked)
    except UsageError as error:
        run_directory.remove_if_empty(config.run_dir)
        console.exit_with_error(error)
    return None


def main() -> None:
    """The command: 0, or 1 with one line of what was wrong, or 75 where a signal stopped it."""
    os.environ.setdefault("HYDRA_FULL_ERROR", "1")  # raise what can't be composed, for us to explain
    try:
        sys.argv[1:] = command_line.preprocess_argv(sys.argv[1:])
        with signals.handle_before_training(), report.report_on_exit():
            _job()
    except KeyboardInterrupt:
        console.print_rank_zero("stopped at once")
        raise SystemExit(130) from None
    except UsageError as error:
        console.exit_with_error(error)
    except Exception as error:
        if _begun:
            raise
        console.exit_with_error(explain_hydra_error(error, sys.argv[1:]))


if __name__ == "__main__":
    main()
