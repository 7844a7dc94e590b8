"""Progress display."""

from __future__ import annotations

from time import perf_counter
from typing import Any

from lightning.pytorch import LightningModule, Trainer
from lightning.pytorch.callbacks import ProgressBar
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar as Bar
from rich.table import Table
from rich.text import Text

from gan_lightning.callback.due import as_adversarial, is_reading_step
from gan_lightning.callback.throughput import Throughput
from gan_lightning.core.format import format_duration, format_headline, format_number
from gan_lightning.core.output import unfailing
from gan_lightning.core.validation import Positive, validate_arguments


class Progress(ProgressBar):
    """Two lines that are updated in place on a terminal; elsewhere (pipes, CI logs) a plain line at intervals.

    They show the step, both losses, the divergence that the loss estimates, real images per second, the time elapsed
    and the time left at the throughput so far. Metrics are those of the last logging step
    (`trainer.log_every_n_steps`).

    Args:
        refresh: seconds between two updates on a terminal.
        plain_every: seconds between two plain lines.
    """

    @validate_arguments
    def __init__(self, *, refresh: Positive = 0.25, plain_every: Positive = 10.0) -> None:
        super().__init__()
        self.refresh, self.plain_every = refresh, plain_every
        self.console = Console(file=unfailing("stdout"))
        self._enabled = True
        self._live: Live | None = None
        self._metrics: dict[str, str] = {}

    def enable(self) -> None:
        """Turns the display on."""
        self._enabled = True

    def disable(self) -> None:
        """Turns the display off."""
        self._enabled = False

    def print(self, *args: Any, **kwargs: Any) -> None:
        """Prints without disturbing the lines."""
        if self._enabled:
            self.console.print(*args, **kwargs)

    def on_train_start(self, trainer: Trainer, module: LightningModule) -> None:
        """Starts the display."""
        self._began, self._first_step = perf_counter(), trainer.global_step
        self._shown, self._shown_step = self._began, -1
        self._metrics, self._throughput = {}, Throughput(trainer, module)
        self._plain = not self.console.is_terminal or self.console.is_dumb_terminal or self.console.is_jupyter
        self._wait = self.plain_every if self._plain else self.refresh
        if self._enabled and not self._plain:
            self._live = Live(console=self.console, auto_refresh=False, get_renderable=self._render)
            self._live.start(refresh=True)

    def on_train_batch_end(
        self, trainer: Trainer, module: LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        """Reads metrics at logging steps; updates the display at intervals."""
        if is_reading_step(trainer):
            self._read(trainer, module)
        if trainer.global_step == trainer.max_steps:  # before Lightning prints why it stops
            self._show()
            self._close()
        elif perf_counter() - self._shown >= self._wait:
            self._show()

    def on_train_end(self, trainer: Trainer, module: LightningModule) -> None:
        """Shows the last step."""
        if self._shown_step != trainer.global_step:
            self._show()
        self._close()

    def on_exception(self, trainer: Trainer, module: LightningModule, exception: BaseException) -> None:
        """Closes the display."""
        self._close()

    def _read(self, trainer: Trainer, module: LightningModule) -> None:
        metrics = as_adversarial(module).step_metrics()  # on every rank, even if not shown
        self._metrics = format_headline(metrics, as_adversarial(module).loss.divergence_name)
        self._metrics[f"{self._throughput.unit}/s"] = format_number(self._throughput.per_second())

    def _show(self) -> None:
        self._shown, self._shown_step = perf_counter(), self.trainer.global_step
        if self._live:
            self._live.refresh()
        elif self._enabled and self._plain:
            self.console.print(self.line(), markup=False, highlight=False, soft_wrap=True)

    def _close(self) -> None:
        if self._live:
            self._live.stop()
            self._live = None

    def _counts(self) -> tuple[str, float | None, str, str]:
        """Step, fraction done, time elapsed, time left; fraction and time left if `max_steps` is set."""
        done, end = self.trainer.global_step, self.trainer.max_steps
        elapsed, fresh = perf_counter() - self._began, done - self._first_step
        if end < 1:
            return f"step {done:,}", None, format_duration(elapsed), ""
        left = format_duration(elapsed / fresh * (end - done)) if fresh and done < end else ""
        return f"step {done:,}/{end:,}", done / end, format_duration(elapsed), left

    def line(self) -> str:
        """The display as one line of plain text."""
        position, fraction, elapsed, left = self._counts()
        metrics = [f"{value} {key}" if "/" in key else f"{key} {value}" for key, value in self._metrics.items()]
        percent = "" if fraction is None else f"{fraction:.0%}"
        return "  ".join(filter(None, [position, percent, *metrics, f"elapsed {elapsed}", left and f"left {left}"]))

    def _render(self) -> RenderableType:
        position, fraction, elapsed, left = self._counts()
        first = Table.grid(padding=(0, 2), expand=True)
        first.add_column(no_wrap=True)
        first.add_column(ratio=1)
        first.add_column(no_wrap=True, justify="right")
        bar = (
            ""
            if fraction is None
            else Bar(total=1.0, completed=fraction, complete_style="cyan", finished_style="green")
        )
        times = Text.assemble(elapsed, (f"  {left} left" if left else "", "cyan"))
        first.add_row(Text(position, "bold"), bar, times)
        second = Text(no_wrap=True, overflow="ellipsis")
        for key, value in self._metrics.items():
            name, amount = Text(key, "dim"), Text(value, "bold")
            first_word, then = (amount, name) if "/" in key else (name, amount)
            second.append_text(Text.assemble(first_word, " ", then, "  "))
        return Group(first, second)
