"""The operators' side: inbox and hand-off."""
