"""Samples of a trained generator."""
