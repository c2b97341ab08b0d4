"""The model server as `manage.py runinference` runs it: `python -m benchmarks.inference.serving ...`.

Without a database: MODEL PRECISION PORT name what it serves. A fourth argument names a file that says, as a
registry does, which versions are wanted: {"active", "canary", "folder"}.
"""

import json
import sys
from functools import partial
from pathlib import Path

from benchmarks.inference.event_client import MODEL_NAME
from benchmarks.inference.streams import STREAMS, as_precision
from inference.server.serve import ServerConfig, serve
from inference.server.served_model import ServedModel, WantedModels


def main() -> None:
    """Serve until SIGTERM; every setting that is not named is the default."""
    model, precision, port, *wanted = sys.argv[1:]
    serve(
        ServerConfig(
            model_path=Path(model),
            model_name=MODEL_NAME,
            port=int(port),
            precision=as_precision(precision),
            max_batch=STREAMS,
            models=partial(_wanted, Path(wanted[0])) if wanted else None,
            log_level="warning",
        )
    )


def _wanted(file: Path) -> WantedModels:
    told = json.loads(file.read_text())
    folder = Path(told["folder"])
    canary = ServedModel(told["canary"], folder) if told["canary"] else None
    return WantedModels(ServedModel(told["active"], folder), canary)


if __name__ == "__main__":
    main()
