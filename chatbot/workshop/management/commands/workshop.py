"""`manage.py workshop`: the jobs of the workshop, for people without a browser."""

import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from chatbot.workshop.jobs import asking, kinds
from chatbot.workshop.jobs.asking import Refused, Wish
from chatbot.workshop.jobs.figures import figures_of, in_words
from chatbot.workshop.jobs.running import carry_out
from chatbot.workshop.jobs.words import sentence
from chatbot.workshop.models import DataSetVersion, WorkshopJob
from inference.models import LanguageModelVersion
from inference.training.option import add_options

_LISTED = 20
_LOOKS_EVERY_SECONDS = 2.0


class Command(BaseCommand):
    """Asks for a job and waits for its end, or lists the jobs."""

    help = "Asks for a job of the workshop and waits for its end, or lists the newest jobs."

    def add_arguments(self, parser: ArgumentParser) -> None:
        commands = parser.add_subparsers(dest="command", required=True)
        commands.add_parser("jobs", help="list the newest jobs")
        run = commands.add_parser("run", help="ask for a job and wait for its end")
        names = run.add_subparsers(dest="kind", required=True)
        for kind in kinds.ALL:
            one = names.add_parser(kind.kind.value, help=str(kind.wish))
            one.add_argument("--base", required=True, help="NAME@N, the version to start from")
            one.add_argument("--data", required=True, help="NAME@N, the version of a data set to learn from")
            if kind.has_teacher:
                one.add_argument(
                    "--teacher",
                    dest="teacher_version",
                    default="",
                    help="NAME@N, whose answers the student learns",
                )
            one.add_argument("--seed", type=int, default=1)
            one.add_argument("--here", action="store_true", help="do it in this process, without the worker")
            add_options(one, kind.options)

    def handle(self, *arguments: Any, **options: Any) -> None:
        if options["command"] == "jobs":
            self._list()
            return
        kind = kinds.kind_of(options["kind"])
        assert kind is not None
        chosen = {option.name: options[option.name] for option in kind.options if option.name in options}
        teacher = _version(options["teacher_version"]) if options.get("teacher_version") else None
        wish = Wish(kind, _version(options["base"]), _data(options["data"]), teacher, chosen, options["seed"])
        try:
            job = asking.ask(wish, by=None)
        except Refused as refusal:
            raise CommandError(str(refusal)) from None
        self.stdout.write(f"Job {job}")
        # Where a training is at work, or the worker was quicker, the worker does it.
        claimed = WorkshopJob.objects.claim(job.public_id) if options["here"] else None
        if claimed is not None:
            carry_out(claimed)
        self._follow(job)

    def _follow(self, job: WorkshopJob) -> None:
        """Print what the job says until it has ended; raises CommandError where it failed."""
        told = ""
        while True:
            job.refresh_from_db()
            steps = f" {job.done}/{job.total}" if job.total and not job.is_finished else ""
            if (now := f"{sentence(job.message, job.detail)}{steps}") != told:
                self.stdout.write(now)
                told = now
            if job.is_finished:
                break
            time.sleep(_LOOKS_EVERY_SECONDS)
        if job.state != WorkshopJob.State.DONE:
            raise CommandError(told)
        self.stdout.write(f"{in_words(job.result)} {job.made}".strip())
        for figure in figures_of(job.result):
            self.stdout.write(f"{figure.name:40} {figure.before:>16} {figure.after:>16}")

    def _list(self) -> None:
        for job in WorkshopJob.objects.select_related("base__language_model", "made__language_model")[
            :_LISTED
        ]:
            percent = f"{job.percent} %" if job.percent is not None else ""
            made = f"-> {job.made}" if job.made is not None else ""
            self.stdout.write(f"{job} {job.kind:14} {job.base} {job.state:9} {percent:>5} {made}".rstrip())


def _version(name: str) -> LanguageModelVersion:
    found = LanguageModelVersion.objects.named(name)
    if found is None:
        raise CommandError(f"No version is called “{name}”.")
    return found


def _data(name: str) -> DataSetVersion:
    data_set, _at, number = name.rpartition("@")
    found = DataSetVersion.objects.filter(
        data_set__name=data_set, number=int(number) if number.isdecimal() and len(number) < 10 else 0
    ).first()
    if found is None:
        raise CommandError(f"No version of a data set is called “{name}”.")
    return found
