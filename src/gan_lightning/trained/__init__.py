"""Trained generators by the place where they are: a run, a checkpoint, an exported folder, the Hub, the zoo."""
