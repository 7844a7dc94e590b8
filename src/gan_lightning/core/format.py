"""Numbers and times as people read them."""

from __future__ import annotations

from collections.abc import Mapping


def format_number(value: float) -> str:
    """Three digits: 1,234 · 12.3 · -0.0123 · 1.2e-05."""
    if abs(value) >= 99.95:
        return f"{value:,.0f}"
    if 0 < abs(value) < 1e-4:
        return f"{value:.1e}"
    return f"{value:#.3g}"


def format_duration(seconds: float) -> str:
    """1:02:03, or 2:03 under an hour."""
    minutes, second = divmod(round(seconds), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02}:{second:02}" if hours else f"{minute}:{second:02}"


def format_headline(figures: Mapping[str, float], estimate: str) -> dict[str, str]:
    """The figures that everyone looks at, where there are such, by readable names.

    They are both losses, the divergence, and where samples grow, their resolution and how far it has faded in.
    """
    keys = ("critic_loss", "generator_loss", estimate)
    shown = {key.replace("_", " "): format_number(figures[key]) for key in keys if key in figures}
    if "resolution" in figures:
        shown["px"] = f"{figures['resolution']:.0f}" + (f" α {figures['alpha']:.2f}" if figures["alpha"] < 1 else "")
    return shown
