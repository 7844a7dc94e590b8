"""Random command lines: overrides of which some are right and most are wrong, for every command."""

from __future__ import annotations

import random
import shlex
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from omegaconf import OmegaConf

from benchmarks.fuzz.forked import Ended, run_program
from benchmarks.fuzz.result import Result
from gan_lightning.config.compose import compose_config
from gan_lightning.config.validate import CONFIG_DIR

LIMIT = 45.0  # seconds for one command

# Small enough to end within seconds whatever else is typed.
TRAIN = ("data=ring8", "data.batch_size=8", "model=mlp_small", "logger=none", "trainer.max_steps=2")
TRAIN_IMAGES = ("data=array", "data.path=images.npy", "data.batch_size=8", "model=dcgan_small", *TRAIN[3:])
STUDY = ("study=non_saturating", "size=quick", "seeds=1")

VALUES = (
    *("null", "true", "0", "-1", "1", "2", "3", "0.5", "-0.5", "1e-30", "1e30", "1e400", "nan", "inf", "-inf"),
    *("2147483648", "9223372036854775807", "9223372036854775808", "99999999999999999999999", "100000000", "1_0"),
    *("abc", "''", '""', "' '", "a=b", "a b", "фото", "<b>", "=1+1", "x" * 300, "~", "~nouser/x", "/dev/null"),
    *("/dev/null/x", "/proc/x", ".", "..", "images.npy", "[]", "[1]", "[1,2,3]", "[[1],[2]]", "[null]", "['a']"),
    *("{}", "{a:1}", "{a:{b:1}}", "{_target_:os.getcwd}", "1,2", "a,b", "range(3)", "glob(*)", "choice(1,2)"),
    *("${seed}", "${nope}", "${oc.env:HOME}", "${oc.env:NOPE}", "???", "(", "]", "'", "\\", "#", "@", "%s", "{0}"),
    *("int(3)", "str(1)", "1e3", "1e-3", "0x10", "1:30", "meta", "cuda", "hpu", "auto", "best", "last", "none"),
    *("privateuseone", "cuda:99", "tpu", "mkldnn", "1 h", "[inf]", "p(q)", "größe"),
)
WORDS = ("--cfg", "--cfg=job", "--help", "-m", "--nope", "--config-name=nope", "x", "=", "=1", "@", "+", "~", "~seed")


class Generator:
    """Makes command lines of one command.

    Args:
        name: of the command's config in conf/.
        base: overrides that every command line begins with.
        rng: chooses.
        composed: overrides of the config whose keys are typed; the base if None.
    """

    def __init__(
        self, name: str, base: Sequence[str], rng: random.Random, composed: Sequence[str] | None = None
    ) -> None:
        self.base, self.rng = tuple(base), rng
        self.keys = keys(name, tuple(base if composed is None else composed))

    def __call__(self) -> list[str]:
        """The base with one to three random overrides."""
        extra = [self._override() for _ in range(self.rng.choice((1, 1, 1, 2, 3)))]
        if self.rng.random() < 0.05:
            extra.append(self.rng.choice(WORDS))
        return [*self.base, *extra]

    def _override(self) -> str:
        if self.rng.random() < 0.2:
            group = self.rng.choice(groups())
            options = [path.stem for path in (CONFIG_DIR / group).glob("*.yaml")]
            chosen = self.rng.choice([*options, *options, self._misspelt(self.rng.choice(options)), self._value()])
            return f"{self._key(group)}={chosen}"
        key = self.rng.choice(self.keys)
        if self.rng.random() < 0.1:
            return self.rng.choice(("~", "+", "++")) + key
        return f"{self._key(key)}={self._value()}"

    def _key(self, key: str) -> str:
        chance = self.rng.random()
        if chance < 0.75:
            return key
        if chance < 0.85:
            return self._misspelt(key)
        changes = (f"+{key}", f"++{key}", f"~{key}", f"{key}.x", f"x.{key}", f"{key} ", key.rpartition(".")[2])
        return self.rng.choice((*changes, key.upper(), f"{key}@{key}"))

    def _misspelt(self, word: str) -> str:
        position = self.rng.randrange(len(word))
        return word[:position] + self.rng.choice(("", "x", ".", "_", " ")) + word[position + 1 :]

    def _value(self) -> str:
        return self.rng.choice(VALUES)


def groups() -> list[str]:
    """The config groups of all commands."""
    return sorted(path.name for path in CONFIG_DIR.iterdir() if any(path.glob("*.yaml")))


