"""A small server that encodes over real HTTP: a text's vector says which letters it has."""

import base64
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import numpy as np

NAME = "letters@1"


class Encoder:
    """What was encoded; `is_away` makes it answer nothing but errors."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.texts: list[str] = []
        self.is_away = False


def vector_of(text: str) -> np.ndarray[Any, np.dtype[np.float32]]:
    counts = np.bincount([ord(letter) % 64 for letter in text.lower()], minlength=64).astype(np.float32)
    return counts / np.linalg.norm(counts)


@contextmanager
def encoder() -> Iterator[Encoder]:
    found: list[Encoder] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer({"data": [{"id": NAME, "kind": "encoder"}]})

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            found[0].texts += body["input"]
            rows = [
                {"index": place, "embedding": base64.b64encode(vector_of(text).tobytes()).decode()}
                for place, text in enumerate(body["input"])
            ]
            self._answer({"data": rows})

        def _answer(self, body: dict[str, Any]) -> None:
            content = json.dumps(body).encode()
            self.send_response(503 if found[0].is_away else 200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_arguments: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    found.append(Encoder(f"http://127.0.0.1:{server.server_port}/v1"))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield found[0]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
