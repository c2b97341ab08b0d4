"""What the pages of a data set show."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Count

from chatbot.workshop.admin.data_set_forms import (
    AugmentForm,
    CollectForm,
    StepForm,
    UploadForm,
    VersionForm,
    step_forms,
)
from chatbot.workshop.data_sets.asking import newest_job
from chatbot.workshop.data_sets.card import asked_names, part_names
from chatbot.workshop.data_sets.cleaning.reasons import words_of as reason_in_words
from chatbot.workshop.data_sets.cleaning.running import STEPS, samples_of, steps_of
from chatbot.workshop.data_sets.importing.wrong import words_of
from chatbot.workshop.data_sets.judged_twice import pairs_of
from chatbot.workshop.data_sets.problems import sentence
from chatbot.workshop.data_sets.versions import wanted
from chatbot.workshop.models import (
    PARTS,
    CleaningStep,
    ConversationConsent,
    DataJob,
    DataSet,
    DataSetVersion,
    Example,
)

SHOWN_CHARACTERS = 400


@dataclass(frozen=True, slots=True)
class ShownStep:
    """One step of cleaning, what it asks for, and what it did last time."""

    row: CleaningStep
    form: StepForm
    about: str
    reasons: list[tuple[str, int]]


def page_of(data_set: DataSet) -> dict[str, Any]:
    """Return all that the page of a data set shows below its progress."""
    return {
        **progress_of(data_set),
        **numbers_of(data_set),
        "sources": data_set.sources.annotate(count=Count("examples")).select_related("added_by"),
        "steps": [_shown_step(form) for form in step_forms(steps_of(data_set))],
        "versions": versions_of(data_set),
        "pairs": _pairs(data_set),
        "part_names": list(part_names().values()),
        "upload_form": UploadForm(),
        "collect_form": CollectForm(),
        "augment_form": AugmentForm(auto_id="augment_%s"),
        "version_form": VersionForm(auto_id="version_%s"),
        "consenting": ConversationConsent.objects.sites().exists(),
    }


def progress_of(data_set: DataSet) -> dict[str, Any]:
    """Return how far the newest work on the data set is."""
    job = newest_job(data_set)
    return {
        "data_set": data_set,
        "job": job,
        "is_live": job is not None and not job.is_finished,
        "what": sentence(job.message, job.detail) if job is not None else "",
        "problems": [words_of(*problem) for problem in job.problems] if job is not None else [],
    }


def numbers_of(data_set: DataSet) -> dict[str, Any]:
    """Return how many examples there are, and what became of them."""
    examples = Example.objects.filter(data_set=data_set)
    there = examples.there()
    languages = there.filter(removed_by="").values_list("language").annotate(count=Count("pk"))
    reviews = dict(there.filter(removed_by="").values_list("review").annotate(count=Count("pk")).order_by())
    return {
        "count": there.count(),
        "left": there.filter(removed_by="").count(),
        "wanted": wanted(data_set).count(),
        "synthetic": there.exclude(synthetic="").count(),
        "withheld": there.count() - examples.allowed().count(),
        "languages": languages.order_by("-count")[:10],
        "reviews": [(label, reviews.get(value, 0)) for value, label in Example.Review.choices],
    }


def versions_of(data_set: DataSet) -> list[dict[str, Any]]:
    """Return the versions, the newest first, with whether each may be used."""
    usable = set(DataSetVersion.objects.usable().filter(data_set=data_set).values_list("pk", flat=True))
    return [
        {
            "version": version,
            "counts": [version.counts.get(part, 0) for part in PARTS],
            "is_usable": version.pk in usable,
        }
        for version in data_set.versions.select_related("created_by", "data_set")
    ]


def shown_samples(step: CleaningStep) -> list[dict[str, Any]]:
    """Return some of what a step removed or changed, in words."""
    return [
        {**sample, "why": reason_in_words(sample["example"].why) if sample["example"].why else ""}
        for sample in samples_of(step)
    ]


def at_work(data_set: DataSet) -> bool:
    """Tell whether its examples are being changed."""
    return DataJob.objects.unfinished().filter(data_set=data_set).exists()


def _shown_step(form: StepForm) -> ShownStep:
    row = form.step
    reasons = [(reason_in_words(code), count) for code, count in row.report.get("reasons", {}).items()]
    return ShownStep(row, form, str(STEPS[CleaningStep.Kind(row.kind)].about), reasons)


def _pairs(data_set: DataSet) -> list[tuple[str, list[tuple[str, Any]]]]:
    names = asked_names()
    return [
        (" · ".join(pair.people), [(names[asked], kappa) for asked, kappa in pair.by_question.items()])
        for pair in pairs_of(data_set)
    ]
