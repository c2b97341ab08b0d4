"""Prometheus figures of the reply path, of this process."""

from prometheus_client import Counter, Histogram

ANSWERS = Counter("parley_answers_total", "Replies that came to an end.", ["outcome"])
FIRST_TOKEN = Histogram(
    "parley_first_token_seconds",
    "From the visitor's message to the first token of the reply.",
    buckets=(0.1, 0.25, 0.5, 1, 2, 4, 8, 16, 32, 64),
)
QUEUE_WAIT = Histogram(
    "parley_reply_queue_seconds",
    "From the visitor's message to the start of its reply.",
    buckets=(0.05, 0.1, 0.25, 0.5, 1, 2, 4, 8, 16, 32, 64),
)
KINDS = Counter("parley_answer_kinds_total", "Complete replies by how they came about.", ["kind"])
FRAMES = Counter("parley_socket_frames_total", "Frames sent to visitors.", ["type"])
REFUSALS = Counter("parley_refusals_total", "Frames of visitors that were refused.", ["code"])
STALLED = Counter("parley_stalled_sockets_total", "Sockets closed because their client read nothing.")
