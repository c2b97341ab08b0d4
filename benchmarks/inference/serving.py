"""The model server as `manage.py runinference` runs it: `python -m benchmarks.inference.serving ...`.

Without a database: MODEL PRECISION PORT name what it serves.
"""

import sys
from pathlib import Path

from benchmarks.inference.event_client import MODEL_NAME
from benchmarks.inference.streams import STREAMS, as_precision
from inference.server.serve import ServerConfig, serve


def main() -> None:
    """Serve until SIGTERM; every setting that is not named is the default."""
    model, precision, port = sys.argv[1:]
    serve(
        ServerConfig(
            model_path=Path(model),
            model_name=MODEL_NAME,
            port=int(port),
            precision=as_precision(precision),
            max_batch=STREAMS,
            log_level="warning",
        )
    )


if __name__ == "__main__":
    main()
