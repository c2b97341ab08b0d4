"""Cleaning a data set: its steps one after the other, each over what the one before left."""

import time
from collections import Counter
from collections.abc import Mapping
from typing import Any, Protocol

from django.db import transaction
from django.db.models import F

from chatbot.workshop.data_sets.batches import in_batches
from chatbot.workshop.data_sets.cleaning.boilerplate import Boilerplate
from chatbot.workshop.data_sets.cleaning.duplicates import ExactDuplicates, NearDuplicates
from chatbot.workshop.data_sets.cleaning.steps import Changed, Removed, Step
from chatbot.workshop.data_sets.cleaning.texts_that_fit import Language, Length, PersonalData
from chatbot.workshop.models import CleaningStep, DataSet, Example
from chatbot.workshop.models.examples import ExampleQuerySet

Kind = CleaningStep.Kind
# In the order in which they are done: repetitions go first, so that what is looked for recurs by itself.
STEPS: Mapping[Kind, type[Step]] = {
    Kind.EXACT: ExactDuplicates,
    Kind.NEAR: NearDuplicates,
    Kind.LANGUAGE: Language,
    Kind.LENGTH: Length,
    Kind.BOILERPLATE: Boilerplate,
    Kind.PERSONAL: PersonalData,
}
_SAMPLES = 10
_MOST_REASONS = 20


class Tell(Protocol):
    """Hears how far the cleaning is; may raise to end it."""

    def __call__(self, stage: str, done: int = 0, of: int = 0, detail: str = "") -> None: ...


def steps_of(data_set: DataSet) -> list[CleaningStep]:
    """Return the steps of a data set in their order, made with what is usual where they are not there yet."""
    found = {step.kind: step for step in data_set.steps.all()}
    for position, (kind, step) in enumerate(STEPS.items()):
        if kind not in found:
            told = {
                one.name: list(one.default) if isinstance(one.default, tuple) else one.default
                for one in step.settings
            }
            found[kind], _made = CleaningStep.objects.get_or_create(
                data_set=data_set, kind=kind, defaults={"position": position, "settings": told}
            )
    return sorted(found.values(), key=lambda step: step.position)


def clean(data_set: DataSet, tell: Tell) -> int:
    """Do all steps that are on, from the examples as they were given; return how many are left.

    When `tell` raises, the work is half done: `restore` then takes it back.
    """
    restore(data_set)
    for row in steps_of(data_set):
        if row.is_on:
            _do(row, STEPS[Kind(row.kind)](row.settings), tell)
    return _left(data_set).count()


def restore(data_set: DataSet) -> None:
    """Make the examples what they were before any cleaning."""
    examples = Example.objects.filter(data_set=data_set)
    examples.exclude(removed_by="").update(removed_by="", why="", like=None)
    examples.filter(given__isnull=False).update(messages=F("given"), given=None)
    data_set.steps.update(report={})


def _do(row: CleaningStep, step: Step, tell: Tell) -> None:
    began, examples = time.monotonic(), _left(row.data_set)
    total, name = examples.count(), str(row.get_kind_display())
    passes = 1 + step.looks_first
    if step.looks_first:
        done = 0
        for batch in in_batches(examples):
            for example in batch:
                step.look(example)
            done += len(batch)
            tell("cleaning", done, total * passes, name)
        step.looked()
    reasons: Counter[str] = Counter()
    removed = changed = 0
    samples: list[int] = []
    done = total * (passes - 1)
    for batch in in_batches(examples):
        judged = [(example, step.judge(example)) for example in batch]
        with transaction.atomic():
            for example, outcome in judged:
                if isinstance(outcome, Removed):
                    _remove(example, row, outcome)
                    reasons[outcome.why] += 1
                    removed += 1
                elif isinstance(outcome, Changed):
                    _change(example, outcome)
                    reasons.update(outcome.whys)
                    changed += 1
                    samples += [example.pk] if len(samples) < _SAMPLES else []
        done += len(batch)
        tell("cleaning", done, total * passes, name)
    row.report = {
        "before": total,
        "removed": removed,
        "changed": changed,
        "seconds": round(time.monotonic() - began, 1),
        "reasons": dict(reasons.most_common(_MOST_REASONS)),
        "changed_examples": samples,
        "sentences": step.sentences(),
    }
    row.save(update_fields=["report"])


def _remove(example: Example, row: CleaningStep, outcome: Removed) -> None:
    Example.objects.filter(pk=example.pk).update(removed_by=row.kind, why=outcome.why, like_id=outcome.like)


def _change(example: Example, outcome: Changed) -> None:
    given = example.given if example.given is not None else example.messages
    Example.objects.filter(pk=example.pk).update(given=given, messages=outcome.messages)


def _left(data_set: DataSet) -> ExampleQuerySet:
    return Example.objects.filter(data_set=data_set, removed_by="").there()


def samples_of(row: CleaningStep) -> list[dict[str, Any]]:
    """Return some of what a step removed or changed: {"example", "before", "after" or "like"}."""
    gone = Example.objects.filter(data_set=row.data_set, removed_by=row.kind).select_related("like")
    changed = Example.objects.filter(
        pk__in=row.report.get("changed_examples", []), data_set=row.data_set, given__isnull=False
    )
    return [
        *(
            {"example": one, "before": one.messages, "like": one.like}
            for one in gone.order_by("pk")[:_SAMPLES]
        ),
        *({"example": one, "before": one.given, "after": one.messages} for one in changed.order_by("pk")),
    ]