def keys(name: str, base: Sequence[str]) -> list[str]:
    """Every dotted key of a composed config."""
    tree = OmegaConf.to_container(compose_config(name, base))
    found: list[str] = []

    def walk(node: object, path: str) -> None:
        if path:
            found.append(path)
        if isinstance(node, dict):
            for key, inner in node.items():
                walk(inner, f"{path}.{key}" if path else str(key))

    walk(tree, "")
    return sorted(found)


def wrong(ended: Ended, new: Sequence[str]) -> str:
    """What must not come of any command line; "" if nothing of it did.

    Args:
        ended: the program.
        new: files and folders that are new in its working directory.
    """
    lines = ended.stderr.strip().splitlines()
    if "Traceback (most recent call last)" in ended.stderr + ended.stdout:
        return f"traceback: {' | '.join(lines[-3:])}"
    if ended.code < 0:
        return f"killed by signal {-ended.code}: {' | '.join(lines[-2:])}"
    if half := [path for path in new if path.endswith(".writing")]:
        return f"exit code {ended.code}, half-written {half}"
    if ended.stopped and ended.code not in (0, 75, 130, 143):
        return f"did not end, and exit code {ended.code} after SIGTERM"
    if ended.code == 1 and sum(line.startswith("error") for line in lines) != 1:
        return f"exit code 1 without one line that says why: {' | '.join(lines[-3:])}"
    if ended.code == 1 and new and not any(path.endswith("metrics.csv") for path in new):
        return f"refused, and left behind {list(new)[:4]}: {lines[-1]}"
    if ended.code not in (0, 1, 2, 75, 130, 143):
        return f"exit code {ended.code}: {' | '.join(lines[-3:])}"
    return ""


def never_ends(ended: Ended) -> str:
    """That a command which is no training went on past its time limit."""
    return f"did not end within {LIMIT:g} s" if ended.stopped else ""


def content(directory: Path) -> set[str]:
    """Relative paths of everything in a directory."""
    return {path.relative_to(directory).as_posix() for path in directory.rglob("*")}


def try_one(command: str, argv: Sequence[str], template: Path) -> str:
    """Runs a command in a copy of a directory; what was wrong with it, "" if nothing."""
    with tempfile.TemporaryDirectory() as home:
        directory = Path(home, "cwd")
        shutil.copytree(template, directory, symlinks=True)
        before = content(directory)
        ended = run_program(command, argv, directory, LIMIT)
        new = sorted(content(directory) - before)
        missing = "" if command == "gan_lightning.train" else never_ends(ended)
        return wrong(ended, new) or missing


def random_command_lines(seed: int, template: Path) -> Iterator[Result]:
    """Command lines without end: two of train for each one of the other commands.

    Args:
        seed: of the choices.
        template: a directory with images.npy and two finished runs, runs/points and runs/images.
    """
    rng = random.Random(seed)
    commands: tuple[tuple[str, Callable[[], list[str]]], ...] = (
        ("gan_lightning.train", Generator("train", TRAIN, rng)),
        ("gan_lightning.sample", Generator("sample", ("run=runs/points",), rng, ())),
        ("gan_lightning.train", Generator("train", TRAIN_IMAGES, rng)),
        ("gan_lightning.sample", Generator("sample", ("run=runs/images", "output=grid"), rng, ("output=grid",))),
        ("gan_lightning.train", Generator("train", TRAIN, rng)),
        ("gan_lightning.evaluate", Generator("evaluate", ("run=runs/points", "n_fake=100"), rng, ())),
        ("gan_lightning.train", Generator("train", TRAIN_IMAGES, rng)),
        ("gan_lightning.study", Generator("study", STUDY, rng)),
        ("gan_lightning.train", Generator("train", ("run=runs/points", "trainer.max_steps=8"), rng, TRAIN)),
        ("gan_lightning.compare", lambda: _compare(rng)),
    )
    while True:
        for command, generate in commands:
            argv = generate()
            module = f"{command}.__main__" if command.rpartition(".")[2] in ("sample", "compare", "study") else command
            spelled = f"python -m {command} {shlex.join(argv)}"
            yield Result(f"command lines: {command.rpartition('.')[2]}", spelled, try_one(module, argv, template))


def _compare(rng: random.Random) -> list[str]:
    places = [rng.choice(("runs", "runs/points", "runs/images", "nowhere", ".", *VALUES)) for _ in range(2)]
    options = [f"{rng.choice(('out', 'rank', 'burn_in', 'grid', 'x'))}={rng.choice(VALUES)}" for _ in range(2)]
    return rng.sample(places, rng.randint(1, 2)) + rng.sample(options, rng.randint(0, 2))
