"""Many small runs of one shape, trained as one computation; each gets the numbers of a run alone."""
