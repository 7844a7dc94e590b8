"""The main() that every command shares: compose, run, and one line for what went wrong."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import hydra
from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig

from gan_lightning.config.explain import explain_hydra_error
from gan_lightning.config.path_keys import quote_paths
from gan_lightning.config.renamed import check_renamed
from gan_lightning.config.search_path import SearchPath
from gan_lightning.config.spelling import check_spelling, options_first
from gan_lightning.config.sweep_file import no_sweep_file
from gan_lightning.config.trust import take_trust
from gan_lightning.config.validate import CONFIG_DIR, resolve_and_validate
from gan_lightning.config.version_option import is_version_asked
from gan_lightning.core.console import exit_with_error, print_rank_zero, silence_libraries
from gan_lightning.core.errors import UsageError
from gan_lightning.core.output import drop_failed_output
from gan_lightning.core.paths import show_paths_from


def with_checked_keys(function: Callable[..., Any]) -> Callable[[DictConfig], None]:
    """The run of a command whose config's keys are the arguments of `function`, checked by its signature."""

    def run(config: DictConfig) -> None:
        checked = resolve_and_validate(config, function)
        silence_libraries()
        function(**checked)

    return run


def command(
    config_name: str,
    run: Callable[[DictConfig], Any],
    *,
    preprocess: Callable[[list[str]], list[str]] = list,
    context: Callable[[], AbstractContextManager[object]] = no_sweep_file,
    interrupted: str = "stopped",
) -> Callable[[], None]:
    """Makes the main() of a command. Its exit codes: 0; 1 after one line that says what was wrong; 130 after Ctrl-C.

    Args:
        config_name: of the file in conf/ that is composed.
        run: takes the composed config; its return value is a sweeper's.
        preprocess: rewrites the arguments before Hydra reads them.
        context: is entered around everything that Hydra does.
        interrupted: is printed after Ctrl-C.
    """
    composed: list[DictConfig] = []
    typed: list[str] = []

    @hydra.main(version_base="1.3", config_path=str(CONFIG_DIR), config_name=config_name)
    def job(config: DictConfig) -> Any:
        composed.append(config)
        if HydraConfig.get().job.chdir:
            show_paths_from(HydraConfig.get().runtime.cwd)
        sys.argv[1:] = typed  # what Lightning starts the other ranks with
        # Hydra reports what its jobs raise in many lines of its own, so ours end the program in here.
        try:
            return run(config)
        except UsageError as error:
            exit_with_error(error)

    def main() -> None:
        drop_failed_output()
        if is_version_asked(sys.argv[1:]):
            return
        logging.getLogger("alembic").setLevel(logging.WARNING)  # of Optuna's storage, which we don't use
        os.environ.setdefault("HYDRA_FULL_ERROR", "1")  # raise errors of composing, for `explain_hydra_error`
        try:
            check_renamed(sys.argv[1:])
            check_spelling(sys.argv[1:], config_name)
            typed[:] = sys.argv[1:]
            sys.argv[1:] = options_first(quote_paths(preprocess(take_trust(typed))))
            sys.path.append(os.getcwd())  # of the console scripts; `python -m` searches it for own modules, too
            with context():
                job()
        except KeyboardInterrupt:
            print_rank_zero(interrupted)
            raise SystemExit(130) from None
        except UsageError as error:
            exit_with_error(error)
        except Exception as error:
            if composed:
                raise
            search = SearchPath.of([f"--config-name={config_name}", *sys.argv[1:]])
            exit_with_error(explain_hydra_error(error, sys.argv[1:], search))

    return main
