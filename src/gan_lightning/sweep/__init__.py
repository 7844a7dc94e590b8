"""Multirun: a process for each job, names, and the report at the end."""
