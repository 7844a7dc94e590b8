"""A new project: the smallest one with parts of its own."""
