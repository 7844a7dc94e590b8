"""`python -m gan_lightning.evaluate`: scores of a trained generator."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from gan_lightning.config.command import command, with_checked_keys
from gan_lightning.config.part import MetricPart
from gan_lightning.core.errors import UsageError
from gan_lightning.core.given_path import given_path
from gan_lightning.core.paths import relative_to_cwd
from gan_lightning.core.translation_direction import TranslationDirection
from gan_lightning.core.validation import BatchSize, Count, Index, LargeCount, NumPasses, Positive

if TYPE_CHECKING:
    import torch

    from gan_lightning.data.base import AdversarialDataModule
    from gan_lightning.sample.sampler import Sampler

NEIGHBOURS, NEAREST = 10, 6  # samples in neighbours.png, and training images beside each
MIN_SPARE_REAL = 1000  # with as many reals outside the reference, there are no more fakes than these


def evaluate(
    *,
    run: str | None = None,
    checkpoint: str | None = None,
    fakes: str | None = None,
    reals: str | None = None,
    save_moments: str | None = None,
    out: str | None = None,
    metric: MetricPart | None = None,
    direction: TranslationDirection = "a_to_b",
    n_fake: LargeCount | None = None,
    n_real: LargeCount | None = None,
    seed: Index = 0,
    ema: bool = True,
    truncation: Positive | None = None,
    standing: NumPasses = 0,
    truncation_curve: Sequence[Positive] = (),
    device: str = "cpu",
    devices: Count = 1,
    batch: BatchSize | None = None,
    cache: str | None = None,
) -> Path | None:
    """Scores a trained generator, or stored samples; the parameters are the config's top-level keys.

    Args:
        run: a run's directory, for its last checkpoint; or …
        checkpoint: … one checkpoint file of a run; with a run also best or previous.
        fakes: in place of a run: a folder of images, an .npy or .npz file of samples, or of moments (mu, sigma).
        reals: likewise, what they are scored against.
        save_moments: .npz file for the moments of the reals' features (of the fakes', if no reals are given).
        out: folder of the results; None: the run's directory, of the direction b_to_a its folder of this name; of
            `fakes`, nowhere.
        metric: config of the metric; None: the run's own.
        direction: of a generator that translates between two domains, a_to_b or b_to_a.
        n_fake: number of fakes; None: the metric's, reduced to the number of spare reals where these are 1,000 or more.
        n_real: largest number of reals to score against; None: the metric's number.
        seed: of the latents and of random subsets.
        ema: the averaged weights, or those being trained.
        truncation: entries of latents beyond it are drawn again; None leaves them.
        standing: forward passes over which batch norm's statistics are taken anew; 0: the metric's (for most, none).
        truncation_curve: thresholds of truncation, each scored.
        device: cpu, cuda, cuda:1, mps, ...
        devices: number of devices that share the work.
        batch: samples made at once; None: the metric's batch.
        cache: folder for statistics of the reals; None: the user's cache folder.

    Returns:
        The file of scores; None if none is written.

    Raises:
        UsageError: for input that can't work, in one line, before anything is written.
    """
    from gan_lightning.config.validate import instantiate
    from gan_lightning.core.machine_errors import explain_machine_errors
    from gan_lightning.distributed.launch import run_on_devices
    from gan_lightning.metric import report
    from gan_lightning.metric.base import Metric
    from gan_lightning.metric.evaluator import Evaluator, normalization
    from gan_lightning.metric.moments_file import write_moments
    from gan_lightning.metric.reference import n_outside
    from gan_lightning.metric.score_files import moments_of_statistics
    from gan_lightning.metric.truncation_curve import CurvePoint, write
    from gan_lightning.nn.labels import is_conditional
    from gan_lightning.nn.standing_statistics import batch_norms
    from gan_lightning.sample.sampler import Sampler
    from gan_lightning.trained.direction import data_in, in_direction
    from gan_lightning.trained.source import load_typed

    if fakes is not None or reals is not None:
        others = {"run": run, "checkpoint": checkpoint, "truncation": truncation, "truncation_curve": truncation_curve}
        others |= {"standing": standing, "ema": not ema, "cache": cache, "direction": direction != "a_to_b"}
        for name, value in others.items():
            if value:
                raise UsageError(f"{name} belongs to a run, and fakes= and reals= are files of samples: leave one out")
        largest = n_fake, n_real
        with explain_machine_errors():
            files = functools.partial(_score_files, fakes, reals, save_moments, out, metric, largest, seed, batch)
            return run_on_devices(files, device, devices)

    def work(here: torch.device | str) -> Path:
        model = in_direction(load_typed(run, checkpoint, averaged=ema, device=here), direction)
        node = metric or model.part("metric")
        data_node = model.part("data")
        if data_node is None:
            raise UsageError(
                f"run={run or checkpoint} does not say what it was trained on: write samples of it "
                "(python -m gan_lightning.sample output=images) and score them, with fakes=FOLDER reals=FOLDER"
            )
        if not node:
            raise UsageError(
                f"{relative_to_cwd(model.run)} has no metric of its own: choose one, such as metric=efficientnet_lite0"
            )
        scorer: Metric = instantiate(node).to(here)
        data: AdversarialDataModule = instantiate(data_node)
        data.setup("fit")
        data = data_in(direction, data)
        scorer.check(data)
        spare, number = n_outside(data, scorer.split), n_fake or scorer.n_fake_evaluation
        if n_fake is None and not scorer.exact_n_fake and spare is not None and spare >= MIN_SPARE_REAL:
            number = min(number, spare)
        evaluator = Evaluator(
            scorer,
            data,
            n_fake=number,
            n_real=n_real,
            full=True,
            seed=seed,
            batch=batch,
            conditional=is_conditional(model.generator),
            cache=None if cache is None else given_path(cache, "cache"),
        )
        passes = standing or (int(getattr(scorer, "standing", 0)) if batch_norms(model.generator) else 0)
        normalized = normalization(model.generator, passes)

        def scored(threshold: float | None) -> tuple[Sampler, CurvePoint, str | None]:
            sampler = Sampler(model, seed=seed, batch=evaluator.batch, truncation=threshold, standing=passes)
            scores, nonfinite, collapse = evaluator(sampler, lambda numbers: sampler.latents(numbers.tolist()))
            if nonfinite:
                raise UsageError(f"{nonfinite} of {number:,} samples hold NaN or infinity: there is nothing to score")
            how = functools.partial(
                evaluator.provenance, ema=ema, normalization=normalized, truncation=threshold, standing=passes
            )
            scores = [dataclasses.replace(score, provenance=how(score)) for score in scores]
            return sampler, CurvePoint(threshold, scores), collapse

        sampler, point, collapse = scored(None if truncation is None else float(truncation))
        fake = sampler(sampler.latents(range(NEIGHBOURS)))
        thresholds = sorted(set(truncation_curve) - {truncation}, reverse=True)
        others = [scored(float(threshold))[1] for threshold in thresholds]
        own = model.run if direction == "a_to_b" else model.run / direction
        folder = given_path(out, "out") if out else own
        if evaluator.group.rank:
            return folder / report.NAME
        if save_moments is not None:
            write_moments(given_path(save_moments, "save_moments"), moments_of_statistics(evaluator.real))
        file = report.write(folder, point.scores)
        files = [file, *_neighbours(data, fake, folder)]
        if others:
            files += write(folder, [point, *others])
        kind = "averaged weights" if ema else "raw weights"
        options = "" if truncation is None else f", |z| ≤ {truncation:g}"
        options += f", standing {passes}" if passes else ""
        options += "" if direction == "a_to_b" else f", {direction}"
        head = f"{model.name}, step {model.step:,}, {kind}, seed {seed}{options}"
        report.show(head, point.scores, evaluator, collapse, ", ".join(map(relative_to_cwd, files)))
        return file

    with explain_machine_errors():
        return run_on_devices(work, device, devices)


def _score_files(
    fakes: str | None,
    reals: str | None,
    save_moments: str | None,
    out: str | None,
    metric: MetricPart | None,
    largest: tuple[int | None, int | None],
    seed: int,
    batch: int | None,
    device: torch.device | str,
) -> Path | None:
    """Scores the samples of two folders or files, or saves the moments of one."""
    from gan_lightning.config.validate import instantiate
    from gan_lightning.distributed.collectives import ProcessGroup
    from gan_lightning.metric import report, score_files
    from gan_lightning.metric.base import Metric
    from gan_lightning.metric.moments_file import write_moments

    if not metric:
        raise UsageError("fakes= and reals= have no metric of their own: choose one, such as metric=inception")
    if save_moments is None and (fakes is None or reals is None):
        raise UsageError("scores take both fakes= and reals=; moments of one of them take save_moments=FILE")
    scorer: Metric = instantiate(metric).to(device)
    sides = [
        None if path is None else score_files.read_side(given_path(path, key), scorer, number, batch)
        for key, path, number in zip(("fakes", "reals"), (fakes, reals), largest, strict=True)
    ]
    if ProcessGroup.current().rank:
        return None
    fake, real = sides
    scores = score_files.score_sides(scorer, fake, real, seed) if fake and real else []
    written: list[Path] = []
    if save_moments is not None and (saved := real or fake) is not None:
        written.append(given_path(save_moments, "save_moments"))
        write_moments(written[0], score_files.moments_of(saved))
    file = report.write(given_path(out, "out"), scores) if out is not None and scores else None
    written += [] if file is None else [file]
    report.show_files([f"{side.name}: {side.size}" for side in sides if side], scores, written)
    return file


def _neighbours(data: AdversarialDataModule, fake: torch.Tensor, folder: Path) -> list[Path]:
    """Writes samples beside their nearest training images; nothing for points and distributions."""
    from gan_lightning.data.sample_source import SampleTable
    from gan_lightning.plot.picture_file import save_png
    from gan_lightning.plot.sample_plot import sample_plot_for
    from gan_lightning.sample.output.neighbours import beside_nearest

    if fake.dim() != 4 or not isinstance(data.train, SampleTable):
        return []
    file = folder / "neighbours.png"
    plot = sample_plot_for(tuple(fake.shape[1:]), bands=data.bands)
    save_png(plot.table([beside_nearest(data.train.rows, fake, NEAREST)]), file)
    return [file]


main = command("evaluate", with_checked_keys(evaluate), interrupted="stopped; nothing was written")

if __name__ == "__main__":
    main()
