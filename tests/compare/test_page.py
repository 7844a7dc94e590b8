from __future__ import annotations

import base64
import csv
import io
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from PIL import Image

from gan_lightning.compare.__main__ import HELP, compare, parse_arguments
from gan_lightning.compare.__main__ import main as command
from gan_lightning.core.errors import UsageError
from tests.helper.fake_runs import PROVENANCE, make, sweep

RING = ("data=ring8", "model=mlp_small")
VOID = {"meta", "img", "br", "wbr", "line"}


class Page(HTMLParser):
    """Checks that what is opened is closed, and collects."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.images: list[dict[str, str | None]] = []
        self.links: list[str] = []
        self.ids: set[str] = set()
        self.words: list[str] = []
        self.feed(text)
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.ids |= {str(given["id"])} if "id" in given else set()
        if tag == "img":
            self.images.append(given)
        if tag == "a":
            self.links.append(str(given["href"]))
        assert tag not in ("script", "link", "iframe")
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.words.append(data)


@pytest.fixture(scope="module")
def compared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("all")
    sweep(place / "p", "objective.gp_weight", (0.1, 1, 10), *RING, "objective=wgan_gp")
    sweep(place / "c", "objective.clip", (0.001, 0.1), *RING, "objective=wgan_clip")
    make(place / "e", *RING, "objective=hinge", evaluated={"w1": 1.0}, provenance=PROVENANCE | {"data": "<ring> & co"})
    make(place / "f", *RING, "objective=hinge", seed=7, done=False)
    compare([place], place / "out")
    return place / "out"


@pytest.mark.training
def test_the_page_needs_nothing_but_a_browser(compared: Path) -> None:
    text = (compared / "compare.html").read_text(encoding="utf-8")
    page = Page(text)
    assert {link.removeprefix("#") for link in page.links} <= page.ids
    assert not re.search(r"(src|href)=\"(?!data:|#)", text)
    assert "url(" not in text
    assert len(page.images) == 2 + 1 + 6 + 1  # sweeps, curves, samples, scatter
    for image in page.images:
        kind, _, data = str(image["src"]).partition(";base64,")
        assert kind in ("data:image/png", "data:image/jpeg")
        assert min(Image.open(io.BytesIO(base64.b64decode(data))).size) >= 100
        assert len(str(image["alt"])) > 20
    words = " ".join(page.words)
    assert "12 runs, 6 settings" in words
    assert "Best by w1 [A]: " in words
    assert "not finished (step 100 of 200)" in words
    assert "<ring> & co" in words
    assert "does not compare with w1 [A]" in words
    assert any("gp_weight=1: 5.50 ± 0.50" in str(image["alt"]) for image in page.images)


def test_files_beside_the_page(compared: Path) -> None:
    names = {"compare.html", "compare.csv", "sweep.png", "curves.png", "loss_vs_score.png"}
    assert {path.name for path in compared.iterdir()} == names
    with Image.open(compared / "sweep.png") as both:
        assert both.width == 2 * 1080
    assert (compared / "compare.html").stat().st_size < 12 * 170_000  # 5 MB for 30 runs


def test_runs_without_figures_scores_and_pictures_still_make_a_page(tmp_path: Path) -> None:
    run = make(tmp_path / "a", *RING, steps=20, every=20)
    (run / "metrics.csv").unlink()
    for picture in (run / "samples").iterdir():
        picture.unlink()
    compare([run], tmp_path / "out")
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"compare.html", "compare.csv"}
    assert "None of these runs has a score that can be ranked" in (tmp_path / "out" / "compare.html").read_text()


def test_a_comparison_of_unfinished_runs_says_so(tmp_path: Path) -> None:
    compare([make(tmp_path / "a", *RING, done=False)], tmp_path / "out")
    assert "left out: not finished" in (tmp_path / "out" / "compare.csv").read_text()


def test_command_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    swept = Path("multirun/objective.gp_weight=1,10_seed=0,1")
    assert parse_arguments([str(swept)]) == ([swept], swept / "compare", None, 0, None)
    here = Path("clip=0.1")
    here.mkdir()
    assert parse_arguments(["clip=0.1", "a", "out=b", "rank=w1", "burn_in=50"]) == (
        [here, Path("a")],
        Path("b"),
        "w1",
        50,
        None,
    )
    (here / "config.yaml").touch()
    assert parse_arguments(["clip=0.1"]).out == Path("compare")
    for typed, words in (
        (["a", "ranks=w1"], r"ranks is not an option: did you mean rank\?"),
        (["a", "--rank", "w1"], r"--rank is not an option: did you mean rank\?"),
        (["a", "burn_in=-1"], "burn_in=-1 must be a whole number"),
        (["out=b"], "nothing to compare"),
    ):
        with pytest.raises(UsageError, match=words):
            parse_arguments(typed)


def test_help_and_refusals(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.argv", ["compare", "--help"])
    command()
    assert capsys.readouterr().out == HELP
    monkeypatch.setattr("sys.argv", ["compare", str(tmp_path)])
    with pytest.raises(SystemExit) as stopped:
        command()
    assert stopped.value.code == 1
    said = capsys.readouterr().err
    assert said == f"error: {tmp_path} holds no run: none of its directories has a config.yaml\n"
    assert not any(tmp_path.iterdir())


def test_crafted_values_are_texts(tmp_path: Path) -> None:
    run = make(tmp_path / "<script>alert(1)</script>", *RING, seed=1)
    other = make(tmp_path / "b", *RING)
    config = (run / "config.yaml").read_text()
    crafted = config.replace("geometry: pacgan", "geometry: '=HYPERLINK(1)<img src=x onerror=alert(1)>'")
    assert crafted != config
    (run / "config.yaml").write_text(crafted)
    compare([run, other], tmp_path / "out")
    page = (tmp_path / "out" / "compare.html").read_text()
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    rows = list(csv.reader((tmp_path / "out" / "compare.csv").read_text().splitlines()))
    assert any("'=HYPERLINK" in cell for row in rows for cell in row)
    assert not any(cell.startswith("=") for row in rows for cell in row)
