"""Numbers and durations for people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def format_number(value: float) -> str:
    """Three significant digits: 1,234 · 12.3 · -0.0123 · 1.2e-05."""
    if abs(value) >= 99.95:
        return f"{value:,.0f}"
    if 0 < abs(value) < 1e-4:
        return f"{value:.1e}"
    return f"{value:#.3g}"


def table_cell(value: Any) -> Any:
    """A value for a table that a spreadsheet may open: a text that it would take for a formula begins with `'`."""
    if not isinstance(value, str) or not value.startswith(("=", "+", "-", "@", "\t", "\r")):
        return value
    try:
        float(value)
    except ValueError:
        return f"'{value}"
    return value


def format_duration(seconds: float) -> str:
    """1:02:03, or 2:03 under an hour."""
    minutes, second = divmod(round(seconds), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02}:{second:02}" if hours else f"{minute}:{second:02}"


def format_headline(metrics: Mapping[str, float], estimate: str) -> dict[str, str]:
    """Formats the main metrics for the progress bar, by readable names. Missing metrics are left out.

    They are the losses of critic and generator, the divergence estimate and, for progressive networks, resolution and
    alpha.

    Args:
        metrics: by column name.
        estimate: column of the divergence estimate.
    """
    keys = ("critic_loss", "generator_loss", estimate)
    shown = {key.replace("_", " "): format_number(metrics[key]) for key in keys if key in metrics}
    if "resolution" in metrics:
        shown["px"] = f"{metrics['resolution']:.0f}" + (f" α {metrics['alpha']:.2f}" if metrics["alpha"] < 1 else "")
    return shown
