"""Text in, tokens out: a small continuous-batching engine for Hugging Face causal models."""

import os

# OpenMP reads these once, when torch loads it. Idle threads that spin starve everything else on a busy
# machine (a single attention call was seen to grow from 0.1 to 24 ms), so waiting threads sleep unless told
# otherwise.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("GOMP_SPINCOUNT", "0")
os.environ.setdefault("KMP_BLOCKTIME", "0")
