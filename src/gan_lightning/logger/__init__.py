"""Where figures go: a table in the run directory, Weights & Biases, TensorBoard."""
