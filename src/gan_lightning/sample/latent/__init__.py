"""Latent-space mathematics, one idea a file."""
