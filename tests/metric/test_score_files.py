"""Scores of folders, arrays and moments; the oracles are torch-fidelity and pytorch-fid's formula."""

from __future__ import annotations

import json
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.linalg
import torch
from hydra import compose, initialize_config_dir
from PIL import Image

from gan_lightning.config.path_keys import quote_paths
from gan_lightning.config.validate import CONFIG_DIR, resolve_and_validate
from gan_lightning.core.errors import UsageError
from gan_lightning.evaluate import evaluate
from gan_lightning.extractor import Digits
from gan_lightning.metric import Moments
from gan_lightning.metric.functional import frechet_distance
from gan_lightning.metric.moments_file import read_moments, write_moments
from gan_lightning.metric.provenance import Provenance
from gan_lightning.metric.stored_samples import StoredSamples
from tests.extractor.test_inception import weights  # noqa: F401


def evaluated(*overrides: str, out: Path | None = None) -> list[dict[str, Any]]:
    """The entries of scores.json; none if it is not written."""
    more = [] if out is None else [f"out={out}"]
    with initialize_config_dir(str(CONFIG_DIR), version_base="1.3"):
        config = compose("evaluate", quote_paths([*overrides, *more]))
        file = evaluate(**resolve_and_validate(config, evaluate))
    entries: list[dict[str, Any]] = [] if file is None else json.loads(file.read_text())
    return entries


