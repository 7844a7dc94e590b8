"""Groups, options and keys that a command line may name: of conf/ and of the person's own config directories."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from hydra import compose, initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.singleton import Singleton
from hydra.errors import HydraException
from omegaconf import DictConfig, open_dict
from omegaconf.errors import OmegaConfBaseException

from gan_lightning.config.validate import CONFIG_DIR

_FILES = "file://"


@dataclass(frozen=True)
class SearchPath:
    """The places that Hydra searches for a command line.

    Attributes:
        name: of the config that is composed.
        places: directories and packages as Hydra names them, the first one first.
    """

    name: str
    places: tuple[str, ...]

    @classmethod
    def of(cls, arguments: Sequence[str]) -> SearchPath:
        """That of a command line, without the program: `--config-dir`, conf/ or `--config-path`, `hydra.searchpath`."""
        own = _option(arguments, "--config-dir", "-cd")
        main = _option(arguments, "--config-path", "-cp") or str(CONFIG_DIR)
        files = [f"{_FILES}{Path(each).absolute()}" for each in (own, main) if each]
        return cls(_option(arguments, "--config-name", "-cn") or "train", (*files, *_typed(arguments)))

    def groups(self) -> set[str]:
        """The names of all groups in directories."""
        return set().union(*map(_folders, self._directories()))

    def own_groups(self) -> set[str]:
        """Those that conf/ has not."""
        return self.groups() - _folders(CONFIG_DIR)

    def options(self, group: str) -> list[str]:
        """The names of a group's options in directories; "" is for the configs beside the groups."""
        return sorted({path.stem for place in self._directories() for path in (place / group).glob("*.yaml")})

    def composed(self, overrides: Sequence[str]) -> tuple[DictConfig, set[str]] | None:
        """The config with as many of the overrides as it takes, options chosen first, and the groups to choose from.

        Sweeps are left out. Whatever Hydra had initialized stays as it was. None: not even the config alone composes.
        """
        typed = [one for one in overrides if "=" in one and ("," not in one or "=[" in one)]
        typed = [one for one in typed if not one.startswith("hydra")]
        options = [one for one in typed if "." not in one.partition("=")[0].partition("@")[0]]
        main = next((place for place in self._directories() if (place / f"{self.name}.yaml").is_file()), CONFIG_DIR)
        more = f"hydra.searchpath=[{','.join(repr(one) for one in self.places if one != f'{_FILES}{main}')}]"
        state = Singleton.get_state()
        try:
            GlobalHydra.instance().clear()
            with initialize_config_dir(str(main), version_base="1.3"):
                for each in (typed, options, []):
                    try:
                        config = compose(self.name, [*each, more], return_hydra_config=True)
                    except (HydraException, OmegaConfBaseException):
                        continue
                    with open_dict(config):
                        choices = config.pop("hydra").runtime.choices
                    return config, {str(key) for key in choices if "@" not in key and "/" not in key}
            return None
        except HydraException:
            return None
        finally:
            Singleton.set_state(state)

    def _directories(self) -> list[Path]:
        found = [Path(place.removeprefix(_FILES)) for place in self.places if place.startswith(_FILES)]
        return [place for place in found if place.is_dir()]


def _option(arguments: Sequence[str], *names: str) -> str | None:
    """The last value of an option, `--name=value` or `--name value`."""
    found = None
    for argument, after in pairwise([*arguments, ""]):
        name, equals, value = argument.partition("=")
        if name in names:
            found = value if equals else after
    return found


def _folders(place: Path) -> set[str]:
    return {path.name for path in place.iterdir() if path.is_dir()}


def _typed(arguments: Sequence[str]) -> list[str]:
    """The last typed `hydra.searchpath`; paths are absolute."""
    typed = [one for one in arguments if one.lstrip("+").startswith("hydra.searchpath=")]
    try:
        value = OverridesParser.create().parse_override(typed[-1]).value() if typed else []
    except HydraException:
        return []
    places = [str(place) for place in value] if isinstance(value, list) else []
    own = (_FILES, "/", ".")
    return [f"{_FILES}{Path(one.removeprefix(_FILES)).absolute()}" if one.startswith(own) else one for one in places]
