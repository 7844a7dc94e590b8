"""Training in fp16 on a CPU. As a program: on `devices` processes, the gradients of one of which overflow once."""

from __future__ import annotations

import sys
from typing import Any

import torch
from lightning.pytorch import Callback, Trainer
from lightning.pytorch.plugins.precision import MixedPrecision
from torch import Tensor
from torch.amp import GradScaler

from gan_lightning.distributed.flat_ddp import FlatDDP
from gan_lightning.objective.wgan_gp import WGANGP
from tests.helper.modules import Cloud, networks, state


def half_trainer(
    steps: int,
    scale: float,
    plugin: type[MixedPrecision] = MixedPrecision,
    callbacks: list[Callback] | None = None,
    devices: int = 1,
) -> Trainer:
    """A Trainer as on a GPU, with this loss scale at first."""
    precision = plugin("16-mixed", "cpu", GradScaler("cpu", init_scale=scale))
    return Trainer(
        max_steps=steps,
        max_epochs=-1,
        accelerator="cpu",
        devices=devices,
        strategy=FlatDDP() if devices > 1 else "auto",
        plugins=[precision],
        callbacks=callbacks,
        limit_val_batches=0,
        use_distributed_sampler=False,
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
    )


class Overflow(WGANGP):
    """The last rank's gradients of critic update 4 are infinite."""

    def critic_loss(self, real: Tensor, rng: Any, label: Tensor | None = None) -> Tensor:
        """A loss whose value is right."""
        loss = super().critic_loss(real, rng, label)
        if rng.update == 4 and self.global_rank == self.trainer.world_size - 1:
            loss.register_hook(lambda gradient: gradient * torch.inf)
        return loss


def main(devices: int, file: str) -> None:
    """Six steps; each rank writes its weights and scales."""
    module = Overflow(*networks(), latent_dim=4, n_critic=2)
    trainer = half_trainer(6, 1024.0, devices=devices)
    trainer.fit(module, datamodule=Cloud(batch_size=8))
    scales = {name: scale.state_dict() for name, scale in module.loss_scales.items()}
    played = {"weights": state(module), "scales": scales, "steps": trainer.global_step}
    torch.save(played, f"{file}{module.global_rank}")


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
