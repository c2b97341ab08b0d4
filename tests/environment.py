"""Loaded before Django's settings: tests have their own data folder and no proxy of the outside."""

import os
import tempfile

os.environ.setdefault("DATA_DIR", tempfile.mkdtemp(prefix="parley-tests-"))
os.environ.setdefault("LOG_LEVEL", "WARNING")
