"""What Parley never loads: pickle files, which run code when opened, and models that bring code."""

from collections.abc import Callable, Iterable
from pathlib import Path, PurePosixPath
from typing import Any

from inference.installation.errors import InstallationError
from inference.installation.headers import read_header
from inference.installation.json_files import read_json
from inference.installation.weights import weight_files

PICKLE_SUFFIXES = frozenset(
    {".bin", ".pt", ".pth", ".ckpt", ".pkl", ".pickle", ".joblib", ".dill", ".npy", ".npz", ".mar"}
)
ARCHIVE_SUFFIXES = frozenset({".zip", ".tar", ".tgz", ".gz", ".bz2", ".xz", ".7z", ".rar", ".zst"})
WEIGHT_SUFFIXES = frozenset({".safetensors", ".gguf"})
# A key of theirs is a piece of text, which may say anything.
_LISTS_OF_PIECES = frozenset({"tokenizer.json", "vocab.json"})
_KERNELS = frozenset({"attn_implementation", "_attn_implementation", "_attn_implementation_internal"})


def refuse_unsafe_files(names: Iterable[str], where: str) -> None:
    """Raise InstallationError where a model brings Python code, or carries its weights as pickle only."""
    paths = [PurePosixPath(name) for name in names]
    code = next((path for path in paths if path.suffix == ".py"), None)
    if code is not None:
        raise InstallationError(
            f"{where} brings its own code ({code}); Parley never runs code that comes with a model."
        )
    if any(path.suffix.lower() in WEIGHT_SUFFIXES for path in paths):
        return
    pickle = next((path for path in paths if path.suffix.lower() in PICKLE_SUFFIXES), None)
    if pickle is not None:
        raise InstallationError(
            f"{where} carries its weights as a pickle file ({pickle}), which can run code when it is opened; "
            "ask for a safetensors version of this model."
        )
    archive = next((path for path in paths if path.suffix.lower() in ARCHIVE_SUFFIXES), None)
    if archive is not None:
        raise InstallationError(
            f"{where} carries its weights in an archive ({archive}), which Parley does not look into; "
            "unpack it and name the folder that holds its safetensors."
        )


def refuse_any_pickle(names: Iterable[str], where: str) -> None:
    """Raise InstallationError where there is any pickle file, even beside safetensors."""
    pickle = next((name for name in names if PurePosixPath(name).suffix.lower() in PICKLE_SUFFIXES), None)
    if pickle is not None:
        raise InstallationError(
            f"{where} holds a pickle file ({pickle}), which can run code when it is opened; "
            "only safetensors are taken."
        )


def refuse_links_out(folder: Path) -> None:
    """Raise InstallationError where the folder, or one in it, holds a link to what lies outside of it.

    The hub's own cache keeps a model's files beside the folder and links to them: that is inside.
    """
    home = folder.resolve()
    if home.parent.name == "snapshots" and (home.parents[1] / "blobs").is_dir():
        home = home.parents[1]
    for path in sorted(folder.rglob("*")):
        if path.is_symlink() and not path.resolve().is_relative_to(home):
            raise InstallationError(
                f"{path.relative_to(folder)} is a link to a place outside of {folder.name}; "
                "put the file itself there."
            )


def refuse_remote_code(folder: Path) -> None:
    """Raise InstallationError where any of the model's JSON files asks for code or weights from outside.

    That is `auto_map`, a kernel of attention by its address on the hub, or an adapter that names its base.
    """
    for path in sorted(folder.glob("*.json")):
        if path.name in _LISTS_OF_PIECES:
            continue
        facts = read_json(path)
        if _asks_for(facts, lambda key, value: key == "auto_map" and not isinstance(value, int)):
            raise InstallationError(
                f"{path.name} asks for code from outside (auto_map); "
                "Parley never runs code that comes with a model."
            )
        if _asks_for(facts, lambda key, value: key in _KERNELS and "/" in str(value)):
            raise InstallationError(
                f"{path.name} asks for a kernel from outside (attn_implementation); "
                "Parley never runs code that comes with a model."
            )
    if (folder / "adapter_config.json").exists():
        raise InstallationError(
            f"{folder.name} is an adapter for another model and not a whole one; merge it into that first."
        )


def require_safe_model(folder: Path) -> None:
    """Return where a model's folder may be read as it is, by the engine, by training or by an export.

    Raises InstallationError, in one sentence, for any pickle file under any name, for code, for links out of
    the folder, and for weights that are broken or claim what their bytes do not bear out.
    """
    if not folder.is_dir():
        raise InstallationError(f"There is no folder {folder}.")
    refuse_links_out(folder)
    names = [file.relative_to(folder).as_posix() for file in sorted(folder.rglob("*")) if file.is_file()]
    refuse_unsafe_files(names, folder.name)
    refuse_any_pickle(names, folder.name)
    refuse_remote_code(folder)
    for file in weight_files(folder):
        read_header(file)


def _asks_for(value: Any, is_asking: Callable[[str, Any], bool]) -> bool:
    if isinstance(value, dict):
        return any(is_asking(key, item) or _asks_for(item, is_asking) for key, item in value.items())
    return isinstance(value, list) and any(_asks_for(item, is_asking) for item in value)
