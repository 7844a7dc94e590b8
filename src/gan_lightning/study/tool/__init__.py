"""Shared parts of studies: training, measurements, tables and reports."""
