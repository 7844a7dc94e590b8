"""`export push=owner/name` and `load("hf://owner/name")`, against a stand-in of the Hub's HTTP API."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
import yaml

import gan_lightning
from gan_lightning.core.errors import UsageError
from gan_lightning.export.__main__ import export, preprocess
from gan_lightning.trained.hub import parse_address
from tests.helper.forked import call
from tests.helper.hub_server import OWNER, TOKEN, Hub, commit_id, running_hub
from tests.helper.run_directory import DIGITS, RING, make_run

pytest.importorskip("huggingface_hub")
pytestmark = [
    pytest.mark.training,
    pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning"),  # the library's own
]
NAME = f"{OWNER}/points"
GENERATOR = {"config.json", "model.safetensors"}


def forget_library() -> None:
    """The library reads its environment when it is imported."""
    for name in [name for name in sys.modules if name.partition(".")[0] == "huggingface_hub"]:
        del sys.modules[name]


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    with running_hub() as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        monkeypatch.setenv("HF_HOME", str(tmp_path / "home"))
        monkeypatch.setenv("HF_TOKEN", TOKEN)
        monkeypatch.setenv("HF_HUB_DISABLE_PROGRESS_BARS", "1")
        monkeypatch.setenv("HF_HUB_DISABLE_XET", "1")
        for name in ("HF_HUB_OFFLINE", "HF_HUB_CACHE", "NO_PROXY"):
            monkeypatch.delenv(name, raising=False)
        forget_library()
        yield hub
        forget_library()


@pytest.fixture
def run(tmp_path: Path) -> Path:
    return make_run(tmp_path / "run", *RING)


def pushed(run: Path, **arguments: object) -> Path:
    return export(run=str(run), push=NAME, **arguments)


def test_there_and_back(hub: Hub, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = make_run(tmp_path / "run", *DIGITS)
    folder = pushed(run, license="mit", title="Digits, small")
    there = hub.commits[NAME][-1]
    assert there.keys() == {".gitattributes", "README.md", "samples.png", "recipe.yaml"} | GENERATOR
    assert all(content == (folder / name).read_bytes() for name, content in there.items() if name in GENERATOR)
    assert len(hub.commits[NAME]) == 2, "the empty repository, and everything in one commit"
    assert NAME not in hub.private
    assert f"pushed         {hub.url}/{NAME}/commit/{commit_id(1)}" in capsys.readouterr().err
    card = there["README.md"].decode()
    assert f'gan_lightning.load("hf://{NAME}")' in card
    assert yaml.safe_load(card.split("---")[1])["library_name"] == "gan_lightning"
    expected = gan_lightning.load(run).sample(3, seed=5)
    for address in (f"hf://{NAME}", f"hf://{NAME}@main", f"hf://{NAME}@{commit_id(1)}"):
        assert torch.equal(gan_lightning.load(address).sample(3, seed=5), expected)


def test_a_push_replaces_and_old_revisions_stay(hub: Hub, run: Path, tmp_path: Path) -> None:
    pushed(run)
    hub.commits[NAME][-1] |= {"model.onnx": b"of the first", "LICENSE": b"mine"}
    other = make_run(tmp_path / "other", *RING, seed=1)
    pushed(other)
    assert "model.onnx" not in hub.commits[NAME][-1], "it was of another generator"
    assert hub.commits[NAME][-1]["LICENSE"] == b"mine"
    newest, first = (gan_lightning.load(f"hf://{NAME}{at}").sample(4) for at in ("", f"@{commit_id(1)}"))
    assert torch.equal(newest, gan_lightning.load(other).sample(4))
    assert torch.equal(first, gan_lightning.load(run).sample(4))
    assert not torch.equal(newest, first)


def test_private_models_take_a_token(hub: Hub, run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pushed(run, private=True)
    assert hub.private == {NAME}
    assert gan_lightning.load(f"hf://{NAME}").step == 7
    monkeypatch.setenv("HF_TOKEN", "")
    monkeypatch.setenv("HF_HOME", str(run / "another_home"))
    forget_library()
    with pytest.raises(
        UsageError, match=r"no such model, or it is private: log in \(`hf auth login`\) or set HF_TOKEN"
    ):
        gan_lightning.load(f"hf://{NAME}")


def test_only_two_files_are_downloaded(hub: Hub, run: Path) -> None:
    pushed(run)
    folder = gan_lightning.load(f"hf://{NAME}").trained.run
    assert {path.name for path in folder.iterdir()} == GENERATOR
    got = [line for line in hub.requests if line.startswith("GET") and "/resolve/" in line]
    assert {line.rpartition("/")[2] for line in got} <= GENERATOR


@pytest.mark.parametrize("name", ["pytorch_model.bin", "old/model.PKL", "modeling.py", "model.pt2", "data.npy"])
def test_files_that_can_run_code_are_refused(hub: Hub, run: Path, name: str) -> None:
    pushed(run)
    hub.commits[NAME][-1][name] = b"\x80\x04."
    hub.requests.clear()
    with pytest.raises(UsageError, match=r"is refused: it holds files that can run code \(" + name):
        gan_lightning.load(f"hf://{NAME}")
    assert not [line for line in hub.requests if "/resolve/" in line], "nothing was downloaded"


def test_foreign_classes_are_refused(hub: Hub, run: Path) -> None:
    pushed(run)
    files = hub.commits[NAME][-1]
    config = json.loads(files["config.json"])
    files["config.json"] = json.dumps(config | {"generator": {"_target_": "os.system", "command": "true"}}).encode()
    with pytest.raises(UsageError, match=r"code of someone else: if you trust it, load with trust=..os"):
        gan_lightning.load(f"hf://{NAME}")
    files["config.json"] = b'{"model_type": "bert"}'
    hub.commits[NAME].append(dict(files))
    with pytest.raises(UsageError, match="is not the config of an exported generator"):
        gan_lightning.load(f"hf://{NAME}")


def test_repositories_of_something_else(hub: Hub, run: Path, tmp_path: Path) -> None:
    def refused(says: str, address: str = f"hf://{NAME}") -> None:
        with pytest.raises(UsageError, match=says) as refusal:
            gan_lightning.load(address)
        assert "\n" not in str(refusal.value)

    refused("there is no such model")
    hub.commits[NAME] = [{"README.md": b"empty"}]
    refused("holds no generator of gan_lightning: it has no config.json and no model.safetensors")
    hub.commits[NAME] = [{"config.json": b"{}", "tf_model.weights": b""}]
    refused("it has no model.safetensors")
    refused("there is no revision v9", f"hf://{NAME}@v9")
    hub.commits[NAME] = [dict.fromkeys(GENERATOR, b"{}")]
    hub.gated.add(NAME)
    refused("its owner asks you to accept terms")


@pytest.mark.parametrize(
    "text", ["hf://one", "hf://a/b/c", "hf://datasets/a/b", "hf://a/..", "hf://a/b@", "hf://a b/c"]
)
def test_addresses_that_are_none(text: str) -> None:
    with pytest.raises(UsageError, match="is no model of the Hub: write hf://OWNER/NAME"):
        gan_lightning.load(text)


def test_addresses() -> None:
    assert parse_address("hf://some-one/my.model_2@refs/pr/3") == ("some-one/my.model_2", "refs/pr/3")
    assert preprocess(["push=a/b-c"]) == ["push='a/b-c'"]


def test_what_can_not_be_pushed_is_said_before_anything_is_written(
    hub: Hub, run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(says: str, push: str = NAME, **arguments: object) -> None:
        before = {name: list(commits) for name, commits in hub.commits.items()}
        with pytest.raises(UsageError, match=says) as refusal:
            export(run=str(run), push=push, **arguments)
        assert "\n" not in str(refusal.value)
        assert hub.commits == before
        assert not (run / "export_7").exists()

    refused("is no model of the Hub", push="points")
    refused("write OWNER/NAME alone", push=f"{NAME}@v1")
    refused("add safetensors to", format=["onnx"])
    refused("takes no format=program", format=["safetensors", "program"])
    hub.commits[NAME] = [{"config.json": b'{"model_type": "bert"}', "README.md": b"Bert"}]
    refused("is another library's model: push to a new name")
    hub.commits[NAME] = [{".gitattributes": b"", "LICENSE": b"", "notes.txt": b"", "train.csv": b""}]
    refused(r"holds other files \(notes.txt, train.csv\)")
    hub.commits[NAME] = [{".gitattributes": b"", "README.md": b"made on the website"}]
    refused("is there and public", private=True)
    monkeypatch.setenv("HF_TOKEN", "hf_expired")
    forget_library()
    refused("the token is not valid: log in")
    monkeypatch.setenv("HF_TOKEN", "")
    forget_library()
    refused("takes a token of the Hub that may write: log in")


def test_nothing_is_half_pushed(hub: Hub, run: Path) -> None:
    pushed(run)
    before = [dict(files) for files in hub.commits[NAME]]
    for broken, says in [("preupload", "answered 507"), ("/large", "answered 507"), ("/commit/", "answered 507")]:
        hub.broken = {broken}
        with pytest.raises(UsageError, match=says) as refusal:
            pushed(run)
        assert "\n" not in str(refusal.value)
        assert hub.commits[NAME] == before
    hub.broken = set()
    assert pushed(run) == run / "export_7", "the same command goes on"
    with pytest.raises(UsageError, match=r"the token may not do this: .* may write to another"):
        export(run=str(run), push="another/points")


def test_without_a_connection(hub: Hub, run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pushed(run)
    expected = gan_lightning.load(f"hf://{NAME}").sample(3)
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")  # where nothing listens
    for offline in ("0", "1"):
        monkeypatch.setenv("HF_HUB_OFFLINE", offline)
        forget_library()
        assert torch.equal(gan_lightning.load(f"hf://{NAME}").sample(3), expected), "it is in the cache"
        for attempt in (lambda: gan_lightning.load("hf://someone/new"), lambda: pushed(run)):
            with pytest.raises(UsageError, match="the Hub can't be reached") as refusal:
                attempt()
            assert "\n" not in str(refusal.value)


def test_without_the_library(monkeypatch: pytest.MonkeyPatch, run: Path) -> None:
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    says = r'huggingface_hub is not installed: pip install "gan_lightning\[hub\]"'
    with pytest.raises(UsageError, match=says):
        gan_lightning.load(f"hf://{NAME}")
    with pytest.raises(UsageError, match=says):
        pushed(run)


def test_the_command(hub: Hub, run: Path) -> None:
    done = call(f"run={run}", f"push={NAME}", cwd=run, module="gan_lightning.export.__main__")
    assert done.returncode == 0, done.stderr
    assert f"{hub.url}/{NAME}/commit/" in done.stderr
    done = call(f"run={run}", "push=points", cwd=run, module="gan_lightning.export.__main__")
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
