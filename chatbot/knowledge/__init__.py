"""What the assistant can look up."""
