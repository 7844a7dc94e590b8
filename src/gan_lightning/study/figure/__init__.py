"""Figures of the studies, one file each."""
