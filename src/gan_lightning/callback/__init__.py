"""What happens around the game: figures, pictures, progress, checkpoints."""
