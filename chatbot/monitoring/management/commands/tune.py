"""`manage.py tune`: chooses how passages are ranked and how sure Parley must be, on development data."""

import asyncio
from argparse import ArgumentParser
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from benchmarks.installation import NotReady
from benchmarks.model_server import running_model_server
from chatbot.knowledge.encoders import encoders_for_passages
from chatbot.knowledge.ranking.parameters import PARAMETERS_FILE, tuned, write_parameters
from chatbot.knowledge.tuning.choosing import choose
from chatbot.knowledge.tuning.datasets import Data, NoData, read_data
from chatbot.knowledge.tuning.figures import (
    SPLITS,
    confidence_figures,
    lines_of,
    promised,
    recall_figures,
)
from chatbot.knowledge.tuning.scenarios import scenarios
from chatbot.knowledge.tuning.searching import candidates_of
from chatbot.knowledge.tuning.vectors import KeptVectors
from chatbot.monitoring.figures import keep
from chatbot.monitoring.obstacles import Obstacle
from chatbot.monitoring.preparation import prepare_models
from inference.encoding import EncoderUnavailable, Purpose, embed_patiently

DATA = Path("../shared/data")


class Command(BaseCommand):
    help = (
        "Choose the weights and thresholds of retrieval on development data, print what they reach, and "
        "write them to the file that ranking reads. Vectors are kept in DATA_DIR/tuning."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--data", type=Path, default=DATA, help=f"folder of the data ({DATA})")
        parser.add_argument(
            "--output", type=Path, default=PARAMETERS_FILE, help="file of parameters to write"
        )
        parser.add_argument("--measure", action="store_true", help="choose nothing: measure what is in use")
        parser.add_argument("--json", type=Path, help="write the figures to this file")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            data = read_data(options["data"])
            prepare_models(self.stdout.write)
            with running_model_server(settings.INFERENCE_URLS[0]):
                figures = self._work(data, options)
        except (NoData, NotReady, EncoderUnavailable, Obstacle) as error:
            raise CommandError(str(error)) from error
        for line in lines_of(figures):
            self.stdout.write(line)
        keep(figures, options["json"])

    def _work(self, data: Data, options: dict[str, Any]) -> dict[str, Any]:
        encoders = asyncio.run(_served())
        vectors = KeptVectors(_encode, settings.DATA_DIR / "tuning", self.stdout.write)
        found = []
        for scenario in scenarios(data):
            found.append((scenario, candidates_of(scenario, vectors, encoders)))
            self.stdout.write(f"searched: {scenario.name}, {len(scenario.passages)} passages")
        parameters = (
            tuned() if options["measure"] else choose(found, _provenance(encoders), self.stdout.write)
        )
        figures: dict[str, Any] = {
            "encoders": list(encoders),
            "splits": SPLITS,
            "recall": {
                scenario.name: recall_figures(
                    scenario, candidates_of(scenario, vectors, encoders), parameters
                )
                for scenario in promised(data)
            },
            "confidence": confidence_figures(found, parameters),
        }
        if not options["measure"]:
            kept = {"recall": figures["recall"], "confidence": figures["confidence"]}
            write_parameters(replace(parameters, figures=kept), options["output"])
            self.stdout.write(f"Written to {options['output']}.")
        return figures


async def _served() -> Sequence[str]:
    encoders = encoders_for_passages()
    try:
        return (await encoders.served()).encoders
    finally:
        await encoders.aclose()


def _encode(texts: Sequence[str], purpose: Purpose, encoder: str) -> "np.ndarray[Any, np.dtype[np.float32]]":
    return embed_patiently(encoders_for_passages, texts, purpose, encoder)


def _provenance(encoders: Sequence[str]) -> str:
    return (
        "Chosen by `manage.py tune` on covid_faq, banking77 (train), clinc150 (train, val, oos_train, "
        f"oos_val), xquad (even paragraphs) and cmrc2018 (trial), with {' and '.join(encoders)}."
    )
