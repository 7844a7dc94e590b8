"""The version of the package, as the build reads it."""

__version__ = "0.1.0"
