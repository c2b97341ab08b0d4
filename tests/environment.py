"""Loaded before Django's settings: tests have a data folder of their own."""

import os
import tempfile
from pathlib import Path

os.environ.setdefault("DATA_DIR", tempfile.mkdtemp(prefix="parley-tests-"))
os.environ.setdefault("LOG_LEVEL", "WARNING")
# A training that is done only while nothing else is would not end beside other tests.
os.environ.setdefault("TRAINING_PRIORITY", "low")
# WhiteNoise warns of a folder of collected files that is not there.
Path(os.environ["DATA_DIR"], "static").mkdir(exist_ok=True)
