"""`python -m gan_lightning`: lists the commands."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from gan_lightning.core.console import exit_with_error
from gan_lightning.core.errors import UsageError, did_you_mean
from gan_lightning.core.output import drop_failed_output
from gan_lightning.version import __version__

COMMANDS = {
    "train": "trains a generative adversarial network, or many (-m)",
    "sample": "makes samples of a trained generator",
    "evaluate": "scores a trained generator",
    "translate": "translates images by a trained generator",
    "export": "writes a trained generator for other programs and people",
    "compare": "compares runs: one table, one page",
    "study": "runs a classic experiment: a table, a figure, conclusions",
    "dashboard": "makes a W&B workspace for the runs of a project",
    "new": "writes the smallest project with parts of your own",
}


def main(arguments: Sequence[str] | None = None) -> None:
    """Prints the commands, or the version; exits with 1 after anything else."""
    drop_failed_output()
    given = list(sys.argv[1:] if arguments is None else arguments)
    if given in (["--version"], ["-V"]):
        print(f"gan_lightning {__version__}")
    elif given and given not in (["--help"], ["-h"]):
        word = given[0]
        hint = f"type python -m gan_lightning.{word}" if word in COMMANDS else did_you_mean(word, COMMANDS)
        exit_with_error(UsageError(f"{word} is not an option of gan_lightning itself: {hint}"))
    else:
        print(f"gan_lightning {__version__}: trains, compares and explains generative adversarial networks.\n")
        for name, purpose in COMMANDS.items():
            print(f"  python -m gan_lightning.{name:<10} {purpose}")
        print("\nEach says more with --help. The first to try: python -m gan_lightning.train")


if __name__ == "__main__":
    main()
