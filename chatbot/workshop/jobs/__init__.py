"""Jobs of the workshop: asked for, carried out by the worker, gone on with after a crash, registered.

Begin with `running.py`; `kinds.py` says what there is, `asking.py` what is refused, `estimating.py` what a
job takes.
"""
