from __future__ import annotations

from pathlib import Path

import pytest

from gan_lightning.sample.sampler import Sampler
from gan_lightning.trained.checkpoint import load_generator
from tests.helper.run_directory import DIGITS, RING, make_run


@pytest.fixture(scope="session")
def digits(tmp_path_factory: pytest.TempPathFactory) -> Sampler:
    return Sampler(load_generator(str(make_run(tmp_path_factory.mktemp("digits"), *DIGITS))), batch=16)


@pytest.fixture(scope="session")
def ring(tmp_path_factory: pytest.TempPathFactory) -> Sampler:
    return Sampler(load_generator(str(make_run(tmp_path_factory.mktemp("ring"), *RING))))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path
