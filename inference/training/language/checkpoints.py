"""Where training stands, in files from which it goes on after its process died."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from inference.training.language.networks import PICKLES
from inference.training.output import Tell
from inference.training.refusal import Refusal, no_room

_KEPT = 2
_NAME = "step-"
_TENSORS, _FACTS = "tensors.safetensors", "facts.json"


class BadCheckpoint(Refusal):
    """A checkpoint is not of this training; one sentence says what differs."""

    code = "bad_checkpoint"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What was saved after `step` steps."""

    step: int
    tensors: dict[str, torch.Tensor]
    facts: dict[str, Any]


class Checkpoints:
    """The checkpoints of one training in a folder, of which the last two are kept.

    Each is a folder with tensors as safetensors and everything else as JSON; nothing is ever unpickled. It is
    written aside, synced to the disk and renamed, so that one with its name is complete. `origin` says what
    it belongs to, part by part: "architecture", "weights", "data" and each setting.
    """

    def __init__(self, folder: Path, origin: Mapping[str, Any], tell: Tell) -> None:
        self._folder = folder
        self._origin = json.loads(json.dumps(origin))
        self._tell = tell

    def newest(self) -> Checkpoint | None:
        """The last complete checkpoint, None where there is none; tells of broken ones that it passes over.

        Raises BadCheckpoint when the last one is of another training, or of a format that is not read.
        """
        _refuse_pickles(self._folder)
        for folder in self._complete():
            try:
                checkpoint = _read(folder, self._origin)
            except _Broken as why:
                self._tell({"text": f"{folder.name} is passed over: {why}."})
            else:
                return checkpoint
        return None

    def save(self, step: int, tensors: Mapping[str, torch.Tensor], facts: Mapping[str, Any]) -> None:
        """Keep what stands after `step` steps. Raises NoRoom; the checkpoints before are still there then."""
        partial = self._folder / f".partial-{_NAME}{step:08d}"
        complete = self._folder / f"{_NAME}{step:08d}"
        try:
            shutil.rmtree(partial, ignore_errors=True)
            partial.mkdir(parents=True)
            save_file(
                {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()},
                partial / _TENSORS,
            )
            written = {
                "step": step,
                "origin": self._origin,
                "sha256": _sha256(partial / _TENSORS),
                "facts": dict(facts),
            }
            (partial / _FACTS).write_text(json.dumps(written), encoding="utf-8")
            for path in (partial / _TENSORS, partial / _FACTS, partial):
                _sync(path)
            shutil.rmtree(complete, ignore_errors=True)
            partial.rename(complete)
            _sync(self._folder)
        except (OSError, SafetensorError) as error:
            shutil.rmtree(partial, ignore_errors=True)
            last = next((folder.name for folder in self._complete()), None)
            kept = f"The checkpoint before, {last}, is still there." if last else "There is no other one."
            raise no_room(f"The checkpoint of step {step}", error, kept) from error
        for old in self._complete()[_KEPT:]:
            shutil.rmtree(old, ignore_errors=True)

    def _complete(self) -> list[Path]:
        """Newest first."""
        if not self._folder.is_dir():
            return []
        return sorted((path for path in self._folder.glob(f"{_NAME}*") if path.is_dir()), reverse=True)


class _Broken(Exception):
    """Half of a checkpoint."""


def _read(folder: Path, origin: Mapping[str, Any]) -> Checkpoint:
    _refuse_pickles(folder)
    try:
        written = json.loads((folder / _FACTS).read_text(encoding="utf-8"))
        step, saved_of, facts = int(written["step"]), dict(written["origin"]), dict(written["facts"])
        sha256 = _sha256(folder / _TENSORS)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise _Broken("it is incomplete") from error
    if sha256 != written.get("sha256"):
        raise _Broken("its tensors are not as they were written")
    for part in [*origin, *saved_of]:
        if saved_of.get(part) != origin.get(part):
            raise BadCheckpoint(_difference(folder, part, saved_of.get(part), origin.get(part)))
    try:
        return Checkpoint(step, load_file(folder / _TENSORS), facts)
    except SafetensorError as error:
        raise _Broken("its tensors cannot be read") from error


def _refuse_pickles(folder: Path) -> None:
    pickles = sorted(path.name for path in folder.glob("*") if path.suffix in PICKLES)
    if pickles:
        raise BadCheckpoint(
            f"{folder} holds {pickles[0]}, a pickle file, which can run code and is never read: name another "
            "folder for checkpoints."
        )


def _difference(folder: Path, part: str, saved: Any, wanted: Any) -> str:
    if part in ("architecture", "weights", "data"):
        what = {
            "architecture": "a model of another architecture",
            "weights": "other weights",
            "data": "other data",
        }
        found = what[part]
    else:
        found = f"a training with {part} {saved}, not {wanted}"
    return f"{folder} is a checkpoint of {found}: name another folder for checkpoints, or empty this one."


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
