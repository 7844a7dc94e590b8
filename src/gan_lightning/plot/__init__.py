"""Pictures of what a generator makes and of what a critic sees."""
