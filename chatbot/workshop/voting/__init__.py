"""Blind votes: two versions answer beforehand, and people choose without knowing whose is whose.

Begin with `writing.py`; `sides.py` says what stands where, `results.py` what came of it.
"""
