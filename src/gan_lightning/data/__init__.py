"""Data sets, one a file, as Lightning data modules; `stream` makes batches a function of (seed, step)."""
