"""Plots of samples, critics, metrics and scores."""
