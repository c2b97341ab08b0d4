"""Company pages on an origin of their own, with the headers that a company might send."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class HostPages:
    """What is served at `origin`: path to HTML, with the same headers for all of it."""

    origin: str
    html: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)


@contextmanager
def serve_host_pages() -> Iterator[HostPages]:
    """Serve pages from memory on a free port of localhost until the block ends."""
    pages = HostPages("")

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            html = pages.html.get(self.path)
            self.send_response(404 if html is None else 200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            for name, value in pages.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write((html or "").encode())

        def log_message(self, *arguments: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        pages.origin = f"http://localhost:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield pages
        server.shutdown()
        thread.join()
