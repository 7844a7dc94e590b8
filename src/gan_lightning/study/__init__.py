"""Classic experiments, each one command that ends in a table, a figure and what they say."""
