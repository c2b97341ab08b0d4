"""A real server that webhooks are sent to."""

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Receiver:
    """Keeps what it received; `status`, `headers` and `pieces` are what it answers next."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.url = f"http://127.0.0.1:{port}/hook"
        self.received: list[tuple[dict[str, str], bytes]] = []
        self.status = 200
        self.headers: dict[str, str] = {}
        self.body = b""
        self.pause_between_bytes = threading.Event()
        self.seconds_between_bytes = 0.0


@contextmanager
def receiver(tls: ssl.SSLContext | None = None) -> Iterator[Receiver]:
    """Serve on a free port of loopback until the end of the block."""
    found: list[Receiver] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            found[0].received.append((dict(self.headers), body))
            self.send_response(found[0].status)
            for name, value in found[0].headers.items():
                self.send_header(name, value)
            self.end_headers()
            for byte in found[0].body if found[0].seconds_between_bytes else ():
                if found[0].pause_between_bytes.wait(found[0].seconds_between_bytes):
                    return
                self.wfile.write(bytes([byte]))
                self.wfile.flush()
            if not found[0].seconds_between_bytes:
                self.wfile.write(found[0].body)

        def log_message(self, *_arguments: Any) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_arguments: Any) -> None:
            """Clients that hang up are what some tests are about."""

    server = Server(("127.0.0.1", 0), Handler)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    found.append(Receiver(server.server_port))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield found[0]
    finally:
        found[0].pause_between_bytes.set()
        server.shutdown()
        server.server_close()
        thread.join()
