"""Making versions of data sets, which nobody changes afterwards, and removing them."""

import itertools
from collections.abc import Callable
from functools import partial
from pathlib import Path

from django.db import transaction
from django.db.models import Max

from accounts.audit import record
from accounts.models import User
from chatbot.conversations.models import Conversation
from chatbot.workshop.data_sets import card, facts, version_files
from chatbot.workshop.data_sets.batches import in_batches
from chatbot.workshop.data_sets.nearness import Nearness
from chatbot.workshop.data_sets.problems import DataProblem
from chatbot.workshop.data_sets.splitting import Shares, parts_of
from chatbot.workshop.data_sets.texts import text_of
from chatbot.workshop.models import (
    DataSet,
    DataSetVersion,
    Example,
    HeldConversation,
    sha256_of,
)
from chatbot.workshop.models.examples import ExampleQuerySet

# Told (stage, done, of); may raise to end the work.
Tell = Callable[[str, int, int], None]
_HELD_AT_ONCE = 1000
_TRAIN = "train"


def wanted(data_set: DataSet) -> ExampleQuerySet:
    """Return the examples that a version made now would be chosen from."""
    examples = Example.objects.filter(data_set=data_set).kept().exclude(review=Example.Review.DISPUTED)
    if data_set.only_reviewed:
        examples = examples.filter(review__in=(Example.Review.ACCEPTED, Example.Review.EDITED))
    return examples.exclude(sentiment="") if data_set.kind == DataSet.Kind.LABELLED else examples


def make_version(
    data_set: DataSet, *, seed: int, by: User | None, network: str = "", tell: Tell | None = None
) -> DataSetVersion:
    """Write the next version of `data_set` into a folder of its own and return it.

    The same examples and the same `seed` give the same files. Whole conversations, with what says nearly the
    same, fall into one part; what a machine made is learnt from and never measured by. All of it is there
    afterwards or nothing. Raises DataProblem where there is too little, OSError for lack of room, and what
    `tell` raises.
    """
    tell = tell or _silent
    with version_files.unfinished_folder(data_set) as folder:
        counter = facts.Counter(data_set)
        keys = _write(data_set, folder, seed, counter, tell)
        found = counter.facts(seed)
        with transaction.atomic():
            locked = DataSet.objects.select_for_update().get(pk=data_set.pk)
            number = (locked.versions.aggregate(last=Max("number"))["last"] or 0) + 1
            version = DataSetVersion(
                data_set=data_set,
                number=number,
                seed=seed,
                sha256=sha256_of(folder),
                counts=counter.counts,
                facts=found,
                created_by=by,
            )
            version.save()
            # With the moment at which it was stored.
            version.card = card.markdown(version)
            version.save(update_fields=["card"])
            (folder / version_files.CARD).write_text(version.card, encoding="utf-8")
            _note_conversations(version, keys)
            record("workshop.version_made", by=by, about=version, network=network, examples=version.total)
            version_files.move_into_place(folder, version)
    return version


def remove(version: DataSetVersion, *, by: User | None, network: str = "") -> None:
    """Delete a version with its files; raises ProtectedError where a job was made with it."""
    with transaction.atomic():
        record("workshop.version_removed", by=by, about=version, network=network)
        folder = version.folder
        version.delete()
        transaction.on_commit(partial(version_files.remove_folder, folder), robust=True)


def remove_data_set(data_set: DataSet, *, by: User | None, network: str = "") -> None:
    """Delete a data set with all its examples, versions and files; raises ProtectedError like `remove`."""
    with transaction.atomic():
        record("workshop.data_set_removed", by=by, about=data_set, network=network)
        folder, versions = data_set.folder, [version.folder for version in data_set.versions.all()]
        data_set.delete()
        for path in [*versions, folder]:
            transaction.on_commit(partial(version_files.remove_folder, path), robust=True)


def _write(data_set: DataSet, folder: Path, seed: int, counter: facts.Counter, tell: Tell) -> dict[str, int]:
    """Write the files; return the conversations that are in them, by their keys."""
    examples = wanted(data_set)
    total = examples.count()
    if data_set.kind == DataSet.Kind.LABELLED and not total:
        raise DataProblem("no_labels")
    nearness, groups, numbers = Nearness(), [], []
    for batch in in_batches(examples):
        for example in batch:
            nearness.add(text_of(example.messages))
            groups.append(example.group)
            numbers.append(example.pk)
        tell("comparing", len(groups), total)
    shares = Shares(data_set.validation_share / 100, data_set.test_share / 100)
    places = parts_of(groups, nearness, shares, seed, lambda _pairs: tell("comparing", total, total))
    part_of = dict(zip(numbers, places, strict=True))
    writer = version_files.Writer(folder)
    held: dict[str, int] = {}
    done = 0
    try:
        for batch in in_batches(examples.select_related("data_set", "source")):
            for example in batch:
                part = part_of.get(example.pk)
                if part is None or (example.synthetic and part != _TRAIN):
                    continue
                writer.write(example, part)
                counter.count(example, part)
                if example.conversation_id is not None:
                    held[example.group] = example.conversation_id
            done += len(batch)
            tell("writing", done, total)
    finally:
        writer.close()
    return held


def _note_conversations(version: DataSetVersion, keys: dict[str, int]) -> None:
    """Store which conversations are in the files; one that was erased meanwhile counts as erased."""
    rows = iter(keys.items())
    while batch := list(itertools.islice(rows, _HELD_AT_ONCE)):
        numbers = [number for _key, number in batch]
        alive = set(Conversation.objects.filter(pk__in=numbers).values_list("pk", flat=True))
        HeldConversation.objects.bulk_create(
            HeldConversation(version=version, key=key, conversation_id=number if number in alive else None)
            for key, number in batch
        )


def _silent(_stage: str, _done: int, _of: int) -> None:
    pass
