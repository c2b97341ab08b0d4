"""`manage.py serve`: the web process."""

import sys
from typing import Any

from channels.routing import get_default_application
from django.conf import settings
from django.core.checks import Tags
from django.core.management.base import BaseCommand, CommandError

from chatbot.monitoring.web_server import WebServer

# The event loop gives Python's lock away at each read and write, and waits so long for a busy database
# thread to give it back. Python's own five milliseconds are a tenth of the time between two frames.
SWITCH_SECONDS = 0.0005


class Command(BaseCommand):
    help = "Serve HTTP and WebSockets on HOST and PORT; SIGTERM drains the open sockets first."
    # The others look at code, which does not change between installations, and delay the start.
    requires_system_checks = [Tags.security]

    def handle(self, *args: Any, **options: Any) -> None:
        sys.setswitchinterval(SWITCH_SECONDS)
        server = WebServer(get_default_application(), settings.HOST, settings.PORT, settings.DRAIN_SECONDS)
        server.run()
        if server.failure:
            raise CommandError(f"The web process cannot serve: {server.failure}")
