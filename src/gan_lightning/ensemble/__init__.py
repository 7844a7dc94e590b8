"""Many small games of one shape, trained at once: the numbers of each are those of its own run."""
