"""What tells runs apart."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gan_lightning.compare.run import Run

MOST = 6  # columns of a table
ABSENT = "–"  # a part that has no such key

# Where things are, who watches, and on what it is computed: none of it changes what is learnt.
_COMPUTED_ON = (
    *("accelerator", "devices", "num_nodes", "threads", "strategy"),
    *("profiler", "log_every_n_steps", "detect_anomaly"),
)
_WATCHED = ("val_check_interval", "limit_val_batches", "max_time", "deterministic", "_target_")
_FREE = (
    *("run_dir", "version", "resume", "optimized_metric", "callback", "logger", "metric", "objective.on_nan"),
    *(f"data.{key}" for key in ("cache", "num_workers", "in_memory_mb")),
    *(f"trainer.{key}" for key in _COMPUTED_ON + _WATCHED),
)


@dataclass(frozen=True)
class Setting:
    """A key that differs between runs: a column of their table.

    Attributes:
        key: dotted, as it is typed; of a part, the key it is chosen by.
        source: the key in a run's config.
        along: other keys that change with it.
    """

    key: str
    source: str
    along: tuple[str, ...] = ()

    def of(self, run: Run) -> Any:
        """The run's value; of a part, its name in the configs."""
        value = run.config.get(self.source, run.config.get(self.key, ABSENT))
        return str(value).split(".")[-2] if self.source.endswith("_target_") and "." in str(value) else value


def differing(runs: Iterable[Run]) -> list[str]:
    """Keys whose values differ between runs, without seeds, places and machines; in the order of the configs."""
    configs = [run.config for run in runs]
    keys = dict.fromkeys(key for config in configs for key in config if not _is_free(key))
    return [key for key in keys if len({hashable(config.get(key, ABSENT)) for config in configs}) > 1]


def settings(runs: Sequence[Run]) -> list[Setting]:
    """The columns that tell runs apart.

    Of the parts that differ, those that tell apart what the ones before them do not; of all other keys, those that
    differ between runs of the same parts, since the rest comes with the choice of a part. A key that repeats another
    one's values is no column of its own; where there are more than 6, neither is one that changes only when another
    does. Keys that were typed for the jobs of a sweep come first.

    Args:
        runs: with a config each.
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
    if len(columns) > MOST:
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
    """Into how many classes these keys split the runs."""
    return len({tuple(hashable(run.config.get(key, ABSENT)) for key in keys) for run in runs})


def _merged(
    runs: Sequence[Run], keys: Sequence[str], same: Callable[[Sequence[Run], str, str], bool]
) -> dict[str, list[str]]:
    """Keys, each with those after it that are the same."""
    kept: dict[str, list[str]] = {}
    for key in keys:
        leader = next((k for k in kept if same(runs, k, key)), None)
        if leader is None:
            kept[key] = []
        else:
            kept[leader].append(key)
    return kept


def _repeats(runs: Sequence[Run], key: str, other: str) -> bool:
    """Whether the other key has this one's values, or lists with them in."""
    pairs = zip(_values(runs, key), _values(runs, other), strict=True)
    return all(theirs == ours or (isinstance(theirs, list) and ours in theirs) for ours, theirs in pairs)


def _in_step(runs: Sequence[Run], key: str, other: str) -> bool:
    return _split(runs, [key]) == _split(runs, [other]) == _split(runs, [key, other])


def identity(config: Mapping[str, Any], keys: Sequence[str]) -> Hashable:
    """Equal for runs that differ by their seed only, where `keys` are all that differ."""
    return tuple(hashable(config.get(key, ABSENT)) for key in keys)
