"""`manage.py drain`: let the web processes of this machine end without cutting anybody off."""

import time
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from chatbot.monitoring.web_processes import WebProcess, web_processes

_LOOK_SECONDS = 0.2
_AFTER_DRAINING_SECONDS = 10.0


class Command(BaseCommand):
    help = (
        "Let the web processes of DATA_DIR on this machine finish their answers, tell their chats to come "
        "back, and end. Under `manage.py start` the web process is started again at once."
    )
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, help="drain only the web process that listens on this port")
        parser.add_argument(
            "--wait",
            type=float,
            default=settings.DRAIN_SECONDS + _AFTER_DRAINING_SECONDS,
            metavar="SECONDS",
            help="how long to wait for the end, 0 for not at all (DRAIN_SECONDS and 10 more)",
        )

    def handle(self, *args: Any, port: int | None, wait: float, **options: Any) -> None:
        pids = {process.pid for process in self._running(port)}
        if not pids:
            where = f" on port {port}" if port else ""
            raise CommandError(
                f"No web process of DATA_DIR ({settings.DATA_DIR}) runs{where} on this machine."
            )
        for process in self._running(port):
            try:
                process.drain()
            except PermissionError:
                raise CommandError(
                    f"Process {process.pid} belongs to another account: run this command as that one."
                ) from None
            self.stdout.write(f"Process {process.pid} on port {process.port} drains.")
            self.stdout.flush()
        deadline = time.monotonic() + wait
        while left := [process for process in self._running(port) if process.pid in pids]:
            if time.monotonic() >= deadline:
                self._report(left, wait)
                return
            time.sleep(_LOOK_SECONDS)
        self.stdout.write("All have ended.")

    def _running(self, port: int | None) -> list[WebProcess]:
        return [process for process in web_processes(settings.DATA_DIR) if port in (None, process.port)]

    def _report(self, left: list[WebProcess], wait: float) -> None:
        """Say what remains; to have waited in vain is a failure."""
        remains = "; ".join(
            f"process {process.pid} has {process.sockets} sockets and {process.replies} answers under way"
            for process in left
        )
        if wait:
            raise CommandError(f"Not ended within {wait:g} s: {remains}.")
        self.stdout.write(f"Not waited for: {remains}.")
