"""Answers leave at once: no connection waits for the acknowledgement of what it sent before."""

import socket

from inference.server.serve import _listen


def test_connections_send_without_delay() -> None:
    with (
        _listen("127.0.0.1", 0) as listening,
        socket.create_connection(listening.getsockname()),
        listening.accept()[0] as accepted,
    ):
        assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
