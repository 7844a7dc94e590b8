"""`python -m gan_lightning.new`: the smallest project with a network and a loss of its own."""

from __future__ import annotations

import argparse
import importlib.util
import keyword
import sys
from collections.abc import Sequence
from pathlib import Path

from gan_lightning.config.version_option import is_version_asked
from gan_lightning.core.atomic_file import write_text
from gan_lightning.core.console import exit_with_error
from gan_lightning.core.errors import UsageError
from gan_lightning.core.given_path import given_path
from gan_lightning.core.output import drop_failed_output

TEMPLATE = Path(__file__).parent / "template"
PLACEHOLDER = "myproject"  # the name of the package in the template, a project that works as it stands


def new(directory: Path) -> list[Path]:
    """Writes the project; its package has the directory's name.

    Args:
        directory: of the project: new, or empty.

    Returns:
        The files.

    Raises:
        UsageError: the name is no name for a Python package, or is taken; the directory holds something.
    """
    name = directory.absolute().name
    if not name.isidentifier() or keyword.iskeyword(name):
        raise UsageError(f"{name} can't name a Python package: take letters, digits and _, such as my_gan")
    if importlib.util.find_spec(name) is not None:
        raise UsageError(f"{name} is the name of a Python package that is installed already: take another")
    if directory.exists() and (not directory.is_dir() or any(directory.iterdir())):
        raise UsageError(f"{directory} exists already: take another name, or remove it")
    written = []
    try:
        for source in sorted(TEMPLATE.rglob("*")):
            if not source.is_file() or "__pycache__" in source.parts:
                continue
            relative = source.relative_to(TEMPLATE).as_posix().replace(PLACEHOLDER, name)
            target = directory / relative
            target.parent.mkdir(parents=True, exist_ok=True)
            write_text(target, source.read_text(encoding="utf-8").replace(PLACEHOLDER, name))
            written.append(target)
    except OSError as error:
        raise UsageError(f"{directory} can't be written ({error.strerror}): take another place") from error
    return written


def main(arguments: Sequence[str] | None = None) -> None:
    """The command; exits with 0, or with 1 after a one-line error."""
    drop_failed_output()
    if is_version_asked(sys.argv[1:] if arguments is None else arguments):
        return
    parser = argparse.ArgumentParser(
        prog="python -m gan_lightning.new",
        description="Writes the smallest project of your own: a generator, a loss, their configs and a test.",
    )
    parser.add_argument("directory", help="of the project, such as my_gan; its name is that of the package")
    typed = parser.parse_args(arguments).directory
    try:
        directory = given_path(typed, "directory")
        files = new(directory)
    except UsageError as error:
        exit_with_error(error)
    for file in files:
        print(file)
    print(f"\ncd {directory}\npython -m gan_lightning.train --config-dir conf experiment=mine    # a minute\npytest")


if __name__ == "__main__":
    main()
