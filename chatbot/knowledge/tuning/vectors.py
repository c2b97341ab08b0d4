"""Vectors of the development data: encoded once, and kept in a folder for the next time."""

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from inference.encoding import Purpose

Vectors = NDArray[np.float32]
# Texts, purpose, the encoder's name with its version; returns (texts, dimension).
Encode = Callable[[Sequence[str], Purpose, str], Vectors]
_PIECE = 512


class KeptVectors:
    """Gives vectors by text, from `folder` where they are there, else from `encode`, and tells `report`."""

    def __init__(self, encode: Encode, folder: Path | None, report: Callable[[str], None]) -> None:
        self._encode = encode
        self._folder = folder
        self._report = report
        self._known: dict[tuple[str, Purpose], dict[str, Vectors]] = {}

    def of(self, texts: Sequence[str], purpose: Purpose, encoder: str) -> Vectors:
        """Return the vectors (texts, dimension) of the texts in their order."""
        known = self._known.setdefault((encoder, purpose), self._read(encoder, purpose))
        missing = sorted({text for text in texts if _key(text) not in known})
        for start in range(0, len(missing), _PIECE):
            some = missing[start : start + _PIECE]
            for text, vector in zip(some, self._encode(some, purpose, encoder), strict=True):
                known[_key(text)] = vector
            self._report(f"{encoder}: {start + len(some)} of {len(missing)} texts encoded as {purpose}")
        if missing:
            self._write(encoder, purpose, known)
        return np.stack([known[_key(text)] for text in texts])

    def _read(self, encoder: str, purpose: Purpose) -> dict[str, Vectors]:
        path = self._path(encoder, purpose)
        if path is None or not path.exists():
            return {}
        with np.load(path) as kept:
            return dict(zip(kept["keys"].tolist(), kept["vectors"], strict=True))

    def _write(self, encoder: str, purpose: Purpose, known: dict[str, Vectors]) -> None:
        path = self._path(encoder, purpose)
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            np.savez(path, keys=np.array(list(known)), vectors=np.stack(list(known.values())))

    def _path(self, encoder: str, purpose: Purpose) -> Path | None:
        return None if self._folder is None else self._folder / f"{encoder}-{purpose}.npz"


def _key(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]
