"""Layers and module utilities that networks are built from."""
