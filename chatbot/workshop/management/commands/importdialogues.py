"""`manage.py importdialogues FILE`: adds the examples of a file to a data set, as the page does."""

from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from chatbot.workshop.data_sets import asking, jobs, uploads
from chatbot.workshop.data_sets.importing.wrong import words_of
from chatbot.workshop.data_sets.problems import sentence
from chatbot.workshop.models import DataJob, DataSet

_PIECE = 1024 * 1024


class Command(BaseCommand):
    """Reads a file into a data set, which is made where there is none of that name."""

    help = "Adds dialogues or labelled texts from a JSONL or CSV file to a data set of the workshop."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="JSON lines in OpenAI's chat format, or CSV")
        parser.add_argument("--data-set", default="", help="its name; the file's name if it is left out")
        parser.add_argument("--kind", choices=DataSet.Kind.values, default=DataSet.Kind.DIALOGUES.value)
        parser.add_argument("--licence", default="", help="under which the file may be used")

    def handle(self, *arguments: Any, **options: Any) -> None:
        path: Path = options["file"]
        try:
            with transaction.atomic():
                data_set, _made = DataSet.objects.get_or_create(
                    name=options["data_set"] or path.stem, defaults={"kind": options["kind"]}
                )
                job = uploads.keep_upload(
                    data_set, path.name, _pieces(path), licence=options["licence"], by=None, by_worker=False
                )
        except asking.AtWork:
            raise CommandError("Work on this data set goes on already. Wait for its end.") from None
        except OSError as error:
            raise CommandError(f"{path} cannot be kept: {error.strerror}.") from None
        claimed = DataJob.objects.claim(job.public_id)
        jobs.carry_out(claimed)
        job.refresh_from_db()
        told = [sentence(job.message, job.detail), *(words_of(*problem) for problem in job.problems)]
        if job.state != DataJob.State.DONE:
            raise CommandError("\n".join(told))
        self.stdout.write(told[0])


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            yield piece
