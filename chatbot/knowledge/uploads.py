"""The bytes of uploaded files, kept so that they can be read again; nobody is ever served them.

They lie under DATA_DIR, which web and worker share, one file a document, and go when the document goes.
"""

import os
import shutil
import time
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

from django.conf import settings

from chatbot.knowledge.models import Document

# The bytes of a document are there before its row is: what is younger is nobody's business yet.
_YOUNG_SECONDS = 3600


def path_of(public_id: str) -> Path:
    """Return where the bytes of the document with this id lie, or would lie."""
    return Path(settings.KNOWLEDGE_DIR) / public_id[:2] / public_id


def keep(public_id: str, content: BinaryIO) -> int:
    """Store the bytes of a document and return how many they are; raises OSError when there is no room.

    What was there is replaced at once as a whole: a reader sees the old bytes or the new ones.
    """
    path = path_of(public_id)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    unfinished = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            shutil.copyfileobj(content, file, 1 << 20)
        size = unfinished.stat().st_size
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
    return size


def forget(public_ids: Iterable[str]) -> None:
    """Delete the bytes of these documents; ids without bytes are fine."""
    for public_id in public_ids:
        path_of(public_id).unlink(missing_ok=True)


def sweep() -> int:
    """Delete what belongs to no document, such as those of a deleted site; return how many files it was."""
    swept, before = 0, time.time() - _YOUNG_SECONDS
    for folder in Path(settings.KNOWLEDGE_DIR).glob("[0-9a-f][0-9a-f]"):
        old = [path for path in folder.iterdir() if path.stat().st_mtime < before]
        known = set(
            Document.objects.filter(public_id__in=[path.name for path in old]).values_list(
                "public_id", flat=True
            )
        )
        for path in old:
            if path.name not in known:
                path.unlink(missing_ok=True)
                swept += 1
    return swept
