"""A language model without what it can best do without."""
