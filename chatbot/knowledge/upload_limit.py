"""How much of an upload is kept while it arrives."""

from typing import Any

from django.conf import settings
from django.core.files.uploadhandler import TemporaryFileUploadHandler
from django.http import HttpRequest

MIB = 1024 * 1024


def limit_bytes(request: HttpRequest | None = None) -> int:
    """Return how large an uploaded file may be: what the view declares as `upload_bytes`, or as usual."""
    view = getattr(getattr(request, "resolver_match", None), "func", None)
    return getattr(view, "upload_bytes", settings.KNOWLEDGE_FILE_MIB * MIB)


class LimitedUploadHandler(TemporaryFileUploadHandler):
    """Writes a file to disk up to the limit and lets the rest go by.

    The file's `size` says how large it was, so that a form refuses it with words.
    """

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Keep what comes before the limit."""
        if start <= limit_bytes(self.request):
            self.file.write(raw_data)

    def file_complete(self, file_size: int) -> Any:
        """Return the file, with the size that was sent."""
        return super().file_complete(file_size)
