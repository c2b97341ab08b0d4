"""What visitors ask about: questions of one meaning, found by night. Begin with `finding.py`."""
