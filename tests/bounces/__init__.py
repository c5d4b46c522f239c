"""What comes back, read."""
