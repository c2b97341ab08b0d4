"""`manage.py benchmark inference`: our engine beside others; `measuring.py` is the start."""
