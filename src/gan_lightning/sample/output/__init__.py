"""The outputs of the sample command, one a file."""
