"""A real web site on loopback that notes who asked for what."""

import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Reply:
    """What a path answers; `pieces` are sent one by one, with `seconds` between them."""

    body: bytes = b""
    media_type: str = "text/html; charset=utf-8"
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    pieces: int = 1
    seconds: float = 0.0


@dataclass
class WebSite:
    """Answers with `pages`, by path and query; everything else is 404."""

    port: int
    pages: dict[str, Reply | Callable[[], Reply]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    connections: list[str] = field(default_factory=list)
    ended: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def page(self, path: str, html: str, **options: Any) -> None:
        self.pages[path] = Reply(html.encode(), **options)

    def redirect(self, path: str, location: str, status: int = 302) -> None:
        self.pages[path] = Reply(status=status, headers={"Location": location})

    def pages_asked(self) -> list[str]:
        return [path for path in self.asked if path != "/robots.txt"]


@contextmanager
def web_site(host: str = "127.0.0.1") -> Iterator[WebSite]:
    """Serve on a free port until the end of the block; every connection is noted, also without a request.

    With “::” it serves on all addresses of this machine, IPv4 ones too.
    """
    found: list[WebSite] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            site = found[0]
            site.asked.append(self.path)
            site.headers.append(dict(self.headers))
            reply = site.pages.get(self.path, Reply(b"nothing here", status=404))
            reply = reply() if callable(reply) else reply
            self.send_response(reply.status)
            if reply.media_type:
                self.send_header("Content-Type", reply.media_type)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.end_headers()
            for _piece in range(reply.pieces):
                self.wfile.write(reply.body)
                self.wfile.flush()
                if reply.seconds and site.ended.wait(reply.seconds):
                    return

        def log_message(self, *_arguments: Any) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        address_family = socket.AF_INET6 if ":" in host else socket.AF_INET

        def server_bind(self) -> None:
            if self.address_family == socket.AF_INET6:
                self.socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
            super().server_bind()

        def verify_request(self, request: Any, client_address: Any) -> bool:
            found[0].connections.append(client_address[0])
            return True

        def handle_error(self, *_arguments: Any) -> None:
            """Clients that hang up are what some tests are about."""

    server = Server((host, 0), Handler)
    found.append(WebSite(server.server_port))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield found[0]
    finally:
        found[0].ended.set()
        server.shutdown()
        server.server_close()
        thread.join()
