"""What visitors and the assistant say, and how an answer comes about."""
