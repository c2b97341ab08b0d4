"""The workshop: a better or smaller model, made of a company's own conversations, measured and rolled out."""
