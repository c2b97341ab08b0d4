"""Training of sentiment heads: from the data they ship with, and on a company's own labelled messages."""
