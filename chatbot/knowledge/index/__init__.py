"""Candidates for a question: exact search over vectors and words, in memory, that follows the database.

`memory.py` is the index itself, made of segments that are never changed: what is added becomes a new one,
what is removed is marked, and small ones are merged, so that one more document costs as much as it holds.
"""
