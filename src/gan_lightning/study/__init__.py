"""Classic experiments of the literature; each is one command that writes a table and a figure."""
