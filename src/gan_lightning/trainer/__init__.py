"""Lightning's Trainer, configured for adversarial training."""
