"""From conversations and files to what a model learns from: sources, cleaning, labels, versions.

Begin with `versions.py`; `jobs.py` says what the worker does, `cleaning/running.py` how a set is cleaned.
"""
