"""A PostgreSQL with pgvector, from the PyPI package pgserver, for as long as standard input is open."""

import sys
import warnings
from pathlib import Path

warnings.simplefilter("ignore")

import pgserver  # noqa: E402  it warns of folders that are not there

if __name__ == "__main__":
    server = pgserver.get_server(Path(sys.argv[1]), cleanup_mode="stop")
    print(server.get_uri(), flush=True)
    sys.stdin.read()
    server.cleanup()
