"""Which code trains: what a recipe says, so that the same weights can be made again."""

import hashlib
import tomllib
from functools import cache
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[1]
_SOURCES = Path(__file__).resolve().parent / "training"


@cache
def code_version() -> str:
    """Return Parley's version and a hash over the sources of `inference.training`: `0.1.0+1a2b3c4d5e6f`.

    Where only the sources were installed, without their pyproject.toml, the version is 0.
    """
    digest = hashlib.sha256()
    for path in sorted(_SOURCES.rglob("*.py")):
        digest.update(f"{path.relative_to(_SOURCES).as_posix()}\n".encode())
        digest.update(path.read_bytes())
    return f"{_version()}+{digest.hexdigest()[:12]}"


def _version() -> str:
    try:
        return str(
            tomllib.loads((_ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
        )
    except OSError:
        return "0"
