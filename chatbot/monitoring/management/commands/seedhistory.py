"""`manage.py seedhistory`: fills a site with conversations that never took place, and takes them away."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.models import Site
from chatbot.analytics.refreshing import recount
from chatbot.monitoring.demo_history.removing import remove_history
from chatbot.monitoring.demo_history.texts import NoTexts, read_texts
from chatbot.monitoring.demo_history.writing import MixedUp, write_history

DATA = Path("../shared/data")
_MOST_DAYS = 730
_MOST_CONVERSATIONS = 1_000_000
_DAYS_TOLD = 30


class Command(BaseCommand):
    help = (
        "Fill a site with a demo history: conversations made of real questions from open data sets, marked "
        "as what they are. --remove takes exactly these away."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--site", default="demo", help="public key of the site (demo)")
        parser.add_argument("--data", type=Path, default=DATA, help=f"folder of the data sets ({DATA})")
        parser.add_argument("--days", type=int, default=90, help="days up to today (90)")
        parser.add_argument("--conversations", type=int, default=2_000, help="how many in all (2000)")
        parser.add_argument("--seed", type=int, default=7, help="the same seed gives the same talks (7)")
        parser.add_argument("--force", action="store_true", help="also where there are real conversations")
        parser.add_argument("--remove", action="store_true", help="take the demo history away")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            site = Site.objects.for_key(options["site"])
        except Site.DoesNotExist:
            raise CommandError(f"There is no site with the public key “{options['site']}”.") from None
        if options["remove"]:
            gone = remove_history(site, lambda done, of: self._tell("visitors taken away", done, of))
            recount(site)
            self.stdout.write(f"{gone:,} conversations of the demo history are gone from “{site}”.")
            return
        days, conversations = options["days"], options["conversations"]
        if not 1 <= days <= _MOST_DAYS:
            raise CommandError(f"--days is from 1 to {_MOST_DAYS}.")
        if not 1 <= conversations <= _MOST_CONVERSATIONS:
            raise CommandError(f"--conversations is from 1 to {_MOST_CONVERSATIONS:,}.")
        try:
            messages = write_history(
                site,
                read_texts(options["data"]),
                days=days,
                conversations=conversations,
                seed=options["seed"],
                force=options["force"],
                tell=lambda done, of: self._tell("conversations stored", done, of),
            )
        except (NoTexts, MixedUp) as error:
            raise CommandError(str(error)) from error
        recount(site, progress=self._tell_counted)
        self.stdout.write(
            f"“{site}” has a demo history of {conversations:,} conversations with {messages:,} messages. "
            "None of them took place; `manage.py seedhistory --remove` takes them away."
        )

    def _tell_counted(self, done: int, of: int) -> None:
        if done % _DAYS_TOLD == 0 or done == of:
            self._tell("days counted", done, of)

    def _tell(self, what: str, done: int, of: int) -> None:
        self.stdout.write(f"{done:,} of {of:,} {what}")
