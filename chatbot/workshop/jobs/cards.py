"""The card of a version that a job made: what it is, made how, how good, and what it is not for.

After M. Mitchell et al., "Model Cards for Model Reporting", FAT* 2019; in English, since it goes along with
the model wherever that is taken.
"""

from collections.abc import Iterator
from typing import Any

from django.utils import timezone, translation

from chatbot.workshop.jobs.figures import figures_of
from chatbot.workshop.models import WorkshopJob

_DONE = {
    "finetune": "fine-tuned: it learnt from the answers of the data set (loss on answers only)",
    "private": "fine-tuned with differential privacy (DP-SGD): what one conversation leaves in it is bounded",
    "distil": "distilled: a smaller student learnt from a teacher's answers",
    "distil_encoder": "distilled: a smaller encoder learnt from the head's judgements",
    "prune": "pruned: what changed answers the least was removed, and the rest was trained to recover",
    "share": "given shared weights: several layers use the same ones, and were trained to recover",
    "quantise": "quantised: its weights are rounded, and nothing was trained",
}
_ELSEWHERE = "Languages and subjects that the data set lacks may have suffered more than the figures say."
_LIMITS = {
    "private": "The bound holds for this run alone; another run on the same conversations adds to it.",
    "prune": _ELSEWHERE,
    "distil": _ELSEWHERE,
    "share": _ELSEWHERE,
}


def model_card(job: WorkshopJob) -> str:
    """Return the card of what `job` made, as Markdown, once the program has given its result."""
    with translation.override("en"):
        return "\n".join(_lines(job)) + "\n"


def _lines(job: WorkshopJob) -> Iterator[str]:
    base, data = job.base, job.data
    licence = base.language_model.licence or "unknown; ask who the base comes from"
    yield f"# {base.language_model.name}, {job.get_kind_display()}"
    yield ""
    yield "## Model"
    yield ""
    yield f"- Made of {base.display_name} ({base.source}), and {_DONE.get(job.kind, job.kind)}."
    if job.teacher is not None:
        yield f"- Teacher: {job.teacher.display_name}."
    yield f"- Made on {timezone.localdate():%Y-%m-%d} by the workshop of Parley, code {job.code_version}."
    yield f"- Licence: that of the base, {licence}. What it learnt from has terms of its own: see the data."
    yield ""
    yield "## Use"
    yield ""
    yield "For customer service on the sites of the installation that made it, with an operator within reach."
    yield "Not for decisions about people, and not for advice in medicine, law or money."
    yield ""
    yield "## Data"
    yield ""
    if data is not None:
        counts = ", ".join(f"{count} for {part}" for part, count in data.by_part)
        yield f"- {data}: {counts or 'no counts'}. SHA-256 `{data.sha256}`."
        yield "- Its data card says where it comes from and what was removed."
    yield "- The figures below are of the test part, which was not learnt from."
    yield ""
    yield "## How it was made"
    yield ""
    yield f"- Seed {job.seed}."
    for name, value in job.settings.items():
        yield f"- {name}: {value}"
    yield ""
    yield from _figures(job.result)
    yield ""
    yield "## Limits"
    yield ""
    yield "- It can say what is not true, with or without this training; that is why answers cite sources."
    yield "- It may repeat what it learnt from. Personal data is masked as far as it was recognised."
    if limit := _LIMITS.get(job.kind):
        yield f"- {limit}"


def _figures(result: dict[str, Any]) -> Iterator[str]:
    yield "## Figures"
    yield ""
    yield "| Figure | Before | After |"
    yield "|---|---|---|"
    for figure in figures_of(result):
        yield f"| {figure.name} | {figure.before} | {figure.after} |"
