"""Prints the lower bounds of pyproject.toml's dependencies as pins; packages named as arguments are left out."""

import re
import sys
from pathlib import Path

text = (Path(__file__).parents[1] / "pyproject.toml").read_text()
(block,) = re.findall(r"^dependencies = \[(.*?)^\]", text, re.DOTALL | re.MULTILINE)
for name, bound in re.findall(r'"([\w-]+)>=([\d.]+)', block):
    if name not in sys.argv[1:]:
        print(f"{name}=={bound}")
