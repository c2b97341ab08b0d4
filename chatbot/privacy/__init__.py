"""The one door for text that leaves the conversation."""
