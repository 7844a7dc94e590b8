"""`python notebooks/run.py [NOTEBOOK ...]`: runs them, all by default, and keeps what they show.

As `jupyter execute --inplace`, but without what differs from run to run: times, how output came in pieces, and the
version of Python.
"""

import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient

for path in map(Path, sys.argv[1:] or sorted(Path(__file__).parent.glob("*.ipynb"))):
    notebook = nbformat.read(path, as_version=4)
    place = {"metadata": {"path": str(path.parent)}}
    NotebookClient(notebook, timeout=600, record_timing=False, coalesce_streams=True, resources=place).execute()
    notebook.metadata["language_info"] = {"name": "python"}
    nbformat.write(notebook, path)
