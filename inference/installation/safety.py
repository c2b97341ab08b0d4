"""What Parley never loads: pickle files, which run code when opened, and models that bring code."""

from collections.abc import Iterable
from pathlib import Path, PurePosixPath
from typing import Any

from inference.installation.errors import InstallationError
from inference.installation.json_files import read_json

PICKLE_SUFFIXES = frozenset({".bin", ".pt", ".pth", ".ckpt", ".pkl", ".pickle"})
WEIGHT_SUFFIXES = frozenset({".safetensors", ".gguf"})


def refuse_unsafe_files(names: Iterable[str], where: str) -> None:
    """Raise InstallationError where a model brings Python code, or carries its weights as pickle only."""
    paths = [PurePosixPath(name) for name in names]
    code = next((path for path in paths if path.suffix == ".py"), None)
    if code is not None:
        raise InstallationError(
            f"{where} brings its own code ({code}); Parley never runs code that comes with a model."
        )
    pickle = next((path for path in paths if path.suffix.lower() in PICKLE_SUFFIXES), None)
    if pickle is not None and not any(path.suffix.lower() in WEIGHT_SUFFIXES for path in paths):
        raise InstallationError(
            f"{where} carries its weights as a pickle file ({pickle}), which can run code when it is opened; "
            "ask for a safetensors version of this model."
        )


def refuse_any_pickle(names: Iterable[str], where: str) -> None:
    """Raise InstallationError where there is any pickle file, even beside safetensors."""
    pickle = next((name for name in names if PurePosixPath(name).suffix.lower() in PICKLE_SUFFIXES), None)
    if pickle is not None:
        raise InstallationError(
            f"{where} holds a pickle file ({pickle}), which can run code when it is opened; "
            "only safetensors are taken."
        )


def refuse_remote_code(folder: Path) -> None:
    """Raise InstallationError where any of the model's JSON files asks for code of its own (`auto_map`)."""
    for path in sorted(folder.glob("*.json")):
        if _mentions_auto_map(read_json(path)):
            raise InstallationError(
                f"{path.name} asks for code from outside (auto_map); "
                "Parley never runs code that comes with a model."
            )


def _mentions_auto_map(value: Any) -> bool:
    if isinstance(value, dict):
        return "auto_map" in value or any(_mentions_auto_map(item) for item in value.values())
    return False
