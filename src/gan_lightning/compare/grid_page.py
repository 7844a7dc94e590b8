"""A grid of runs as one table in one page that needs nothing but a browser."""

from __future__ import annotations

from gan_lightning.compare.grid import Grid
from gan_lightning.compare.outcome import RULE
from gan_lightning.compare.page import data_url, environment
from gan_lightning.version import __version__


def grid_page(grid: Grid) -> str:
    """The page's HTML, pictures inside."""
    pictures = [[cell.picture for cell in row] for row in grid.cells]
    urls = [[picture and data_url(picture, photograph=True) for picture in row] for row in pictures]
    return environment().get_template("grid.html").render(grid=grid, urls=urls, rule=RULE, version=__version__)
