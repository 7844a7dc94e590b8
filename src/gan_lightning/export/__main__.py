"""`python -m gan_lightning.export`: a trained generator as files for other programs and other people."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from gan_lightning.config.command import command, with_checked_keys
from gan_lightning.config.path_keys import quote
from gan_lightning.core import console
from gan_lightning.core.errors import UsageError
from gan_lightning.core.given_path import given_path
from gan_lightning.core.paths import relative_to_cwd
from gan_lightning.core.validation import Index, NumPasses

Format = Literal["safetensors", "onnx", "program", "aotinductor", "page"]


def export(
    *,
    run: str | None = None,
    checkpoint: str | None = None,
    out: str | None = None,
    format: Sequence[Format] = ("safetensors",),
    ema: bool = True,
    standing: NumPasses = 0,
    seed: Index = 0,
    title: str | None = None,
    license: str | None = None,
    push: str | None = None,
    private: bool = False,
) -> Path:
    """Exports a trained generator; the parameters are the config's top-level keys.

    Args:
        run: a run directory, for its last checkpoint; an exported folder, `zoo:NAME` or `hf://OWNER/NAME`; or …
        checkpoint: … one checkpoint file of a run; with a run also best or previous.
        out: output folder; None is `export_STEP` in the run directory.
        format: files to write.
        ema: the averaged weights.
        standing: forward passes for standing statistics of batch norm; 0 keeps those of training.
        seed: of the card's picture, the page's first samples, and standing statistics.
        title: heading of card and page; None is the name of the run directory.
        license: of the weights, for the card.
        push: owner/name of a model of the Hugging Face Hub, which gets the folder as one commit.
        private: a repository that `push` creates is private.

    Returns:
        The output folder.

    Raises:
        UsageError: for input that can't work, in one line.
    """
    from gan_lightning.core.machine_errors import explain_machine_errors
    from gan_lightning.export.aotinductor import write_aotinductor
    from gan_lightning.export.card import write_card
    from gan_lightning.export.folder import claimed_folder, describe, write_weights
    from gan_lightning.export.html_page import write_page
    from gan_lightning.export.onnx import check_installed, write_onnx
    from gan_lightning.export.program import write_program
    from gan_lightning.export.push import check_push, push_folder
    from gan_lightning.nn.labels import label_shape_of
    from gan_lightning.sample.sampler import Sampler
    from gan_lightning.trained.source import load_typed

    if not format:
        raise UsageError("there is nothing to write: choose something, such as format=safetensors")
    check_installed(format)
    address = check_push(push, format, private=private) if push else None
    with explain_machine_errors():
        trained = load_typed(run, checkpoint, averaged=ema)
        if label_shape_of(trained.generator):
            raise UsageError(
                "exports take classes or no labels, and this generator takes numbers or images: in Python "
                "gan_lightning.load(RUN) gives it, a function of latents and labels"
            )
        sampler = Sampler(trained, seed=seed, standing=standing)
        config = describe(trained, sampler.shape, standing=standing, standing_seed=seed)
        variant = ("" if ema else "_raw", f"_standing{standing}" if standing else "")
        folder = given_path(out, "out") if out else trained.folder(f"export_{trained.step}{''.join(variant)}")
        heading = title or trained.title

        def print_file(name: str, path: Path, remark: str = "") -> None:
            size = f"{path.stat().st_size / 1e6:.2f} MB"
            console.print_rank_zero(f"{name:<14} {relative_to_cwd(path)}  {size}{remark}")

        with claimed_folder(folder, config):
            console.print_rank_zero(f"{trained.name}, step {trained.step:,}, {config['weights']}")
            for name in dict.fromkeys(format):
                if name == "safetensors":
                    print_file(name, write_weights(trained.generator, folder))
                elif name == "program":
                    print_file(name, write_program(trained, folder))
                elif name == "aotinductor":
                    path, error = write_aotinductor(trained, folder)
                    print_file(name, path, f"  AOTInductor differs from torch by {error:.1e}")
                elif name == "onnx":
                    path, error = write_onnx(trained, folder)
                    print_file(name, path, f"  onnxruntime differs from torch by {error:.1e}")
                else:
                    print_file(name, write_page(sampler, folder, title=heading))
            print_file("card", write_card(sampler, config, folder, title=heading, license=license, address=address))
            if address is not None:
                pushed = push_folder(folder, address, title=heading, private=private)
                console.print_rank_zero(f"{'pushed':<14} {pushed}")
    return folder


def preprocess(arguments: list[str]) -> list[str]:
    """The command line for Hydra: `format=a,b` as a list, and text that may hold any characters."""
    listed = [re.sub(r"^format=(?!\[)(.*)$", r"format=[\1]", argument) for argument in arguments]
    return [
        _quoted(argument) if argument.startswith(("title=", "license=", "push=")) else argument for argument in listed
    ]


def _quoted(argument: str) -> str:
    key, _, text = argument.partition("=")
    return argument if text in ("", "null") or text[0] in "'\"" else f"{key}={quote(text)}"


main = command(
    "export",
    with_checked_keys(export),
    preprocess=preprocess,
    interrupted="stopped; what is written is whole, and the same command goes on",
)

if __name__ == "__main__":
    main()
