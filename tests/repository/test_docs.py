"""The documentation names only what exists: paths, links, commands, options; its site builds, its Python runs."""

from __future__ import annotations

import functools
import re
import shlex
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import NamedTuple

import pytest
from hydra import compose, initialize_config_dir
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Glob
from omegaconf import DictConfig, ListConfig, OmegaConf

from gan_lightning.config.auto_experiment import AUTO
from gan_lightning.config.train_config import TrainConfig
from gan_lightning.config.validate import CONFIG_DIR, resolve_and_validate
from tests.helper.command import composed

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "gan_lightning"
PAGES = sorted(
    [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "notebooks" / "README.md"]
    + [page for page in (ROOT / "docs").rglob("*.md") if "notebooks" not in page.parts]
)
NAMES = [str(page.relative_to(ROOT)) for page in PAGES]
GROUPS = {path.name for path in CONFIG_DIR.iterdir() if path.is_dir()}
COMPOSED = ("train", "sample", "translate", "evaluate", "study")
NEW = re.compile("cosh|mine|mien|mynets")  # in the names of files that a page tells the reader to add
PLACEHOLDER = re.compile(r"(?<![A-Z])(NAME|FILE|X)(?![A-Z])")

each_page = pytest.mark.parametrize("page", PAGES, ids=NAMES)


class Command(NamedTuple):
    """A `python -m` command of a page: the module and its arguments."""

    module: str
    arguments: list[str]


def code_spans(text: str) -> list[str]:
    """What stands between backticks, outside of code blocks."""
    return [
        span.replace("\n", " ")
        for span in re.findall(r"`([^`]+)`", re.sub(r"^ *```.*?^ *```", "", text, flags=re.S | re.M))
    ]


def code_blocks(text: str, language: str = r"\w*") -> list[str]:
    """The blocks of code without a title, dedented."""
    found = re.findall(rf"^( *)```(?:{language})\n(.*?)^ *```$", text, flags=re.DOTALL | re.MULTILINE)
    return [textwrap.dedent(block) for _, block in found]


def commands(text: str) -> list[Command]:
    """The commands of code blocks, with the shell variables that the block sets, and those of backticks."""
    found = []
    for block in [*code_blocks(text), *code_spans(text)]:
        block = re.sub(r"\\\n\s*", "", block)
        variables = dict(re.findall(r'^([A-Z_]+)="(.*)"', block, re.MULTILINE))
        for line in block.splitlines():
            for name, value in variables.items():
                line = re.sub(rf"\${name}\b", value, line)
            for part in re.split(r"&&|\|\||;", re.sub(r"\s#.*", "", line)):
                if match := re.search(r"(?:python|^) ?-m ((?:gan_lightning|benchmarks)[\w.]*)(.*)", part.strip()):
                    found.append(Command(match[1], shlex.split(match[2])))
    return found


def chosen(argument: str) -> str | None:
    """An override with the first value of its sweep; None for an option, and for what is Hydra's own."""
    if argument.startswith(("-", "hydra", "<")) or "=" not in argument.lstrip("~+") or "..." in argument:
        return argument if argument.startswith("~") else None
    override = OverridesParser.create().parse_override(argument)
    key, value = argument.split("=", 1)
    if not override.is_sweep_override():
        return argument
    if override.is_choice_sweep() and not isinstance(override.value(), Glob):
        return f"{key}={value.split(',')[0].removeprefix('choice(')}"
    if glob := re.fullmatch(r"glob\((.+)\)", value):
        return f"{key}={min(path.stem for path in (CONFIG_DIR / key).glob(glob[1] + '.yaml'))}"
    return None  # an interval


@functools.cache
def composes(name: str, overrides: tuple[str, ...]) -> None:
    """Composes as a command does, or fails as it would; types and ranges too, where no file of the user's is read."""
    if name == "train":
        config = composed(*overrides)
        if not any("data.path=" in one or "data.labels=" in one for one in overrides):
            resolve_and_validate(config, TrainConfig)
        return
    with initialize_config_dir(str(CONFIG_DIR), version_base="1.3"):
        compose(name, list(overrides))


@functools.cache
def keys() -> frozenset[str]:
    """Every key of every config file."""

    def below(node: object) -> set[str]:
        if isinstance(node, DictConfig):
            names = {str(key) for key in node}
            return names.union(*(below(node._get_node(key)) for key in node))
        return (
            set().union(*(below(one) for one in node._iter_ex(resolve=False)))
            if isinstance(node, ListConfig)
            else set()
        )

    files = [OmegaConf.load(path) for path in CONFIG_DIR.rglob("*.yaml")]
    return frozenset().union(*(below(file) for file in files))


