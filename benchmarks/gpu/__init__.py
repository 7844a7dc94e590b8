"""What a step costs on a GPU, beside a plain loop, in under six minutes; see `python -m benchmarks.gpu --help`."""
