"""`manage.py verifyaudit`: was anything in the audit record changed, removed or cut off?"""

import json
from argparse import ArgumentParser, ArgumentTypeError
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.verification import BEGINNING, Head, verify


class Command(BaseCommand):
    help = (
        "Verify the chain of the audit record and print its head. Note the head elsewhere and give it back "
        "with --head: then even a record that was written anew or cut off is found. Exits with 1 when broken."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--head", type=_head, default=BEGINNING, metavar="NUMBER:HASH", help="a head noted before"
        )
        parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures to this file")

    def handle(self, *args: Any, **options: Any) -> None:
        verdict = verify(options["head"])
        if options["json"]:
            figures = {
                "ok": verdict.ok,
                "entries": verdict.entries,
                "scrubbed": verdict.scrubbed,
                "head": str(verdict.head),
                "broken": verdict.broken,
                "reason": verdict.reason,
            }
            options["json"].parent.mkdir(parents=True, exist_ok=True)
            options["json"].write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
        self.stdout.write(f"{verdict.entries} entries are sound, {verdict.scrubbed} of them scrubbed.")
        self.stdout.write(f"Head: {verdict.head}")
        if not verdict.ok:
            raise CommandError(f"The audit record is broken at entry {verdict.broken}: {verdict.reason}.")


def _head(text: str) -> Head:
    try:
        return Head.parse(text)
    except ValueError as error:
        raise ArgumentTypeError(str(error)) from error
