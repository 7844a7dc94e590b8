"""Generator and critic (discriminator) pairs, one pair a file."""
