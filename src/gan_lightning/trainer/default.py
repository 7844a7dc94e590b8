"""Lightning's Trainer, with the options that make sense for adversarial training."""

from __future__ import annotations

from typing import Literal

from lightning.pytorch import Callback, Trainer
from lightning.pytorch.callbacks import Checkpoint, ProgressBar
from lightning.pytorch.loggers import Logger

from gan_lightning.callback.compile import Compile
from gan_lightning.callback.cuda_graph import CUDAGraph
from gan_lightning.callback.early_end import ReportEarlyEnd
from gan_lightning.callback.replaced_losses import check_one_replacement
from gan_lightning.callback.stop_signals import StopOnSignal
from gan_lightning.core.errors import UsageError
from gan_lightning.core.threads import use_threads
from gan_lightning.core.validation import Count, Fraction, Index, MediumCount, SmallCount, validate_arguments
from gan_lightning.distributed.environment import external_world_size
from gan_lightning.distributed.flat_ddp import FlatDDP
from gan_lightning.distributed.hardware import check_cuda_graph, check_precision, check_trainer
from gan_lightning.objective.trainer_checks import check_options
from gan_lightning.run.checkpoint_io import AtomicCheckpointIO
from gan_lightning.trainer import no_gpu
from gan_lightning.trainer.profiler import ProfilerName
from gan_lightning.trainer.profiler import profiler as build_profiler

Precision = Literal["32-true", "64-true", "bf16-mixed", "16-mixed"]


@validate_arguments
def build(
    *,
    max_steps: Count = 3000,
    max_time: str | None = None,
    accelerator: str = "auto",
    devices: Count | Literal["auto"] | list[int] = 1,
    num_nodes: MediumCount = 1,
    threads: SmallCount | None = None,
    strategy: str = "auto",
    precision: Precision = "32-true",
    log_every_n_steps: Count = 50,
    val_check_interval: Count | None = None,
    limit_val_batches: Index | Fraction | None = None,
    overfit_batches: Index = 0,
    deterministic: bool | Literal["warn"] = False,
    detect_anomaly: bool = False,
    compile: bool = False,
    cuda_graph: bool = False,
    profiler: ProfilerName | None = None,
    default_root_dir: str | None = None,
    callbacks: list[Callback] | None = None,
    logger: list[Logger] | None = None,
) -> Trainer:
    """A Trainer that counts steps, has no epochs and leaves the order of data to the stream.

    Args:
        max_steps: training steps, of one generator update each.
        max_time: "DD:HH:MM:SS" after which training stops.
        accelerator: auto, cpu, gpu, ...
        devices: number or indices; they share the batch.
        num_nodes: number of machines.
        threads: intra-op threads on a CPU; None is torch's choice. The rounding of sums may depend on it.
        strategy: auto is `FlatDDP` for several devices.
        precision: of the networks; penalties use single precision at least. 16-mixed needs a GPU.
        log_every_n_steps: steps between logged rows.
        val_check_interval: steps between validations on held-out samples; None is never.
        limit_val_batches: number or fraction of held-out batches; None is all.
        overfit_batches: number of steps whose batches are trained on again and again; 0: the whole stream.
        deterministic: raise on operations without a deterministic implementation.
        detect_anomaly: name the operation with the first NaN; slow.
        compile: compile the losses with their gradients; pays for small networks and many steps.
        cuda_graph: capture the losses with their gradients as CUDA graphs; experimental.
        profiler: a profiler of Lightning; its report is printed, and written to `profile/` in the run directory.
        default_root_dir: the run directory.
        callbacks: of training.
        logger: for metrics.

    Raises:
        UsageError: torchrun or srun started another number of processes; a device, strategy, time or callback is none
            that can be used.
    """
    several = num_nodes > 1 or (devices not in (1, "1") and not (isinstance(devices, list) and len(devices) == 1))
    replaced = [*([Compile()] if compile else []), *([CUDAGraph()] if cuda_graph else [])]
    callbacks = [*(callbacks or []), ReportEarlyEnd(), StopOnSignal(), *replaced]
    _check_world_size(devices, num_nodes)
    check_trainer(accelerator, devices, strategy, max_time)
    check_precision(precision, accelerator)
    check_one_replacement(callbacks)
    if cuda_graph:
        check_cuda_graph(accelerator)
    no_gpu.skip_nvml_queries()
    if threads is not None:
        use_threads(threads)
    trainer = Trainer(
        max_steps=max_steps,
        max_epochs=-1,
        max_time=max_time,
        accelerator=accelerator,
        devices=devices,
        num_nodes=num_nodes,
        strategy=FlatDDP() if several and strategy == "auto" else strategy,
        precision=precision,
        log_every_n_steps=log_every_n_steps,
        val_check_interval=val_check_interval,
        check_val_every_n_epoch=None,
        limit_val_batches=0 if val_check_interval is None else limit_val_batches,
        num_sanity_val_steps=0,
        overfit_batches=overfit_batches,
        use_distributed_sampler=False,
        deterministic=deterministic,
        detect_anomaly=detect_anomaly,
        profiler=None if profiler is None else build_profiler(profiler, default_root_dir or "."),
        plugins=[AtomicCheckpointIO()],
        enable_model_summary=False,
        enable_checkpointing=any(isinstance(c, Checkpoint) for c in callbacks),
        enable_progress_bar=any(isinstance(c, ProgressBar) for c in callbacks),
        default_root_dir=default_root_dir,
        callbacks=callbacks,
        logger=logger or False,
    )
    check_options(trainer)
    return trainer


def _check_world_size(devices: int | str | list[int], num_nodes: int) -> None:
    started, per_node = external_world_size(), len(devices) if isinstance(devices, list) else devices
    if started > 1 and isinstance(per_node, int) and started != per_node * num_nodes:
        raise UsageError(
            f"{started} processes were started from outside (torchrun, srun), trainer.devices={per_node} on "
            f"trainer.num_nodes={num_nodes} takes {per_node * num_nodes}: make them equal"
        )
