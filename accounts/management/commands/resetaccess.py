from typing import Any

from allauth.mfa.models import Authenticator
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from accounts.audit import only_site_of, record
from accounts.changes import access_changed
from accounts.models import User
from accounts.password_reset import reset_link


class Command(BaseCommand):
    help = "Print a link by which a person sets a new password, for installations without a mail server."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="the person's username")
        parser.add_argument(
            "--remove-factors",
            action="store_true",
            help="also remove authenticator app, passkeys and recovery codes, which were lost",
        )

    def handle(self, *arguments: Any, name: str, remove_factors: bool, **options: Any) -> None:
        try:
            person = User.objects.get(username=name)
        except User.DoesNotExist:
            raise CommandError(f"Nobody is called “{name}”.") from None
        if not person.is_active:
            raise CommandError(f"“{name}” is blocked. Tick “active” on the person's page in the admin first.")
        with transaction.atomic():
            if remove_factors:
                Authenticator.objects.filter(user=person).delete()
                access_changed(person.pk)
            record(
                "person.access_reset",
                by=None,
                about=person,
                site=only_site_of(person),
                factors_removed=remove_factors,
            )
        self.stdout.write(reset_link(person))
        self.stdout.write(
            "The link works once, within three days. Whoever has it gets in: pass it on safely."
        )
