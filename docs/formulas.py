"""MkDocs hook: formulas of the notebooks become MathML when the site is built, so that pages need no script."""

from __future__ import annotations

import html
import re
from typing import Any

from latex2mathml.converter import convert

_CODE = re.compile(r"(<(pre|script|style|code)\b.*?</\2>)", re.DOTALL)
_FORMULA = re.compile(r"\$\$(.+?)\$\$|\$([^$\n]+?)\$", re.DOTALL)


def on_page_content(text: str, page: Any, **_: Any) -> str:
    """Converts $...$ and $$...$$ outside of code."""
    if not page.file.src_uri.endswith(".ipynb"):
        return text
    parts = _CODE.split(text)  # text, code, name of its tag, text, ...
    return "".join(part if n % 3 else _FORMULA.sub(_mathml, part) for n, part in enumerate(parts) if n % 3 != 2)


def _mathml(found: re.Match[str]) -> str:
    formula, display = found[1] or found[2], "block" if found[1] else "inline"
    return convert(html.unescape(re.sub(r"</?em>", "_", formula)), display=display)
