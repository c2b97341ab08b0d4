"""`manage.py scrubaudit`: erase personal data from the audit record and keep the acts."""

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts.retention import scrub_before, scrub_person


class Command(BaseCommand):
    help = (
        "Erase names, networks and personal details from entries of the audit record. What was done, when, "
        "on which site and by which number stays, and the record still verifies. This cannot be undone."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        which = parser.add_mutually_exclusive_group(required=True)
        which.add_argument("--older-than", type=int, metavar="DAYS", help="all entries older than this")
        which.add_argument("--person", type=int, metavar="NUMBER", help="all entries by or about this person")

    def handle(self, *args: Any, older_than: int | None, person: int | None, **options: Any) -> None:
        if older_than is not None:
            if not 0 <= older_than <= 36_500:
                raise CommandError("--older-than must be a number of days from 0 to 36500.")
            erased = scrub_before(timezone.now() - timedelta(days=older_than))
        else:
            assert person is not None  # argparse demands one of the two
            erased = scrub_person(person)
        self.stdout.write(f"Erased the personal data of {erased} entries.")
