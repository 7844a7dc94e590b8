"""Training on several devices: collectives, strategy, launchers."""
