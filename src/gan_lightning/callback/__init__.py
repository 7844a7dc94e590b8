"""Lightning callbacks: metrics, plots, progress, checkpoints, scores, diagnostics."""
