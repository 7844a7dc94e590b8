"""Emoji, of a font made here."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.ttLib import newTable
from fontTools.ttLib.tables.BitmapGlyphMetrics import SmallGlyphMetrics
from fontTools.ttLib.tables.C_B_D_T_ import cbdt_bitmap_format_17
from fontTools.ttLib.tables.E_B_L_C_ import BitmapSizeTable, SbitLineMetrics, Strike, eblc_index_sub_table_1
from PIL import Image

from gan_lightning.core.errors import UsageError
from gan_lightning.data.emoji import FONT, Emoji

COLORS = {"red": (255, 0, 0, 255), "clear": (0, 0, 0, 0), "blue": (0, 0, 255, 255), "again": (255, 0, 0, 255)}


def png(color: tuple[int, ...]) -> bytes:
    """A picture of the size that Noto's have."""
    file = io.BytesIO()
    Image.new("RGBA", (136, 128), color).save(file, "png")
    return file.getvalue()


def font(path: Path, bitmaps: bool = True) -> Path:
    """A font of a glyph for each color, as bitmaps or without any picture."""
    builder = FontBuilder(128, isTTF=True)
    builder.setupGlyphOrder([".notdef", *COLORS])
    builder.setupCharacterMap({65 + n: name for n, name in enumerate(COLORS)})
    builder.setupHorizontalMetrics(dict.fromkeys([".notdef", *COLORS], (136, 0)))
    builder.setupHorizontalHeader()
    builder.setupOS2()
    builder.setupPost()
    if bitmaps:
        data, places, strike, index = newTable("CBDT"), newTable("CBLC"), Strike(), eblc_index_sub_table_1(b"", None)
        data.version = places.version = 3.0
        data.strikeData = [{}]
        for name, color in COLORS.items():
            glyph = cbdt_bitmap_format_17(b"", builder.font)
            glyph.metrics = SmallGlyphMetrics()
            vars(glyph.metrics).update(height=128, width=136, BearingX=0, BearingY=101, Advance=136)
            glyph.imageData = png(color)
            data.strikeData[0][name] = glyph
        size = strike.bitmapSizeTable = BitmapSizeTable()
        vars(size).update(colorRef=0, ppemX=109, ppemY=109, bitDepth=32, flags=1, startGlyphIndex=1, endGlyphIndex=4)
        size.hori = size.vert = SbitLineMetrics()
        vars(size.hori).update(
            dict.fromkeys(
                (
                    *("ascender", "descender", "widthMax", "caretSlopeNumerator", "caretSlopeDenominator"),
                    *("caretOffset", "minOriginSB", "minAdvanceSB", "maxBeforeBL", "minAfterBL", "pad1", "pad2"),
                ),
                0,
            )
        )
        vars(index).update(names=list(COLORS), indexFormat=1, imageFormat=17, firstGlyphIndex=1, lastGlyphIndex=4)
        strike.indexSubTables, places.strikes = [index], [strike]
        builder.font["CBDT"], builder.font["CBLC"] = data, places
    builder.save(path)
    return path


def test_each_picture_once_on_white(tmp_path: Path) -> None:
    data = Emoji(font=str(font(tmp_path / "a.ttf")), size=16, held_out=0.4)
    data.setup()
    assert (len(data.train), len(data.held_out)) == (2, 1)
    pictures = [*data.train.batch(0, 0, 2), data.held_out.rows[0]]
    assert {tuple(picture[:, 0, 0].tolist()) for picture in pictures} == {(255, 0, 0), (255, 255, 255), (0, 0, 255)}
    assert all((picture == picture[:, :1, :1]).all() and picture.shape == (3, 16, 16) for picture in pictures)


def test_found_where_the_command_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "data").mkdir()
    font(tmp_path / "data" / FONT)
    monkeypatch.chdir(tmp_path)
    data = Emoji(size=8, channels=1)
    data.setup()
    assert data.train.batch(0, 0, 2).shape == (2, 1, 8, 8)


def test_refusals(tmp_path: Path) -> None:
    (tmp_path / "no.ttf").write_bytes(b"not a font")
    (tmp_path / "cut.ttf").write_bytes(font(tmp_path / "a.ttf").read_bytes()[:-3000])
    for name, told in {
        str(font(tmp_path / "outlines.ttf", bitmaps=False)): "holds outlines, no bitmaps",
        str(tmp_path / "no.ttf"): "can't be read as a font",
        str(tmp_path / "cut.ttf"): "can't be read as a font",
        str(tmp_path / "none.ttf"): "apt install fonts-noto-color-emoji",
    }.items():
        with pytest.raises(UsageError, match=told):
            Emoji(font=name).setup()


def test_a_damaged_picture_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(globals(), "png", lambda _: b"\x89PNG\r\n\x1a\n" + b"\0\0\0\x0dIHDR" + b"\xff" * 20)
    with pytest.raises(UsageError, match="can't be read as a font: "):
        Emoji(font=str(font(tmp_path / FONT))).setup()
