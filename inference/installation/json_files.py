import json
from pathlib import Path
from typing import Any

from inference.installation.errors import InstallationError

LARGEST = 256 * 1024 * 1024


def read_json(path: Path) -> Any:
    """The content of a model's JSON file. Raises InstallationError where it is not JSON."""
    try:
        # A limit well above the largest tokenizer: what is longer is no description of a model.
        if path.stat().st_size > LARGEST:
            raise ValueError(path.name)
        return json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise InstallationError(
            f"{path.name} is not valid JSON; the model is incomplete or broken."
        ) from error


def write_json(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
