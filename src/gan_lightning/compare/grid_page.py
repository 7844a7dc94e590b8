"""A grid of runs as a self-contained HTML page."""

from __future__ import annotations

from gan_lightning.compare.grid import Grid
from gan_lightning.compare.outcome import CRITERION
from gan_lightning.compare.page import data_url, environment
from gan_lightning.version import __version__


def grid_page(grid: Grid) -> str:
    """The page's HTML, pictures inside."""
    images = [[cell.picture for cell in row] for row in grid.cells]
    urls = [[image and data_url(image, photograph=True) for image in row] for row in images]
    return (
        environment().get_template("grid.html").render(grid=grid, urls=urls, criterion=CRITERION, version=__version__)
    )
