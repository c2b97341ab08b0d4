"""Keeps the log free of probes, which fail every few seconds for as long as something is starting."""

import logging


class NotAProbe(logging.Filter):
    """Lets through everything but Django's line for each 503 of a health check."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Tell whether `record` may be written."""
        path = getattr(getattr(record, "request", None), "path", "")
        return not path.startswith("/health/")
