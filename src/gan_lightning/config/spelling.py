"""Overrides that are typed as other programs take them, each answered with Hydra's spelling."""

from __future__ import annotations

from omegaconf import OmegaConf

from gan_lightning.config.compose import compose_config
from gan_lightning.config.key_names import full_keys
from gan_lightning.core.errors import UsageError, did_you_mean

# Of Hydra; its parser takes any beginning of a long one.
_OPTIONS = (
    *("help", "hydra-help", "version", "cfg", "resolve", "package", "run", "multirun", "shell-completion", "info"),
    *("config-path", "config-name", "config-dir", "experimental-rerun"),
)
_SHORT = ("-h", "-c", "-p", "-r", "-m", "-sc", "-cp", "-cn", "-cd", "-i")
_TAKES_A_VALUE = (
    *("-c", "--cfg", "-p", "--package", "-cp", "--config-path", "-cn", "--config-name", "-cd"),
    *("--config-dir", "--experimental-rerun"),
)


def check_spelling(arguments: list[str], config_name: str) -> None:
    """Checks that each argument is an option of Hydra or `key=value`.

    Args:
        arguments: as typed, without the program.
        config_name: of the command's config, for the names of its keys.

    Raises:
        UsageError: it is not; with what to type.
    """
    before = ""
    for index, argument in enumerate(arguments):
        if before not in _TAKES_A_VALUE:
            _check(argument, arguments[index + 1 :], config_name)
        before = argument


def options_first(arguments: list[str]) -> list[str]:
    """The arguments with Hydra's options before the overrides: its parser takes none between them."""
    options: list[str] = []
    overrides: list[str] = []
    for before, argument in zip(["", *arguments], arguments, strict=False):
        (options if argument.startswith("-") or before in _TAKES_A_VALUE else overrides).append(argument)
    return [*options, *overrides]


def _check(argument: str, rest: list[str], config_name: str) -> None:
    key, equals, value = argument.partition("=")
    after = rest[0] if rest else ""
    spaced = [argument]
    if not equals and after.startswith("=") and not _is_option(key):  # key =value, key = value
        spaced += rest[: 2 if after == "=" else 1]
    elif equals and not value and after and "=" not in after and after[0] not in "-+~":  # key= value
        spaced += [after]
    if len(spaced) > 1:
        raise UsageError(f"{' '.join(spaced)}: no blanks belong around =, type {''.join(spaced)}")
    if key.startswith("-") and not _is_option(key):
        name = key.lstrip("-").replace("-", "_")
        given = value if equals else after if after and "=" not in after and after[0] != "-" else "VALUE"
        known = full_keys(name, OmegaConf.to_container(compose_config(config_name, [])))[:2]  # type: ignore[arg-type]
        if known:
            spelled = " or ".join(f"{one}={given}" for one in known)
            raise UsageError(f"{key} is not an option; keys are typed without dashes: {spelled}")
        raise UsageError(f"{key} is not an option: {did_you_mean(key, [f'--{option}' for option in _OPTIONS])}")
    if key.lstrip("+").startswith("hydra.") and value == "???":  # Hydra meets it late, or not at all
        raise UsageError(f"{argument} is no value: type {key}=VALUE, or leave it out")
    if not key or (not equals and key[0] not in "-~"):
        raise UsageError(f"{argument or repr(argument)} is not key=value: type {key or 'KEY'}={value or 'VALUE'}")


def _is_option(key: str) -> bool:
    long = key.startswith("--") and len(key) > 2 and any(option.startswith(key[2:]) for option in _OPTIONS)
    return long or key in _SHORT
