"""The compare command: settings, scores and curves of runs in one table and one page."""
