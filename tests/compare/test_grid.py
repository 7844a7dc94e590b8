from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from gan_lightning.compare.__main__ import compare, parse_arguments
from gan_lightning.compare.grid import grid
from gan_lightning.compare.run import find
from gan_lightning.core.errors import UsageError
from gan_lightning.plot.result_grid import COLORS, ResultCell, result_grid
from tests.compare.test_page import RING, Page
from tests.helper.fake_runs import make

GOOD = {"w1": 1.0, "density": 0.9, "coverage": 0.8, "repeat_rate": 0.0}
POOR = GOOD | {"w1": 9.0, "density": 0.1}


@pytest.fixture(scope="module")
def swept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Wide and narrow, two objectives: three of the four cells, one of them with two seeds, one a crash."""
    place = tmp_path_factory.mktemp("swept")
    cells = [("wide", "gan", 0, GOOD), ("wide", "<b>", 0, GOOD), ("wide", "<b>", 1, POOR), ("narrow", "gan", 0, None)]
    for number, (model, objective, seed, scores) in enumerate(cells):
        overrides = [f"model={model}", f"objective={objective}", f"seed={seed}"]
        job = {"status": "finished" if scores else "failed", "message": "NaN", "number": number, "overrides": overrides}
        make(place / str(number), *RING, seed=seed, scores=scores, done=bool(scores), job=job)
    return place


def test_cells_are_found_by_what_was_typed(swept: Path) -> None:
    runs = find([swept])
    table = grid(runs, ("model", "objective"), None)
    assert (table.rows, table.columns) == (("wide", "narrow"), ("gan", "<b>"))
    words = [[cell.outcome.word for cell in row] for row in table.cells]
    assert words == [["success", "success"], ["failure", "not run"]]
    assert table.counts == "2 success, 1 failure, 1 not run"
    assert table.cells[1][0].outcome.why == "failed: NaN (step 100 of 200)"
    assert [cell.others for cell in table.cells[0]] == ["", "1 success, 1 failure"]
    by_seed = grid(runs, ("seed", "data.batch_size"), None)
    assert by_seed.rows == ("0", "1")
    assert by_seed.columns == ("32",)
    with pytest.raises(UsageError, match=r"grid=modle: no run has a modle: did you mean model "):
        grid(runs, ("modle", "objective"), None)


@pytest.mark.training
def test_page_and_picture(swept: Path, tmp_path: Path) -> None:
    compare([swept], tmp_path, grid=("model", "objective"))
    text = (tmp_path / "grid.html").read_text(encoding="utf-8")
    page = Page(text)
    assert len(page.images) == 3
    assert all(str(image["src"]).startswith("data:image/") for image in page.images)
    assert [image["alt"] for image in page.images[:2]] == ["Samples of wide, gan", "Samples of wide, <b>"]
    words = " ".join(" ".join(page.words).split())
    assert "2 success, 1 failure, 1 not run" in words
    assert "success w1 1 density 0.90, coverage 0.80" in words
    assert "prefers-color-scheme: dark" in text
    with Image.open(tmp_path / "grid.png") as picture:
        colors = {color for _, color in picture.convert("RGB").getcolors(10**6) or []}
    assert {tuple(bytes.fromhex(COLORS[word][1:])) for word in ("success", "failure")} <= colors


@pytest.mark.training
def test_without_a_grid_there_is_none(swept: Path, tmp_path: Path) -> None:
    compare([swept], tmp_path)
    assert not list(tmp_path.glob("grid.*"))


def test_command_line() -> None:
    assert parse_arguments(["a", "grid=model,objective"]).grid == ("model", "objective")
    for wrong in ("model", "model,", "a,b,c"):
        with pytest.raises(UsageError, match=f"grid={wrong} must be two keys of a sweep"):
            parse_arguments(["a", f"grid={wrong}"])


def test_pictures_are_fitted_and_framed() -> None:
    wide = Image.new("RGB", (600, 300), "#ff00ff")
    page = result_grid(
        ["row"], ["one", "two"], [[ResultCell(wide, "collapse", "w1 3"), ResultCell(None, "not run", "")]]
    )
    inside = page.convert("RGB").getcolors(10**6) or []
    assert {color: n for n, color in inside}[(255, 0, 255)] == 240 * 120
    assert {color: n for n, color in inside}[tuple(bytes.fromhex(COLORS["collapse"][1:]))] > 4 * 240 * 3
