"""A real SMTP server on loopback, which keeps what it is given or refuses it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from socketserver import StreamRequestHandler, ThreadingTCPServer


class MailServer:
    """Holds the mails that came, parsed; `refusal` is what it says to the next recipients instead."""

    def __init__(self, port: int) -> None:
        self.url = f"smtp://127.0.0.1:{port}"
        self.mails: list[EmailMessage] = []
        self.recipients: list[str] = []
        self.refusal = ""

    def subjects(self) -> list[str]:
        """Return the subjects on one line each, however they were folded."""
        return [" ".join(str(mail["Subject"]).split()) for mail in self.mails]


@contextmanager
def mail_server() -> Iterator[MailServer]:
    """Serve on a free port of loopback until the end of the block."""
    found: list[MailServer] = []

    class Handler(StreamRequestHandler):
        """Speaks SMTP with one client, as far as Django's backend does."""

        def handle(self) -> None:
            self.say("220 mail.example ready")
            for line in self.rfile:
                words = line.decode().strip()
                if words.upper().startswith("RCPT") and found[0].refusal:
                    self.say(found[0].refusal)
                elif words.upper() == "DATA":
                    self.say("354 go on")
                    found[0].mails.append(message_from_bytes(self.body(), policy=policy.default))  # type: ignore[arg-type]
                    self.say("250 taken")
                elif words.upper() == "QUIT":
                    self.say("221 bye")
                    return
                else:
                    if words.upper().startswith("RCPT"):
                        found[0].recipients.append(words.partition("<")[2].partition(">")[0])
                    self.say("250 so be it")

        def say(self, line: str) -> None:
            self.wfile.write(f"{line}\r\n".encode())

        def body(self) -> bytes:
            lines = iter(self.rfile.readline, b".\r\n")
            return b"".join(line[1:] if line.startswith(b"..") else line for line in lines)

    class Server(ThreadingTCPServer):
        daemon_threads = True

    server = Server(("127.0.0.1", 0), Handler)
    found.append(MailServer(server.server_address[1]))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield found[0]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