@each_page
def test_links_lead_somewhere(page: Path) -> None:
    text = re.sub(r"^ *```.*?^ *```", "", page.read_text(), flags=re.DOTALL | re.MULTILINE)
    for link in re.findall(r"\]\(([^)#\s]+)", text):
        assert link.startswith("http") or (page.parent / link).exists(), link


@each_page
def test_paths_exist(page: Path) -> None:
    text = page.read_text()
    for path in re.findall(r"(?<![\w/.])(?:src|conf|tests|docs|benchmarks|notebooks|sweeps)/[\w./*-]*\w", text):
        if not NEW.search(path) and not PLACEHOLDER.search(path):
            assert list(ROOT.glob(path)), path
    for span in code_spans(text):
        for path in re.findall(r"(?<![\w/.*])([\w/]+\.(?:py|yaml))(?![\w/])", span):
            homes = (ROOT, PACKAGE, ROOT / "tests", ROOT / "conf")
            there = any((home / path).exists() for home in homes) if "/" in path else any(ROOT.glob(f"*/**/{path}"))
            assert there or NEW.search(path) or path == "config.yaml", path


@pytest.mark.training
@each_page
def test_commands_exist(page: Path) -> None:
    for module, arguments in commands(page.read_text()):
        if PLACEHOLDER.search(module):
            continue
        home = ROOT / (f"src/{module}" if module.startswith("gan") else module).replace(".", "/")
        assert home.with_suffix(".py").exists() or (home / "__main__.py").exists(), module
        name = module.rpartition(".")[2]
        if name not in COMPOSED or not module.startswith("gan") or any(map(NEW.search, arguments)):
            continue
        if "--config-dir" in arguments or any("mynets" in one and "_target_" in one for one in arguments):
            continue  # of the reader's own folder; tests/command/test_own_parts.py types such
        given = [one.replace("study=NAME", "study=toys") for one in arguments if not one.startswith("trust=")]
        if name == "train":  # with run= it composes that run's own config
            given = ["data=image_folder" if one == AUTO else one for one in given if not one.startswith("run=")]
        if name == "sample":  # takes several outputs without brackets
            given = [re.sub(r"^output=(\w+(,\w+)+)$", r"output=[\1]", one) for one in given]
        composes(name, tuple(filter(None, map(chosen, given))))


@each_page
def test_options_exist(page: Path) -> None:
    """Options and keys in running text, such as `objective=wgan_gp` and `trainer.devices=4`."""
    for span in code_spans(page.read_text()):
        for key, value in re.findall(r"(?:^|\s)([\w@./]+)=(\S*)", span if "python -m" not in span else ""):
            group, _, place = key.partition("@")
            if key.startswith("hydra") or (place and group not in GROUPS):
                assert key.startswith("hydra"), key
            elif "." in key and "/" not in key:
                parts = (place or key).split(".")
                assert {parts[0], parts[-1]} <= keys() | {"NAME", "KEY"}, key
            if group in GROUPS and re.fullmatch(r"\[?[a-z0-9_,]+\]?", value) and value != "null":
                for option in value.strip("[]").split(",") if f"{key}={value}" != AUTO else ():
                    assert (CONFIG_DIR / group / f"{option}.yaml").exists() or NEW.search(option), f"{key}={option}"


@pytest.mark.parametrize(
    "group", ["objective", "experiment", "data", "loss", "penalty", "regularizer", "augment", "schedule"]
)
def test_configuration_names_every_option(group: str) -> None:
    text = (ROOT / "docs" / "guide" / "configuration.md").read_text()
    for path in (CONFIG_DIR / group).glob("*.yaml"):
        assert f"`{path.stem}`" in text, path.stem


@pytest.mark.process
def test_python_of_own_parts_runs_as_written(tmp_path: Path) -> None:
    blocks = code_blocks((ROOT / "docs" / "guide" / "own_parts.md").read_text(), "python")
    assert len(blocks) >= 7
    script = "\n".join(blocks).replace("max_steps=500", "max_steps=2")
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, timeout=240, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert (tmp_path / "runs" / "mine" / "samples" / "step_000002.png").exists()


@pytest.mark.training
@pytest.mark.filterwarnings("ignore")
def test_python_of_compare_and_score_runs_as_written(capsys: pytest.CaptureFixture[str]) -> None:
    (block,) = code_blocks((ROOT / "docs" / "guide" / "compare_and_score.md").read_text(), "python")
    exec(block, {})
    assert "frechet/digits" in capsys.readouterr().out


@pytest.mark.process
def test_site_builds_strictly(tmp_path: Path) -> None:
    pytest.importorskip("mkdocs")
    build = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(tmp_path / "site")]
    done = subprocess.run(build, cwd=ROOT, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    assert (tmp_path / "site" / "notebooks" / "6_latent_space" / "index.html").exists()
