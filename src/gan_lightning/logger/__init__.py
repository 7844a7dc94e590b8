"""Loggers of metrics: a table in the run directory, Weights & Biases, TensorBoard, MLflow, Comet, Aim."""
