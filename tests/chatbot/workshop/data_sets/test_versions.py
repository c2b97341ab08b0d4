"""A version is made whole, the same each time, and never changes; whoever changes a file is found out."""

import json
import os
from collections import Counter

import pytest

from accounts.models import AuditEntry
from chatbot.conversations.erasure import erase
from chatbot.workshop.data_sets import version_files
from chatbot.workshop.data_sets.problems import DataProblem
from chatbot.workshop.data_sets.versions import make_version, remove, remove_data_set
from chatbot.workshop.models import (
    PARTS,
    DataSet,
    DataSetChanged,
    DataSetVersion,
    Example,
    HeldConversation,
    key_of,
)
from tests.chatbot.workshop.data_sets.conftest import consent, dialogue, fill, many, talk

pytestmark = pytest.mark.django_db


def lines(version: DataSetVersion, part: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in (version.folder / f"{part}.jsonl").read_text().splitlines()]


def test_a_version_holds_every_example_once_in_three_parts(data_set, administrator):
    fill(data_set, *many(100))

    version = make_version(data_set, seed=1, by=administrator)

    held = [line["id"] for part in PARTS for line in lines(version, part)]
    assert Counter(held) == Counter(Example.objects.values_list("public_id", flat=True))
    assert version.counts == {part: len(lines(version, part)) for part in PARTS}
    assert all(version.counts.values()) and version.counts["train"] > 60
    first = lines(version, "train")[0]
    assert first.keys() == {"id", "messages", "language"}
    assert [message["role"] for message in first["messages"]] == ["user", "assistant"]
    entry = AuditEntry.objects.get(kind="workshop.version_made")
    assert (entry.actor_id, entry.data["examples"]) == (administrator.pk, 100)


def test_the_same_seed_gives_the_same_files_and_another_one_others(data_set):
    fill(data_set, *many(100))

    one, again = (make_version(data_set, seed=1, by=None) for _time in range(2))
    other = make_version(data_set, seed=2, by=None)

    assert (one.number, again.number, other.number) == (1, 2, 3)
    assert one.sha256 == again.sha256 != other.sha256


def test_what_was_measured_by_is_not_learnt_from_when_the_set_grows(data_set):
    fill(data_set, *many(150)[:100])
    before = make_version(data_set, seed=1, by=None)
    fill(data_set, *many(150)[100:])

    after = make_version(data_set, seed=1, by=None)

    held_out = {line["id"] for part in ("validation", "test") for line in lines(before, part)}
    assert not held_out & {line["id"] for line in lines(after, "train")}


def test_files_are_read_only_and_a_changed_one_is_refused(data_set):
    fill(data_set, *many(20))
    version = make_version(data_set, seed=1, by=None)
    path = version.folder / "train.jsonl"
    assert version.verified_folder() == version.folder
    assert not os.stat(path).st_mode & 0o222

    path.chmod(0o600)
    path.write_text(path.read_text().replace("Answer", "Reply", 1))

    with pytest.raises(DataSetChanged, match="Lamps@1 were changed"):
        version.verified_folder()
    version.folder.chmod(0o700)
    path.unlink()
    with pytest.raises(DataSetChanged, match="is gone"):
        version.verified_folder()


def test_one_example_is_too_little(data_set):
    fill(data_set, dialogue("Why?", "Because."))

    with pytest.raises(DataProblem, match="1 conversations that differ are too few"):
        make_version(data_set, seed=1, by=None)

    assert not DataSetVersion.objects.exists()
    assert not list(data_set.folder.iterdir())


def test_a_full_disk_leaves_nothing_behind(data_set, monkeypatch):
    fill(data_set, *many(20))

    def full(_descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(version_files.os, "fsync", full)
    with pytest.raises(OSError):
        make_version(data_set, seed=1, by=None)

    assert not DataSetVersion.objects.exists() and not list(data_set.folder.iterdir())


def test_what_was_rejected_removed_or_is_disputed_is_not_in_it(data_set):
    examples = fill(data_set, *many(20))
    Example.objects.filter(pk=examples[0].pk).update(review="rejected")
    Example.objects.filter(pk=examples[1].pk).update(removed_by="exact")
    Example.objects.filter(pk=examples[2].pk).update(review="disputed")
    Example.objects.filter(pk=examples[3].pk).update(review="accepted")

    assert make_version(data_set, seed=1, by=None).total == 17
    DataSet.objects.update(only_reviewed=True)
    data_set.refresh_from_db()
    with pytest.raises(DataProblem):
        make_version(data_set, seed=1, by=None)


def test_an_erased_conversation_makes_the_version_unusable_and_enters_no_new_one(data_set, site):
    consent(site)
    conversation = talk(site, ("visitor", "Mine broke"), ("assistant", "Send it back"))
    fill(data_set, *many(20))
    fill(
        data_set,
        dialogue("Mine broke", "Send it back"),
        site=site,
        conversation=conversation,
        group=key_of(conversation.public_id),
    )
    version = make_version(data_set, seed=1, by=None)
    assert version in DataSetVersion.objects.usable() and version.total == 21
    public_id = conversation.public_id

    erase(conversation.visitor)

    assert version not in DataSetVersion.objects.usable()
    assert [held.version for held in HeldConversation.objects.of(public_id).erased()] == [version]
    assert make_version(data_set, seed=1, by=None).total == 20
    assert DataSetVersion.objects.usable().count() == 1


def test_a_site_that_takes_its_consent_back_is_left_out(data_set, site):
    rules = consent(site)
    conversation = talk(site, ("visitor", "Mine broke"), ("assistant", "Send it back"))
    fill(data_set, *many(20))
    fill(data_set, dialogue("Mine broke", "Send it back"), site=site, conversation=conversation)
    assert make_version(data_set, seed=1, by=None).total == 21

    rules.allows_data_sets = False
    rules.save()

    assert not DataSetVersion.objects.usable().exists()
    assert make_version(data_set, seed=1, by=None).total == 20


def test_labelled_texts_are_written_as_the_sentiment_training_reads_them(db):
    data_set = DataSet.objects.create(name="Moods", kind="labelled")
    with pytest.raises(DataProblem, match="No text has a label"):
        make_version(data_set, seed=1, by=None)
    for number in range(100):
        label = "positive" if number % 2 else "negative"
        text = f"Parcel {number * 7919} made me feel {label} on day {number}"
        fill(data_set, [{"role": "user", "content": text}], sentiment=label)

    version = make_version(data_set, seed=1, by=None)

    from inference.training.sentiment.label_files import divide, read_label_files

    texts = read_label_files([version.folder / f"{part}.jsonl" for part in PARTS])
    assert len(texts) == 100
    parts = divide(texts, seed=1)
    assert len(parts.test) == version.counts["validation"] + version.counts["test"]


def test_a_version_and_a_data_set_are_removed_with_their_files(
    data_set, administrator, django_capture_on_commit_callbacks
):
    fill(data_set, *many(20))
    one, other = (make_version(data_set, seed=seed, by=None) for seed in (1, 2))

    with django_capture_on_commit_callbacks(execute=True):
        remove(one, by=administrator)
    assert not one.folder.exists() and other.verified_folder()
    with django_capture_on_commit_callbacks(execute=True):
        remove_data_set(data_set, by=administrator)

    assert not data_set.folder.exists() and not Example.objects.exists()
    assert AuditEntry.objects.filter(kind="workshop.version_removed").count() == 1
