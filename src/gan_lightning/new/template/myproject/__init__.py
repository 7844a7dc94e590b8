"""A generator and a loss for gan_lightning."""
