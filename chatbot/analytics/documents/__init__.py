"""Which documents answers rest on, and which none does."""
