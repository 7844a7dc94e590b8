"""Tables of numbers in CSV files, also as spreadsheets save them."""

from __future__ import annotations

import codecs
import csv
import io
from pathlib import Path

from gan_lightning.core.errors import UsageError

_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def read_rows(path: Path, index: str, damaged: list[int] | None = None) -> list[dict[str, str]]:
    """The rows of a table with a head, each without its empty cells; an unfinished last line is left out.

    Spreadsheets write a byte order mark, UTF-16, semicolons or tabs, and commas in numbers.

    Args:
        path: the file.
        index: the column that every row has, a whole number.
        damaged: takes the numbers of lines that can't be read, which are left out; None: they are an error.

    Raises:
        UsageError: a cell is no number or a row has no index, naming the line.
    """
    text = _text(path, strict=damaged is None)
    complete = text[: text.rfind("\n") + 1]  # a crash may have truncated the last line
    head = complete.partition("\n")[0]
    separator = max(",;\t", key=head.count)
    table = csv.DictReader(io.StringIO(complete, newline=""), delimiter=separator, restval="")
    rows: list[dict[str, str]] = []
    while True:
        try:
            if (row := next(table, None)) is None:
                return rows
            cells = {key: _plain(cell, separator) for key, cell in row.items() if key and cell}
            for cell in cells.values():
                float(cell)
            int(cells[index])
            rows.append(cells)
        except (ValueError, KeyError, TypeError, csv.Error) as error:
            line = min(table.line_num, complete.count("\n"))
            if damaged is None:
                raise UsageError(f"{path} is damaged in line {line}: it is no row of numbers with a {index}") from error
            damaged.append(line)


def _text(path: Path, strict: bool) -> str:
    data = path.read_bytes()
    encoding = "utf-16" if data.startswith(_UTF16) else "utf-8-sig"
    try:
        return data.decode(encoding, errors="strict" if strict else "replace")
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is damaged: it is not text in UTF-8 or UTF-16") from error


def _plain(cell: str, separator: str) -> str:
    return cell.strip().replace(",", ".") if separator == ";" else cell
