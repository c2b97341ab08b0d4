"""What the worker does for the workshop."""
