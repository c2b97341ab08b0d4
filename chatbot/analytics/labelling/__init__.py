"""From people's labels to a better sentiment head: files, corrections, training runs, the gate, roll-back.

Begin with `runs.py`; `label_tables.py` and `label_reading.py` read files, `gate.py` says what may be used.
"""
