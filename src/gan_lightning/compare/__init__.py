"""Runs side by side: what tells them apart, what they reached, and whether that compares."""
