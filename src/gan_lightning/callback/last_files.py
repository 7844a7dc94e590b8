"""Files that a run writes when training ends, made up for where it was killed before."""

from __future__ import annotations

from lightning.pytorch import Callback, LightningModule, Trainer

from gan_lightning.core.callbacks import callbacks_of


class WritesLastFiles(Callback):
    """A callback that writes files when training ends."""

    def write_last_files(self, trainer: Trainer, module: LightningModule) -> None:
        """Writes them without training before: as after no step."""
        self.on_train_start(trainer, module)
        self.on_train_end(trainer, module)


def write_last_files(trainer: Trainer, module: LightningModule) -> None:
    """Writes the files of the end where a run resumed at its last step: Lightning skips training and its hooks then."""
    for callback in callbacks_of(trainer, WritesLastFiles):
        callback.write_last_files(trainer, module)
