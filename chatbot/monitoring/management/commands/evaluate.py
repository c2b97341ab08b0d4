"""`manage.py evaluate NAME`: judges this installation on data with known answers."""

import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

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
            part.add_argument(
                "--lines",
                action="store_true",
                help="tell all in lines of JSON, for a program that reads them",
            )

    def handle(self, *args: Any, **options: Any) -> None:
        evaluation = EVALUATIONS[options["name"]]
        if options["lines"]:
            self._tell(evaluation, options)
            return
        figures = evaluation.run({**options, "told": None}, self.stdout.write)
        show(figures, self.stdout.write)
        keep(figures, options["json"])

    def _tell(self, evaluation: Any, options: dict[str, Any]) -> None:
        """Speak as programs of training do: progress, words, and a result or an error."""

        def tell(line: dict[str, Any]) -> None:
            self.stdout.write(json.dumps(line, ensure_ascii=False))
            self.stdout.flush()

        try:
            figures = evaluation.run(
                {**options, "told": lambda done, of: tell({"step": done, "of": of})},
                lambda words: tell({"text": words}),
            )
        except CommandError as error:
            tell({"error": str(error)})
            sys.exit(2)
        keep(figures, options["json"])
        tell({"result": figures})
