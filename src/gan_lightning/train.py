"""`python -m gan_lightning.train`: compose, validate, build, fit."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig

from gan_lightning.config import command_line
from gan_lightning.config.added_keys import check_added_keys
from gan_lightning.config.command import command
from gan_lightning.config.drawn_seed import draw_missing_seed
from gan_lightning.config.replaced_part import leave_out_keys_of_replaced_parts
from gan_lightning.config.train_config import TrainConfig
from gan_lightning.config.validate import explain_values, resolve_and_validate
from gan_lightning.core import console, signals
from gan_lightning.core.errors import UsageError
from gan_lightning.run import directory as run_directory
from gan_lightning.run.remove_empty import remove_if_empty
from gan_lightning.sweep import job, report

if TYPE_CHECKING:
    from lightning.pytorch import Callback, Trainer


def train(config: TrainConfig, *, extra_callbacks: Sequence[Callback] = (), exclude: Container[str] = ()) -> Trainer:
    """Trains what a config describes.

    Args:
        config: validated.
        extra_callbacks: added to the config's.
        exclude: names of the config's callbacks that are left out.

    Returns:
        The Trainer, after training.

    Raises:
        UsageError: for input that can't work, before the first step; for faults of the machine.
        StoppedBySignal: a signal ended training after a whole step.
    """
    from lightning.pytorch import seed_everything

    from gan_lightning.callback.last_files import write_last_files
    from gan_lightning.callback.monitor_check import with_monitor_check
    from gan_lightning.callback.replaced_losses import ReplacedLosses
    from gan_lightning.callback.summary import Summary
    from gan_lightning.config.validate import instantiate
    from gan_lightning.core.callbacks import callbacks_of
    from gan_lightning.core.machine_errors import explain_machine_errors
    from gan_lightning.logger.csv import CSV, last
    from gan_lightning.metric.registry import registered
    from gan_lightning.nn.labels import check_conditional
    from gan_lightning.trained.start import start_from

    run_dir = config.run_dir
    callbacks = {name: node for name, node in _parts(config.callback).items() if name not in exclude}
    # The inner one for what trains: a run that the machine ends before its first step is removed as a refused one is.
    with explain_machine_errors(), run_directory.lock_run_dir(run_dir), explain_machine_errors():
        _check_memory(config)
        seed_everything(config.seed, workers=True, verbose=False)
        data = instantiate(config.data)
        generator, critic = instantiate(config.model["generator"]), instantiate(config.model["critic"])
        check_conditional(config.condition or {}, generator=generator, critic=critic)
        module = instantiate(config.objective, generator=generator, critic=critic)
        module.dry_run(data.example_input)
        loggers = [instantiate(node) for node in _parts(config.logger).values()]
        if not any(isinstance(logger, CSV) for logger in loggers):
            loggers = [CSV(directory=run_dir), *loggers]
        built = [*(instantiate(node) for node in callbacks.values()), *extra_callbacks]
        trainer: Trainer = instantiate(
            config.trainer,
            default_root_dir=run_dir,
            callbacks=with_monitor_check(built, config.optimized_metric),
            logger=loggers,
        )
        module.check_batch_divisible(data.batch_size, trainer.world_size)
        for replaced in callbacks_of(trainer, ReplacedLosses):
            replaced.check(trainer, module)
        data.setup("fit")
        data.check_device(trainer.strategy.root_device)
        if data.class_names:
            config.data["class_names"] = list(data.class_names)
        if data.bits is not None and config.data.get("bits", data.bits) is None:
            config.data["bits"] = data.bits
        checkpoint, step = run_directory.start_run(run_dir, vars(config), config.resume) or (None, 0)
        if checkpoint is None and config.start is not None:
            start_from(module, config.start, strict=config.start_strict)
        if checkpoint is None or step != trainer.max_steps:
            for summary in callbacks_of(trainer, Summary):
                summary.announce(trainer, module, data)
        for logger in loggers:
            logger.log_hyperparams(vars(config))
        trainer.fit(module, datamodule=data, ckpt_path=checkpoint)
        if checkpoint is not None and step == trainer.global_step:
            write_last_files(trainer, module)
        run_directory.finish_run(run_dir, trainer.global_step, last(run_dir), config.optimized_metric, registered())
    return trainer


def _check_memory(config: TrainConfig) -> None:
    import torch

    from gan_lightning.config.validate import instantiate
    from gan_lightning.trainer.memory import check_memory

    optimizers = {name: config.objective.get(f"{name}_optimizer") for name in ("generator", "critic")}
    check_memory(
        {name: partial(instantiate, config.model[name]) for name in ("generator", "critic")},
        {name: instantiate(node) for name, node in optimizers.items() if isinstance(node, dict)},
        double=config.trainer.get("precision") == "64-true",
        gpu=config.trainer.get("accelerator") in ("auto", "gpu", "cuda") and torch.cuda.is_available(),
    )


def _parts(node: Mapping[str, Any] | None) -> dict[str, Any]:
    """Parts by name, without those that are switched off; also a single part in their place."""
    if node and "_target_" in node:
        return {"": node}
    return {name: part for name, part in (node or {}).items() if part}


def run(config: DictConfig) -> float | None:
    """Everything that the command does with a composed config; for programs with a `@hydra.main` of their own.

    Returns:
        For Hydra's sweepers: the last value of the column `optimized_metric`, where it is set, of a job of a sweep.

    Raises:
        UsageError: for input that can't work; for faults of the machine.
    """
    if job.is_job():
        return job.run(config)
    try:
        with explain_values():
            leave_out_keys_of_replaced_parts(config)
            check_added_keys(config)
            draw_missing_seed(config)
        checked = resolve_and_validate(config, TrainConfig)
        if not run_directory.is_finished(checked):
            console.silence_libraries()
            train(TrainConfig(**checked))
    except UsageError:
        remove_if_empty(HydraConfig.get().runtime.output_dir)
        raise
    return None


@contextmanager
def _signals_and_report() -> Iterator[None]:
    with signals.handle_before_training(), report.report_on_exit():
        yield


main = command(
    "train",
    run,
    preprocess=command_line.preprocess_argv,
    context=_signals_and_report,
    interrupted="stopped at once",
)

if __name__ == "__main__":
    main()
