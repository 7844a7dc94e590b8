"""Settings that differ between runs: the columns of their table."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gan_lightning.compare.run import Run
from gan_lightning.core.part_name import part_name

MAX_COLUMNS = 6
ABSENT = "–"  # a run without this key

# Paths, monitoring and hardware: none of them changes the training.
_HARDWARE = (
    *("accelerator", "devices", "num_nodes", "threads", "strategy"),
    *("profiler", "log_every_n_steps", "detect_anomaly"),
)
_MONITORING = ("val_check_interval", "limit_val_batches", "max_time", "deterministic", "_target_")
_FREE = (
    *("run_dir", "version", "resume", "optimized_metric", "callback", "logger", "metric", "objective.on_nan"),
    *(f"data.{key}" for key in ("cache", "num_workers", "in_memory_mb", "device")),
    *(f"trainer.{key}" for key in _HARDWARE + _MONITORING),
)


@dataclass(frozen=True)
class Setting:
    """A key that differs between runs: a column of their table.

    Attributes:
        key: dotted, as on the command line; of a component, its group.
        source: the key in a run's config.
        along: other keys that change together with it.
    """

    key: str
    source: str
    along: tuple[str, ...] = ()

    def of(self, run: Run) -> Any:
        """The run's value; of a component, its name in the configs."""
        value = run.config.get(self.source, run.config.get(self.key, ABSENT))
        return part_name(str(value)) if self.source.endswith("_target_") else value


def differing(runs: Iterable[Run]) -> list[str]:
    """Keys whose values differ between runs, except seeds, paths and hardware; in the order of the configs."""
    configs = [run.config for run in runs]
    keys = dict.fromkeys(key for config in configs for key in config if not _is_free(key))
    return [key for key in keys if len({hashable(config.get(key, ABSENT)) for config in configs}) > 1]


def settings(runs: Sequence[Run]) -> list[Setting]:
    """The columns of a table of runs.

    Of the components that differ, those that separate runs that the ones before them do not; of all other keys, those
    that differ between runs with the same components, since the rest follows from the choice of a component. A key
    with the values of another is no column; where there are more than 6, neither is one that changes only together
    with another. Overrides of a sweep's jobs come first.

    Args:
        runs: each with a config.
    """
    keys, typed = differing(runs), {key for run in runs for key in run.typed}
    parts = sorted((key for key in keys if key.endswith("_target_")), key=lambda key: key.count("."))
    chosen: list[str] = []
    for key in parts:
        if _split(runs, [*chosen, key]) > _split(runs, chosen):
            chosen.append(key)
    others = [key for key in keys if key not in parts and _split(runs, [*parts, key]) > _split(runs, parts)]
    others.sort(key=lambda key: (key not in typed, key.count(".")))
    columns = _merged(runs, [*chosen, *others], _repeats)
    if len(columns) > MAX_COLUMNS:
        columns = _merged(runs, list(columns), _in_step)
    named = {key: key.removesuffix("._target_") for key in columns}
    return [Setting(named[key], key, tuple(along)) for key, along in columns.items()]


def hashable(value: Any) -> Hashable:
    """A value of a config as a key; 1 and 1.0 are one value, true is another."""
    if isinstance(value, list):
        return tuple(map(hashable, value))
    return value if isinstance(value, str | None) else (type(value) is bool, value)


def _is_free(key: str) -> bool:
    return key.split(".")[-1] == "seed" or any(key == free or key.startswith(f"{free}.") for free in _FREE)


def _values(runs: Sequence[Run], key: str) -> list[Any]:
    return [run.config.get(key, ABSENT) for run in runs]


def _split(runs: Sequence[Run], keys: Sequence[str]) -> int:
    """The number of classes into which these keys split the runs."""
    return len({tuple(hashable(run.config.get(key, ABSENT)) for key in keys) for run in runs})


def _merged(
    runs: Sequence[Run], keys: Sequence[str], same: Callable[[Sequence[Run], str, str], bool]
) -> dict[str, list[str]]:
    """Keys, each with the later ones that are the same."""
    kept: dict[str, list[str]] = {}
    for key in keys:
        leader = next((k for k in kept if same(runs, k, key)), None)
        if leader is None:
            kept[key] = []
        else:
            kept[leader].append(key)
    return kept


def _repeats(runs: Sequence[Run], key: str, other: str) -> bool:
    """True if the other key has this one's values, or lists that contain them."""
    pairs = zip(_values(runs, key), _values(runs, other), strict=True)
    return all(theirs == ours or (isinstance(theirs, list) and ours in theirs) for ours, theirs in pairs)


def _in_step(runs: Sequence[Run], key: str, other: str) -> bool:
    return _split(runs, [key]) == _split(runs, [other]) == _split(runs, [key, other])


def identity(config: Mapping[str, Any], keys: Sequence[str]) -> Hashable:
    """Hashable values of `keys`: equal for runs that differ by their seed only, if `keys` are all that differ."""
    return tuple(hashable(config.get(key, ABSENT)) for key in keys)
