"""One measurement: a game played in one way, as a line of the table."""

from __future__ import annotations

import contextlib
import io
import tempfile
from collections.abc import Callable

import torch

from benchmarks.gpu.games import LIGHTNING, Game, Way, use_tf32
from benchmarks.gpu.meter import Meter, OutOfTime, Timed, time_limit
from benchmarks.step import drawn
from benchmarks.timing import Line
from gan_lightning.data.placement import DataDevice
from gan_lightning.data.tensor_data import TensorData
from gan_lightning.trainer.default import build

ENDLESS = 10**6  # steps


def measured(game: Game, way: Way, device: str, seconds: float, limit: float, plain: dict[str, float]) -> Line:
    """A line of the table.

    Args:
        game: is played.
        way: how.
        device: cpu or cuda.
        seconds: on the clock.
        limit: seconds for everything.
        plain: ms of this game's plain loops by precision; those measured here are added.
    """
    begun: Line = {"case": game.case.name, "way": way.name, "precision": way.precision}
    (line,) = noted(lambda: begun | _measured(game, way, device, seconds), limit, begun)
    if way.name == "plain loop" and "ms" in line:
        plain[way.precision] = line["ms"]
    if "ms" in line:
        line |= {
            name: plain[of] / line["ms"] for name, of in (("ratio", "fp32"), ("same", way.precision)) if of in plain
        }
    return line


def noted(measure: Callable[[], Line | list[Line]], limit: float, begun: Line) -> list[Line]:
    """The lines of a measurement; if it fails or takes too long, the line that was begun, with a note."""
    if limit <= 0:
        return [begun | {"note": "left out: no time is left"}]
    try:
        with time_limit(limit):
            found = measure()
    except OutOfTime as error:
        return [begun | {"note": str(error)}]
    except Exception as error:  # one that fails must not end the others
        return [begun | {"note": f"{type(error).__name__}: {' '.join(str(error).split())[:300]}"}]
    finally:
        if torch.cuda.is_available():
            torch.cuda.empty_cache()
    return found if isinstance(found, list) else [found]


def _measured(game: Game, way: Way, device: str, seconds: float) -> Line:
    use_tf32(way.precision == "tf32")
    torch.manual_seed(0)
    networks, samples, meter = game.case.networks(game.case.shape), game.case.samples(), Meter(device, seconds)
    module = game.ours(networks)
    if way.name == "plain loop":
        numbers = drawn(samples, game.case.batch, module.latent_dim, device)
        loop = game.plain(networks, numbers, device, way.precision)
        while True:
            loop.step()
            if meter.step_ended():
                return meter.line
    placed: DataDevice = "cuda" if way.name == "data on GPU" else "cpu"
    with tempfile.TemporaryDirectory() as folder:
        trainer = build(
            max_steps=ENDLESS,
            accelerator=device,
            precision=LIGHTNING[way.precision],
            compile=way.name == "compile",
            cuda_graph=way.name == "graph",
            default_root_dir=folder,
            callbacks=[Timed(meter)],
        )
        with contextlib.redirect_stderr(io.StringIO()):
            trainer.fit(module, datamodule=TensorData(samples, batch_size=game.case.batch, device=placed))
    return meter.line
