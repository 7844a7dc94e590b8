"""`python -m gan_lightning.evaluate`: how good a trained generator is."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from omegaconf import DictConfig

from gan_lightning.config.command import command
from gan_lightning.config.command_line import quote_paths
from gan_lightning.config.validate import resolve_and_validate
from gan_lightning.core import console
from gan_lightning.core.errors import UsageError
from gan_lightning.core.paths import relative_to_cwd
from gan_lightning.core.validation import Count, Index, Positive

if TYPE_CHECKING:
    import torch

    from gan_lightning.data.base import AdversarialDataModule
    from gan_lightning.sample.sampler import Sampler

PATHS = ("run", "checkpoint", "out", "cache", "metric.extractor.weights")
NEIGHBOURS, NEAREST = 10, 6  # samples in the picture, and training images beside each
ENOUGH = 1000  # reals outside the reference from which on fakes are as many


def evaluate(
    *,
    run: str | None = None,
    checkpoint: str | None = None,
    out: str | None = None,
    metric: dict[str, Any] | None = None,
    n_fake: Count | None = None,
    n_real: Count | None = None,
    seed: Index = 0,
    ema: bool = True,
    truncation: Positive | None = None,
    standing: Index = 0,
    truncation_curve: Sequence[Positive] = (),
    device: str = "cpu",
    devices: Count = 1,
    batch: Count | None = None,
    cache: str | None = None,
) -> Path:
    """Scores a trained generator; the parameters are the config's top-level keys.

    Args:
        run: a run's directory, for its last checkpoint; or …
        checkpoint: … one checkpoint file of a run; with a run also best or previous.
        out: where to; None is the run's directory.
        metric: what to score by; None is the run's own.
        n_fake: fakes; None is as many as suit the metric and the data.
        n_real: most reals to hold them against; None is the metric's number.
        seed: of the latents and of random subsets.
        ema: the averaged weights, or those being trained.
        truncation: entries of latents beyond it are drawn again; None leaves them.
        standing: forward passes over which batch norm's statistics are taken anew; 0 keeps those of training.
        curve: thresholds to truncate latents at one after another, and score each.
        device: where networks work.
        devices: how many of them share the work.
        batch: samples made at once; None is as many as the metric looks at at once.
        cache: folder for what was seen of the reals.

    Returns:
        The file of scores.

    Raises:
        UsageError: for input that can't work, in one line, before anything is written.
    """
    from gan_lightning.config.validate import instantiate
    from gan_lightning.core.machine_errors import explain_machine_errors
    from gan_lightning.distributed.launch import run_on_devices
    from gan_lightning.metric import report
    from gan_lightning.metric.base import Metric
    from gan_lightning.metric.evaluator import Evaluator, normalization
    from gan_lightning.metric.reference import n_outside
    from gan_lightning.metric.truncation_curve import CurvePoint, write
    from gan_lightning.nn.labels import num_classes_of
    from gan_lightning.sample.load import load_generator
    from gan_lightning.sample.sampler import Sampler

    def work(here: torch.device | str) -> Path:
        model = load_generator(run, checkpoint, averaged=ema, device=here)
        node = metric or model.config.get("metric")
        if not node or model.config.get("data") is None:
            raise UsageError(
                f"{relative_to_cwd(model.run)} has no metric of its own: choose one, such as metric=efficientnet_lite0"
            )
        measure: Metric = instantiate(node).to(here)
        data: AdversarialDataModule = instantiate(model.config["data"])
        data.setup("fit")
        measure.check(data)
        left = n_outside(data, measure.split)
        fakes = n_fake or (
            measure.n_fake_evaluation if left is None or left < ENOUGH else min(measure.n_fake_evaluation, left)
        )
        place = None if cache is None else Path(cache).expanduser()
        judge = Evaluator(
            measure,
            data,
            n_fake=fakes,
            n_real=n_real,
            full=True,
            seed=seed,
            batch=batch,
            conditional=bool(num_classes_of(model.generator)),
            cache=place,
        )
        normalized = normalization(model.generator, standing)

        def scored(most: float | None) -> tuple[Sampler, CurvePoint, str | None]:
            sampler = Sampler(model, seed=seed, batch=judge.batch, truncation=most, standing=standing)
            scores, broken, collapse = judge(sampler, lambda numbers: sampler.latents(numbers.tolist()))
            if broken:
                raise UsageError(f"{broken} of {fakes:,} samples hold NaN or infinity: there is nothing to score")
            how = [
                judge.passport(one, ema=ema, normalization=normalized, truncation=most, standing=standing)
                for one in scores
            ]
            return sampler, CurvePoint(most, scores, how), collapse

        sampler, point, collapse = scored(None if truncation is None else float(truncation))
        fake = sampler(sampler.latents(range(NEIGHBOURS)))
        others = [scored(float(most))[1] for most in sorted(set(truncation_curve) - {truncation}, reverse=True)]
        folder = Path(out).expanduser() if out else model.run
        if judge.group.rank:
            return folder / report.NAME
        file = report.write(folder, point.scores, judge.real_vs_real, point.passports)
        made = [file, *_picture(data, fake, folder)]
        if others:
            made += write(folder, [point, *others], judge.real_vs_real)
        kind = "averaged weights" if ema else "raw weights"
        told_of = ("" if truncation is None else f", |z| ≤ {truncation:g}") + (
            f", standing {standing}" if standing else ""
        )
        head = f"{relative_to_cwd(model.checkpoint)}, step {model.step:,}, {kind}, seed {seed}{told_of}"
        report.show(head, point.scores, judge, collapse, ", ".join(map(relative_to_cwd, made)))
        return file

    with explain_machine_errors():
        return run_on_devices(work, device, devices)


def _picture(data: AdversarialDataModule, fake: torch.Tensor, folder: Path) -> list[Path]:
    """Samples beside the nearest training images, where there are such."""
    from gan_lightning.data.stream import SampleTable
    from gan_lightning.plot.sample_plot import sample_plot_for
    from gan_lightning.sample.output.neighbours import beside_nearest

    if fake.dim() != 4 or not isinstance(data.train, SampleTable):
        return []
    sample_plot_for(tuple(fake.shape[1:])).table([beside_nearest(data.train.rows, fake, NEAREST)]).save(
        folder / "neighbours.png"
    )
    return [folder / "neighbours.png"]


def _run(config: DictConfig) -> None:
    checked = resolve_and_validate(config, evaluate)
    console.silence_libraries()
    evaluate(**checked)


main = command(
    "evaluate",
    _run,
    preprocess=lambda arguments: quote_paths(arguments, PATHS),
    interrupted="stopped; nothing was written",
)

if __name__ == "__main__":
    main()
