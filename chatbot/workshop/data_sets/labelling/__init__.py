"""People look at examples: who sees which, what two say of the same, and what counts then."""
