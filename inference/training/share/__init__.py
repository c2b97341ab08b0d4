"""A language model whose neighbouring layers share what they can best share."""
