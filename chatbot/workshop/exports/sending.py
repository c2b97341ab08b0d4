"""A large file as an answer: in pieces, whole or from where an interrupted download ended."""

import re
from collections.abc import Iterator
from pathlib import Path

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.http import content_disposition_header

_PIECE = 1 << 18
# One range, as RFC 9110, section 14, writes it; who asks for several gets the whole file.
_RANGE = re.compile(r"bytes=(\d*)-(\d*)", re.ASCII)
_LONGEST_NUMBER = 18


def file_response(request: HttpRequest, path: Path, name: str, sha256: str) -> HttpResponseBase:
    """Return the file to be saved as `name`, or the part that the request asks for (RFC 9110).

    Its SHA-256 is its entity tag, so that a download goes on with the same file only. Raises OSError.
    """
    size = path.stat().st_size
    tag = f'"{sha256}"'
    headers = {
        "Accept-Ranges": "bytes",
        "Content-Disposition": content_disposition_header(True, name) or "attachment",
        "ETag": tag,
        # Nobody between here and the browser may keep it.
        "Cache-Control": "private, no-store",
    }
    asked = request.headers.get("Range", "")
    if request.headers.get("If-Range", tag) != tag:
        asked = ""
    part = _part(asked, size)
    if part is None:
        return HttpResponse(status=416, headers={**headers, "Content-Range": f"bytes */{size}"})
    start, end = part
    is_whole = (start, end) == (0, size)
    if not is_whole:
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
    headers["Content-Length"] = str(end - start)
    status = 200 if is_whole else 206
    media_type = "application/octet-stream"
    if request.method == "HEAD":
        return HttpResponse(status=status, headers=headers, content_type=media_type)
    content = _pieces(path, start, end)
    return StreamingHttpResponse(content, status=status, headers=headers, content_type=media_type)


def _part(asked: str, size: int) -> tuple[int, int] | None:
    """The bytes [start, end) that are asked for; None where the file has none of these."""
    found = _RANGE.fullmatch(asked.strip())
    if found is None or max(map(len, found.groups())) > _LONGEST_NUMBER or found.groups() == ("", ""):
        return 0, size
    first, last = found.groups()
    if first == "":
        return (max(0, size - int(last)), size) if int(last) and size else None
    start, end = int(first), min(size, int(last) + 1) if last else size
    if last and int(last) < int(first):
        return 0, size
    return (start, end) if start < size else None


def _pieces(path: Path, start: int, end: int) -> Iterator[bytes]:
    with path.open("rb") as file:
        file.seek(start)
        left = end - start
        while left and (piece := file.read(min(_PIECE, left))):
            left -= len(piece)
            yield piece
