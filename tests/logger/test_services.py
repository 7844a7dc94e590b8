"""Several loggers at once; those of services that are optional, with a stand-in for the package of each."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from lightning.pytorch.loggers import comet as lightning_comet
from lightning.pytorch.loggers import mlflow as lightning_mlflow
from PIL import Image

from gan_lightning.config.train_config import TrainConfig
from gan_lightning.core.errors import UsageError
from gan_lightning.logger.aim import Aim
from gan_lightning.logger.comet import Comet
from gan_lightning.logger.csv import read
from gan_lightning.logger.mlflow import MLflow
from gan_lightning.train import train
from tests.helper.command import checked

SMALL = ("data=ring8", "model=mlp_small", "model.generator.width=8", "model.critic.width=8", "data.batch_size=8")
SMALL += ("metric=none", "trainer.accelerator=cpu", "trainer.log_every_n_steps=2", "callback.summary=null")


class Run:
    """What a service has of a run."""

    def __init__(self, id: str) -> None:
        self.id, self.params, self.metrics = id, {}, {}
        self.images: list[tuple[str, int]] = []
        self.files: list[str] = []
        self.ended = ""


class Services:
    """Runs of all services, by id, and the arguments that their clients were made with."""

    def __init__(self) -> None:
        self.runs: dict[str, Run] = {}
        self.given: dict[str, Any] = {}

    def new(self) -> Run:
        run = Run(f"run{len(self.runs)}")
        self.runs[run.id] = run
        return run


def module(monkeypatch: pytest.MonkeyPatch, name: str, **content: Any) -> None:
    made = ModuleType(name)
    vars(made).update(content)
    monkeypatch.setitem(sys.modules, name, made)
    parent, _, child = name.rpartition(".")
    if parent:
        setattr(sys.modules[parent], child, made)


@pytest.fixture
def services(monkeypatch: pytest.MonkeyPatch) -> Services:
    """Stand-ins of mlflow, comet_ml and aim, as far as Lightning's loggers, Aim's and ours use them."""
    known = Services()
    _add_mlflow(known, monkeypatch)
    _add_comet(known, monkeypatch)
    _add_aim(known, monkeypatch)
    return known


def _add_mlflow(known: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    class Client:
        def __init__(self, uri: str) -> None:
            known.given["mlflow"] = {"uri": uri}

        def get_experiment_by_name(self, name: str) -> Any:
            return SimpleNamespace(experiment_id=name, lifecycle_stage="active")

        def create_run(self, experiment_id: str, tags: dict[str, str]) -> Any:
            known.given["mlflow"] |= {"experiment": experiment_id, **tags}
            return SimpleNamespace(info=SimpleNamespace(run_id=known.new().id, experiment_id=experiment_id))

        def get_run(self, run_id: str) -> Any:
            info = SimpleNamespace(run_id=run_id, experiment_id="gan_lightning")
            return SimpleNamespace(info=info, data=SimpleNamespace(params=known.runs[run_id].params))

        def log_batch(self, run_id: str, metrics: Any = (), params: Any = ()) -> None:
            for one in metrics:
                known.runs[run_id].metrics[one.key, one.step] = one.value
            for one in params:  # as MLflow, it takes a parameter once
                assert known.runs[run_id].params.setdefault(one.key, one.value) == one.value

        def log_image(self, run_id: str, image: Any, key: str, step: int) -> None:
            assert image.ndim == 3
            known.runs[run_id].images.append((key, step))

        def log_artifact(self, run_id: str, path: str) -> None:
            known.runs[run_id].files.append(Path(path).name)

        def set_terminated(self, run_id: str, status: str) -> None:
            known.runs[run_id].ended = status

    module(monkeypatch, "mlflow", set_tracking_uri=lambda uri: None)
    module(monkeypatch, "mlflow.utils")
    module(monkeypatch, "mlflow.utils.mlflow_tags", MLFLOW_RUN_NAME="name")
    module(monkeypatch, "mlflow.entities", Metric=SimpleNamespace, Param=SimpleNamespace)
    module(monkeypatch, "mlflow.tracking", MlflowClient=Client)
    module(monkeypatch, "mlflow.tracking.context", resolve_tags=lambda tags: tags)
    monkeypatch.setattr(lightning_mlflow, "_MLFLOW_AVAILABLE", True)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)


def _add_comet(known: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    class Experiment:
        project_name = "gan_lightning"

        def __init__(self, run: Run) -> None:
            self.run = run

        def get_key(self) -> str:
            return self.run.id

        def log_other(self, *_: Any) -> None: ...

        def log_image(self, image: Image.Image, name: str, step: int) -> None:
            self.run.images.append((name, step))

        def flush(self) -> None: ...

        def end(self) -> None:
            self.run.ended = "ended"

    def log_parameters(self: Experiment, parameters: dict[str, Any], **_: Any) -> None:
        self.run.params.update(parameters)

    def log_metrics(self: Experiment, metrics: dict[str, float], step: int, **_: Any) -> None:
        self.run.metrics.update({(name, step): float(value) for name, value in metrics.items()})

    setattr(Experiment, "__internal_api__log_parameters__", log_parameters)  # noqa: B010  names that Python mangles
    setattr(Experiment, "__internal_api__log_metrics__", log_metrics)  # noqa: B010
    setattr(Experiment, "__internal_api__set_model_graph__", lambda self, graph, framework: None)  # noqa: B010

    def start(experiment_key: str | None, **given: Any) -> Experiment:
        config = given.pop("experiment_config")
        assert not vars(config).get("disabled")
        known.given["comet"] = {**given, **vars(config)}
        return Experiment(known.runs[experiment_key] if experiment_key else known.new())

    key = {"comet.api_key": None}
    module(monkeypatch, "comet_ml", start=start, ExperimentConfig=SimpleNamespace, get_config=key.get)
    monkeypatch.setattr(lightning_comet, "_COMET_AVAILABLE", True)
    for name in ("COMET_LOGGING_CONSOLE", "COMET_ERROR_TRACKING_ENABLE", "COMET_DISABLE_AUTO_LOGGING"):
        monkeypatch.setenv(name, "")  # they are undone after the test


def _add_aim(known: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    class AimRun:
        def __init__(self, run: Run) -> None:
            self.run, self.hash = run, run.id

        def __len__(self) -> int:  # as of Aim's runs: of no use as a truth value
            return 0

        def track(self, value: Any, name: str, step: int) -> None:
            if isinstance(value, float | int):
                self.run.metrics[name, step] = value
            else:
                self.run.images.append((name, step))

    class Logger:
        def __init__(self, run_hash: str | None, **given: Any) -> None:
            known.given["aim"] = given
            self._run_hash, self._run, self.name = run_hash, None, given["experiment"]

        @property
        def experiment(self) -> AimRun:
            if self._run is None:
                self._run = AimRun(known.runs[self._run_hash] if self._run_hash else known.new())
                self._run_hash = self._run.hash
            return self._run

        def log_hyperparams(self, params: dict[str, Any]) -> None:
            self.experiment.run.params.update(params)

        def log_metrics(self, metrics: dict[str, float], step: int) -> None:
            for name, value in metrics.items():
                self.experiment.track(value, name, step)

        def finalize(self, status: str) -> None:
            if self._run is not None:
                self._run.run.ended = status
                self._run = None

    module(monkeypatch, "aim", Image=lambda image: ("image", image.size))
    module(monkeypatch, "aim.pytorch_lightning", AimLogger=Logger)


def rows(path: Path) -> dict[tuple[str, int], float]:
    table = read(path / "metrics.csv")
    return {(name, int(row["step"])): row[name] for row in table for name in row if name != "step"}


@pytest.mark.training
def test_all_loggers_get_the_same(services: Services, tmp_path: Path) -> None:
    path = tmp_path / "runs" / "one"
    chosen = (*SMALL, "logger=[csv,tensorboard,mlflow,comet,aim]", f"run_dir={path}")
    train(TrainConfig(**checked(*chosen, "trainer.max_steps=4")))
    assert len(services.runs) == 3
    logged = rows(path)
    assert {step for _, step in logged} == {1, 2, 4}
    for run in services.runs.values():
        assert run.metrics == pytest.approx(logged)
        assert run.images == [("samples", 0), ("samples", 4), ("curves", 4)]
        assert run.ended in ("FINISHED", "ended", "success")
    comet, mlflow, aim = services.runs.values()  # in the order in which they start
    assert mlflow.params["objective/gp_weight"] == "10.0"
    assert comet.params["objective"]["gp_weight"] == aim.params["objective"]["gp_weight"] == 10.0
    assert "objective" in (path / "tensorboard" / "hparams.yaml").read_text()
    assert mlflow.files == ["film.gif"]
    assert services.given["mlflow"]["uri"] == f"sqlite:///{path.parent.resolve()}/mlflow.db"
    assert services.given["mlflow"]["name"] == services.given["comet"]["name"] == "one"
    assert services.given["comet"]["online"] is False
    assert services.given["aim"]["repo"] == str(path.parent.resolve())

    train(TrainConfig(**checked(*chosen, "trainer.max_steps=6", "resume=auto")))
    assert len(services.runs) == 3  # the same runs
    for run in services.runs.values():
        assert run.metrics == pytest.approx(rows(path))
        assert {step for _, step in run.metrics} == {1, 2, 4, 6}
    assert mlflow.params["trainer/max_steps"] == "4"  # MLflow keeps what it has


@pytest.mark.parametrize(("logger", "package"), [(MLflow, "mlflow"), (Comet, "comet_ml"), (Aim, "aim")])
def test_a_missing_package_is_named(
    logger: Any, package: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(UsageError, match=rf'{package} is not installed: pip install "gan_lightning\[\w+\]"'):
        logger(directory=str(tmp_path / "run"))
    assert not (tmp_path / "run").exists()


def test_comet_online_needs_a_key(services: Services, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="logger.comet.offline=false needs a key"):
        Comet(directory=str(tmp_path), offline=False)
    assert not services.runs


def test_a_store_that_cannot_be_opened(services: Services, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def closed(uri: str) -> None:
        raise OSError(f"no store at {uri}")

    monkeypatch.setattr(sys.modules["mlflow.tracking"], "MlflowClient", closed)
    with pytest.raises(UsageError, match="logger=mlflow could not start: no store at http://nowhere"):
        MLflow(directory=str(tmp_path), tracking_uri="http://nowhere")


def test_a_logger_switched_off_and_one_of_ones_own() -> None:
    assert checked("logger=[csv,tensorboard]", "logger.csv=null")["logger"]["csv"] is None
    config = checked("logger=none", "+logger._target_=gan_lightning.logger.csv.CSV", "+logger.directory=here")
    assert config["logger"]["directory"] == "here"
    with pytest.raises(UsageError, match="logger.csv.wrong is not a key of CSV"):
        checked("logger=[csv,tensorboard]", "+logger.csv.wrong=1")
