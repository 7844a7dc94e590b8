"""The page in a headless browser: from disk, with the pixels of the command."""

from __future__ import annotations

import base64
import html
import json
import re
from pathlib import Path

import pytest
import torch

from gan_lightning.core.errors import UsageError
from gan_lightning.data.pixels import to_uint8
from gan_lightning.export.html_page import page_html, render_page, write_page
from gan_lightning.sample.sampler import Sampler
from tests.export.javascript import dom
from tests.export.tiny import trained

DEMO = Path(__file__).parents[3] / "docs/demo/digits.html"
# Sets a seed, a class and a truncation as a person does, and reads the canvases when the page has settled.
PROBE = """
<script>
(async () => {
  const wait = async () => { while (!document.body.dataset.ready) await new Promise((r) => setTimeout(r, 5)); };
  const press = (id, value) => { const e = element(id); e.value = value; e.dispatchEvent(new Event("input")); };
  const settled = async (act) => { await wait(); delete document.body.dataset.ready; act(); await wait(); };
  const read = (canvas) => Array.from(canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data);
  await wait();
  const result = { first: POINTS ? cloud.points.slice(0, 8) : tiles.slice(0, 8).map((tile) => read(tile.canvas)) };
  await settled(() => press("seed", 5));
  await settled(() => press("truncation", 50));
  if (model.classes) await settled(() => document.querySelector("#classes [data-label='2']").click());
  result.threshold = state.truncation;
  result.second = POINTS ? cloud.points.slice(0, 8) : tiles.slice(0, 8).map((tile) => read(tile.canvas));
  if (!POINTS) {
    tiles[3].tile.click(); tiles[6].tile.click();
    press("position", 0);
    result.walk = read(element("middle"));
    result.marks = tiles.map((t) => t.tile.dataset.mark ?? "").join("");
    result.png = sheet(tiles.map((t) => t.canvas), columns).toDataURL("image/png").slice(0, 22);
  }
  const pre = document.createElement("pre");
  pre.textContent = "RESULT" + JSON.stringify(result) + "END";
  document.body.append(pre);
})();
</script>
</body>"""


def opened(sampler: Sampler, folder: Path) -> dict:  # type: ignore[type-arg]
    page = write_page(sampler, folder, title='<b>"Digits" & more</b>')
    page.write_text(page.read_text().replace("</body>", PROBE))
    found = re.search(r"<pre>RESULT(\{.*?)END</pre>", dom(page, folder), re.S)
    assert found, "the page has not settled"
    return json.loads(found[1])  # type: ignore[no-any-return]


@pytest.mark.process
@pytest.mark.parametrize("kind", ["dcgan_small", "progressive_concatenation"])
def test_pixels_are_those_of_the_command(kind: str, tmp_path: Path) -> None:
    generator = trained(kind)
    first = Sampler(generator, seed=2)
    found = opened(first, tmp_path)
    label = 2 if first.classes else None
    second = Sampler(generator, seed=5, truncation=found["threshold"], label=label)
    for sampler, name in ((first, "first"), (second, "second")):
        expected = to_uint8(sampler(sampler.latents(range(8))))
        height, width = expected.shape[2:]
        pixels = torch.tensor(found[name]).view(8, height, width, 4).permute(0, 3, 1, 2)
        assert int((pixels[:, :3] - expected.expand(-1, 3, -1, -1).int()).abs().max()) <= 1
        assert int(pixels[:, 3].min()) == 255
    assert 0.05 < found["threshold"] < 3
    assert found["walk"] == found["second"][3]
    assert found["marks"] == "AB"
    assert found["png"] == "data:image/png;base64,"


@pytest.mark.process
def test_points_are_those_of_the_command(tmp_path: Path) -> None:
    generator = trained("mlp_small")
    sampler = Sampler(generator, seed=2)
    found = opened(sampler, tmp_path)
    torch.testing.assert_close(torch.tensor(found["first"]), sampler(sampler.latents(range(8))), rtol=0, atol=1e-5)


@pytest.mark.training
def test_one_file_that_fetches_nothing(tmp_path: Path) -> None:
    sampler = Sampler(trained("dcgan_norm"))
    page = page_html(sampler, '</script><img onerror="alert(1)">')
    assert "<img" not in page
    assert not re.search(r"https?:|src=|@import|url\(|fetch\(|XMLHttpRequest|import\(", page)
    model = json.loads(re.search(r'<script id="model"[^>]*>(.*?)</script>', page, re.S)[1])  # type: ignore[index]
    shapes = [node["shape"] for node in model["nodes"] if node["op"] == "constant"]
    assert len(base64.b64decode(model["weights"])) == 4 * sum(int(torch.Size(shape).numel()) for shape in shapes)


def test_the_page_of_the_docs_is_that_of_the_sources() -> None:
    """All but its model, title and remark."""
    page = DEMO.read_text(encoding="utf-8")
    title, remark, model = (
        re.search(pattern, page, re.S)[1]  # type: ignore[index]
        for pattern in ("<title>(.*?)</title>", '<p class="faint">(.*?)</p>', '<script id="model"[^>]*>(.*?)</script>')
    )
    same = page == render_page(html.unescape(title), html.unescape(remark), json.loads(model))
    assert same, "docs/demo/digits.html is not of export/page: export the page again"


def test_other_channels_are_refused() -> None:
    sampler = Sampler(trained("dcgan_small"))
    sampler.shape = (4, 28, 28)
    with pytest.raises(UsageError, match=r"format=page shows images of 1 or 3 channels"):
        page_html(sampler, "four")
