"""Evaluations as jobs, and reports that compare them.

Begin with `asking.py` and `measuring.py`; `comparing.py` says which differences are real.
"""
