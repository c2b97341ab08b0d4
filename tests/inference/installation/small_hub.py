"""A hub of one model that speaks enough of the Hugging Face protocol for its real client library."""

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

HUB_ID = "house/tiny"
COMMIT = "c0ffee" + "0" * 34
LARGE_SUFFIX = ".safetensors"


@dataclass
class SmallHub:
    """What the hub holds and how it misbehaves: `lies` names files whose checksum it states wrongly,
    `breaks_after` cuts the next download of weights short at that byte."""

    files: dict[str, bytes]
    gated: bool = False
    lies: set[str] = field(default_factory=set)
    breaks_after: int | None = None
    ranges: list[str] = field(default_factory=list)
    endpoint: str = ""

    @classmethod
    def holding(cls, folder: Path) -> "SmallHub":
        return cls({path.name: path.read_bytes() for path in folder.iterdir()})

    def etag(self, name: str) -> str:
        content = self.files[name] + (b"changed" if name in self.lies else b"")
        if name.endswith(LARGE_SUFFIX):
            return hashlib.sha256(content).hexdigest()
        return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()

    def description(self) -> dict[str, object]:
        siblings = []
        for name, content in self.files.items():
            sibling: dict[str, object] = {"rfilename": name, "size": len(content), "blobId": self.etag(name)}
            if name.endswith(LARGE_SUFFIX):
                sibling["lfs"] = {"sha256": self.etag(name), "size": len(content), "pointerSize": 130}
            siblings.append(sibling)
        card = {"license": "mit", "language": ["en", "zh"]}
        return {"id": HUB_ID, "sha": COMMIT, "siblings": siblings, "cardData": card, "tags": []}

    @contextmanager
    def serving(self) -> Iterator["SmallHub"]:
        server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"hub": self}))
        self.endpoint = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield self
        finally:
            server.shutdown()
            thread.join()
            server.server_close()


class _Handler(BaseHTTPRequestHandler):
    hub: SmallHub

    def do_HEAD(self) -> None:
        self._answer(with_body=False)

    def do_GET(self) -> None:
        self._answer(with_body=True)

    def log_message(self, *args: object) -> None:
        """Tests print nothing for each request."""

    def _answer(self, with_body: bool) -> None:
        path = urlsplit(self.path).path
        resolve = f"/{HUB_ID}/resolve/{COMMIT}/"
        if path.startswith(f"/api/models/{HUB_ID}"):
            self._send(200, json.dumps(self.hub.description()).encode(), {"Content-Type": "application/json"})
        elif not path.startswith(resolve):
            self._send(404, b"", {"X-Error-Code": "RepoNotFound"})
        elif self.hub.gated:
            self._send(403, b"", {"X-Error-Code": "GatedRepo"})
        else:
            self._send_file(path.removeprefix(resolve), with_body)

    def _send_file(self, name: str, with_body: bool) -> None:
        content = self.hub.files[name]
        headers = {"ETag": f'"{self.hub.etag(name)}"', "X-Repo-Commit": COMMIT, "Accept-Ranges": "bytes"}
        wanted = self.headers.get("Range")
        if not with_body:
            self._send(200, b"", {**headers, "Content-Length": str(len(content))})
        elif wanted is not None:
            self.hub.ranges.append(wanted)
            start = int(wanted.removeprefix("bytes=").partition("-")[0])
            span = f"bytes {start}-{len(content) - 1}/{len(content)}"
            self._send(206, content[start:], {**headers, "Content-Range": span})
        elif self.hub.breaks_after is not None and name.endswith(LARGE_SUFFIX):
            self._send(
                200, content[: self.hub.breaks_after], {**headers, "Content-Length": str(len(content))}
            )
            self.close_connection = True
        else:
            self._send(200, content, headers)

    def _send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
