"""`manage.py evaluate NAME`: judges this installation on data with known answers."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from chatbot.monitoring.evaluations import answers, retrieval, sentiment
from chatbot.monitoring.figures import keep, show

EVALUATIONS = {"retrieval": retrieval, "answers": answers, "sentiment": sentiment}


class Command(BaseCommand):
    help = "Judge this installation on data with known answers; docs/benchmarks.md explains the figures."

    def add_arguments(self, parser: ArgumentParser) -> None:
        names = parser.add_subparsers(dest="name", required=True, metavar="NAME")
        for name, evaluation in EVALUATIONS.items():
            part = names.add_parser(name, help=evaluation.HELP)
            evaluation.add_arguments(part)
            part.add_argument("--json", type=Path, help="write the figures to this file")

    def handle(self, *args: Any, **options: Any) -> None:
        figures = EVALUATIONS[options["name"]].run(options, self.stdout.write)
        show(figures, self.stdout.write)
        keep(figures, options["json"])
