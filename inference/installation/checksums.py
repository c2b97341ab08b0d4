"""SHA-256 of what was fetched, and of a model's weights as a whole."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

from inference.installation.errors import InstallationError
from inference.installation.progress import Advance

CHUNK = 1 << 20


def sha256_of(path: Path, advance: Advance = lambda _count: None) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
            advance(len(chunk))
    return digest.hexdigest()


def git_blob_id_of(path: Path) -> str:
    """The id that git, and so the hub, gives a small file: SHA-1 over `blob <length>\\0` and the content."""
    content = path.read_bytes()
    return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()


def require_sha256(path: Path, expected: str, advance: Advance = lambda _count: None) -> None:
    """Return when the file has this checksum; delete it and raise InstallationError when it has another."""
    found = sha256_of(path, advance)
    if found != expected:
        path.unlink()
        raise InstallationError(
            f"{path.name} has the SHA-256 {found} where {expected} was expected, so it was deleted; "
            "install again, and if this repeats do not trust its source."
        )


def sha256_of_weights(files: Sequence[Path], advance: Advance = lambda _count: None) -> str:
    """One checksum for a model's weights.

    For a single file it is the file's own; for several, that of the list `sha256sum` would print for them in
    order of name, so that an operator can recompute either with standard tools.
    """
    if len(files) == 1:
        return sha256_of(files[0], advance)
    listing = "".join(f"{sha256_of(file, advance)}  {file.name}\n" for file in sorted(files))
    return hashlib.sha256(listing.encode()).hexdigest()
