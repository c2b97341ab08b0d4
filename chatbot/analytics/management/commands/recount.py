"""`manage.py recount`: counts the daily figures anew from what is stored."""

from argparse import ArgumentParser, ArgumentTypeError
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.models import Site
from chatbot.analytics.refreshing import recount

_EVERY_DAYS = 10


class Command(BaseCommand):
    help = (
        "Count the daily figures anew. The worker keeps them up to date by itself; this is for conversations "
        "that were put into the database in another way."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--site", help="public key of the site; all sites unless given")
        parser.add_argument("--first", type=_day, help="first day, like 2026-11-01; all unless given")
        parser.add_argument("--last", type=_day, help="last day; all unless given")

    def handle(self, *args: Any, **options: Any) -> None:
        first, last = options["first"], options["last"]
        if first and last and last < first:
            raise CommandError("--last must not be before --first.")
        sites = Site.objects.filter(public_key=options["site"]) if options["site"] else Site.objects.all()
        if options["site"] and not sites:
            raise CommandError(f"No site has the public key “{options['site']}”.")
        for site in sites:
            days = recount(site, first, last, self._progress)
            self.stdout.write(f"{site.public_key}: counted {days} days")

    def _progress(self, done: int, days: int) -> None:
        if done % _EVERY_DAYS == 0:
            self.stdout.write(f"{done} of {days} days")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError("write a day like 2026-11-01") from None
