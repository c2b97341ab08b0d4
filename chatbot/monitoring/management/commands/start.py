"""`manage.py start`: everything, from an empty folder to a running installation."""

import asyncio
import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import DatabaseError, connections

from chatbot.monitoring import programs
from chatbot.monitoring.console import Console
from chatbot.monitoring.instance_lock import hold_instance_lock
from chatbot.monitoring.obstacles import Obstacle, check_broker, check_data_dir, check_port, full_disk
from chatbot.monitoring.preparation import ensure_owner, prepare
from chatbot.monitoring.running import run_installation


class Command(BaseCommand):
    help = "Prepare this installation and run its web process, model server and worker until Ctrl-C."

    def handle(self, *args: Any, **options: Any) -> None:
        as_json = settings.LOG_FORMAT == "json"
        self._console = Console(width=max(map(len, programs.NAMES)), as_json=as_json)
        try:
            self._check()
            prepare(self._say)
        except Obstacle as obstacle:
            self._refuse(str(obstacle))
        except (OSError, DatabaseError) as error:
            if not full_disk(error):
                raise
            self._refuse(f"The disk of DATA_DIR ({settings.DATA_DIR}) is full: make room, or set DATA_DIR.")
        connections.close_all()
        asyncio.run(run_installation(self._console, self._announce))

    def _check(self) -> None:
        check_data_dir(settings.DATA_DIR)
        # Held by this open descriptor until the process ends.
        self._lock = hold_instance_lock(settings.DATA_DIR)
        check_port("PORT", "HOST", settings.HOST, settings.PORT)
        if programs.runs_model_server():
            check_port("INFERENCE_PORT", "INFERENCE_HOST", settings.INFERENCE_HOST, settings.INFERENCE_PORT)
        check_broker(settings.CELERY_BROKER_URL, settings.REDIS_URL)

    def _announce(self, seconds: float | None) -> None:
        """Print where everything is and, when it was generated just now, the owner's password."""
        generated = ensure_owner(settings.OWNER_NAME, settings.OWNER_PASSWORD)
        connections.close_all()
        url = settings.PUBLIC_URL
        lines = [
            f"Parley is ready after {seconds:.1f} s."
            if seconds is not None
            else "Parley runs, but the language model does not answer yet. See the lines above.",
            "",
            f"  Demo shop   {url}/demo/",
            f"  Chat alone  {url}/widget/demo/",
            f"  Admin       {url}/admin/   as {settings.OWNER_NAME}",
        ]
        if generated:
            lines.append(f"  Password    {generated}   (shown this once; OWNER_PASSWORD sets another)")
        lines += ["", "Ctrl-C stops it."]
        for line in ("", *lines, ""):
            self._console.plain(line)

    def _say(self, text: str) -> None:
        self._console.line("parley", text)

    def _refuse(self, sentence: str) -> None:
        self.stderr.write(self.style.ERROR(f"Parley does not start. {sentence}"))
        sys.exit(1)