def drawn(n: int, low: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(low, 256, (n, 28, 28, 3), dtype=np.uint8)


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    root = tmp_path_factory.mktemp("it's, a=b")
    for name, n, low in (("fakes", 90, 60), ("reals", 80, 0)):
        (root / name / "inner").mkdir(parents=True)
        for k, image in enumerate(drawn(n, low, n)):
            size = (28, 28) if k % 3 else (31, 40)  # of several sizes
            Image.fromarray(image).resize(size).save(root / name / ("inner" if k % 2 else "") / f"{k:03}.png")
    return root / "fakes", root / "reals"


def test_samples_as_stored(folders: tuple[Path, Path], tmp_path: Path) -> None:
    samples = StoredSamples(folders[0])
    parts = list(samples.parts(torch.arange(5), 2))
    assert sum(map(len, parts)) == 5
    assert {tuple(part.shape[1:]) for part in parts} == {(3, 28, 28), (3, 40, 31)}
    array = drawn(7, 0, 1)
    np.savez(tmp_path / "a.npz", array)
    np.save(tmp_path / "b.npy", array.transpose(0, 3, 1, 2))
    for file in ("a.npz", "b.npy"):
        (part,) = StoredSamples(tmp_path / file).parts(torch.arange(7), 9)
        assert torch.equal(part, torch.from_numpy(array.transpose(0, 3, 1, 2).copy()))
    assert samples.name != StoredSamples(folders[1]).name
    assert samples.name == StoredSamples(folders[0]).name


@pytest.mark.training
def test_folders_arrays_and_moments_have_one_score(folders: tuple[Path, Path], tmp_path: Path) -> None:
    fakes, reals = folders
    found = evaluated(f"fakes={fakes}", f"reals={reals}", "metric=digits", out=tmp_path / "1")
    digits, features = Digits(), []
    for samples in map(StoredSamples, folders):
        features.append(torch.cat([digits(part).features for part in samples.parts(torch.arange(len(samples)), 8)]))
    expected = frechet_distance(Moments.of(features[1]), Moments.of(features[0]))
    assert found[0]["name"] == "frechet/digits"
    assert found[0]["value"] == pytest.approx(expected, rel=1e-12)
    provenance = Provenance.from_dict(found[0]["provenance"])
    assert provenance.data.startswith("reals ")
    assert (provenance.split, provenance.n_real, provenance.n_fake) == ("files", 80, 90)
    assert (provenance.ema, provenance.normalization) == (None, None)
    assert {entry["name"] for entry in found} >= {"kid/digits", "precision/digits", "repeat_rate"}

    assert evaluated(f"reals={reals}", f"save_moments={tmp_path / 'm.npz'}", "metric=digits") == []
    with np.load(tmp_path / "m.npz") as file:
        mean, covariance = file["mu"], file["sigma"]
    theirs = features[1].double().numpy()  # pytorch-fid's own two lines
    np.testing.assert_allclose(mean, np.mean(theirs, axis=0), rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(covariance, np.cov(theirs, rowvar=False), rtol=1e-9, atol=1e-12)
    against = (f"fakes={fakes}", f"reals={tmp_path / 'm.npz'}", "metric=digits")
    (alone,) = evaluated(*against, out=tmp_path / "2")
    assert alone["value"] == pytest.approx(expected, rel=1e-12)
    assert alone["provenance"]["n_real"] == 80
    np.savez(tmp_path / "theirs.npz", mu=mean, sigma=covariance)
    (unknown,) = evaluated(f"fakes={fakes}", f"reals={tmp_path / 'theirs.npz'}", "metric=digits", out=tmp_path / "3")
    assert unknown["value"] == pytest.approx(expected, rel=1e-12)
    assert unknown["provenance"]["n_real"] is None
    other = np.cov(features[0].double().numpy(), rowvar=False)
    shift = features[0].double().mean(0).numpy() - mean
    formula = shift @ shift + np.trace(other + covariance - 2 * scipy.linalg.sqrtm(other @ covariance).real)
    assert unknown["value"] == pytest.approx(formula, rel=1e-4)


@pytest.mark.training
@pytest.mark.filterwarnings("ignore:Fréchet distance of")
def test_equal_to_torch_fidelity_on_the_same_folders(weights: Path, tmp_path: Path) -> None:  # noqa: F811
    torch_fidelity = pytest.importorskip("torch_fidelity")
    for name, low in (("fakes", 90), ("reals", 0)):
        (tmp_path / name).mkdir()
        for k, image in enumerate(drawn(6, low, low)):
            Image.fromarray(image).save(tmp_path / name / f"{k}.png")
    theirs = torch_fidelity.calculate_metrics(
        input1=str(tmp_path / "fakes"),
        input2=str(tmp_path / "reals"),
        fid=True,
        kid=True,
        kid_subset_size=6,
        kid_subsets=1,
        isc=True,
        isc_splits=1,
        feature_extractor_weights_path=str(weights),
        cuda=False,
        batch_size=6,
        save_cpu_ram=True,
        verbose=False,
        cache=False,
    )
    found = evaluated(
        f"fakes={tmp_path / 'fakes'}",
        f"reals={tmp_path / 'reals'}",
        "metric=inception",
        f"metric.extractor.weights={weights}",
        "metric.extractor.batch_size=6",
        out=tmp_path,
    )
    ours = {entry["name"].partition("/")[0]: entry["value"] for entry in found}
    assert ours["frechet"] == pytest.approx(theirs["frechet_inception_distance"], rel=1e-4)
    # theirs is the difference of sums in single precision
    assert ours["kid"] == pytest.approx(theirs["kernel_inception_distance_mean"], rel=1e-3)
    assert ours["classifier_score"] == pytest.approx(theirs["inception_score_mean"], rel=1e-4)


def test_moments_files_that_cannot_be(tmp_path: Path) -> None:
    moments = Moments.of(torch.randn(9, 3))
    write_moments(tmp_path / "new" / "m.npz", moments)
    found = read_moments(tmp_path / "new" / "m.npz")
    assert found.n == 9
    torch.testing.assert_close(found.moments.covariance, moments.covariance, rtol=1e-14, atol=0)
    np.savez(tmp_path / "shape.npz", mu=np.zeros(3), sigma=np.eye(4))
    np.savez(tmp_path / "nan.npz", mu=np.full(3, np.nan), sigma=np.eye(3))
    np.savez(tmp_path / "pickle.npz", mu=np.array([object()]), sigma=np.eye(1))
    for name, says in (("shape", r"give \[d\] and \[d, d\]"), ("nan", "NaN or infinity"), ("pickle", "can't be read")):
        with pytest.raises(UsageError, match=says):
            read_moments(tmp_path / f"{name}.npz")
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match="can't be written"):
        write_moments(tmp_path / "file" / "m.npz", moments)


@pytest.mark.training
@pytest.mark.parametrize(
    ("overrides", "says"),
    [
        ("fakes=FAKES reals=REALS", "no metric of their own: choose one"),
        ("fakes=FAKES metric=digits", "scores take both fakes= and reals="),
        ("fakes=FAKES reals=nowhere metric=digits", "nowhere does not exist"),
        ("fakes=FAKES reals=EMPTY metric=digits", "holds no samples"),
        ("fakes=FAKES reals=BROKEN metric=digits", "can't be read as an image"),
        ("fakes=FAKES reals=TWO metric=digits", "holds the arrays a, b: give a file with a single one"),
        ("fakes=FAKES reals=TEXT metric=digits", "can't be read as a folder of images, .npy or .npz file"),
        ("fakes=FAKES reals=OTHER metric=digits", "these moments are of|real has 3 features and fake 64"),
        ("fakes=FAKES reals=OTHER metric=points", "fakes holds images, and this metric scores points"),
        ("fakes=OTHER reals=OTHER metric=points", "moments have a Fréchet distance only"),
        ("fakes=FAKES reals=REALS metric=digits run=x", "run belongs to a run"),
        ("fakes=FAKES reals=REALS metric=digits truncation=1", "truncation belongs to a run"),
        ("fakes=FAKES reals=REALS metric=digits ema=false", "ema belongs to a run"),
    ],
)
def test_refusals_are_one_line(folders: tuple[Path, Path], tmp_path: Path, overrides: str, says: str) -> None:
    (tmp_path / "EMPTY").mkdir()
    (tmp_path / "BROKEN").mkdir()
    (tmp_path / "BROKEN" / "0.png").write_bytes(b"no image")
    (tmp_path / "TEXT").write_text("no array")
    np.savez(tmp_path / "TWO.npz", a=np.zeros(1), b=np.zeros(1))
    np.savez(tmp_path / "OTHER.npz", mu=np.zeros(3), sigma=np.eye(3))
    places = {"FAKES": folders[0], "REALS": folders[1]}
    places |= {name: tmp_path / name for name in ("EMPTY", "BROKEN", "TEXT")}
    places |= {name: tmp_path / f"{name}.npz" for name in ("TWO", "OTHER")}
    arguments = []
    for argument in overrides.split():
        key, _, value = argument.partition("=")
        arguments.append(f"{key}={places.get(value, value)}")
    with pytest.raises(UsageError, match=says) as refusal:
        evaluated(*arguments, out=tmp_path / "out")
    assert "\n" not in str(refusal.value)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("names", [["a"], ["a", "b"]])
def test_an_archive_is_closed(names: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    np.savez(tmp_path / "a.npz", **{name: drawn(1, 0, 0) for name in names})
    opened, load = [], np.load
    monkeypatch.setattr(np, "load", lambda *args, **kwargs: opened.append(load(*args, **kwargs)) or opened[-1])
    with nullcontext() if len(names) == 1 else pytest.raises(UsageError, match="a single one"):
        StoredSamples(tmp_path / "a.npz")
    (archive,) = opened
    assert archive.zip is None


def test_grey_of_sixteen_bits_is_scaled_not_cut_off(tmp_path: Path) -> None:
    for name, values in (("deep", np.full((8, 8), 100 * 257, np.uint16)), ("flat", np.full((8, 8), 100, np.uint8))):
        (tmp_path / name).mkdir()
        Image.fromarray(values).save(tmp_path / name / "0.png")
        (part,) = StoredSamples(tmp_path / name).parts(torch.arange(1), 1)
        assert (part == 100).all()
