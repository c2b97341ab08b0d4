"""An export is written by the worker, kept for some days, and gone without a trace when it fails."""

import hashlib
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import AuditEntry
from chatbot.workshop.exports.asking import AlreadyAsked, ask, remove
from chatbot.workshop.exports.keeping import look_after_exports
from chatbot.workshop.exports.words import sentence
from chatbot.workshop.models import Export
from inference.exporting import NotExported
from tests.chatbot.workshop.exports.conftest import worked
from tests.export_program import CONTENT

pytestmark = pytest.mark.django_db


def left_on_disk(folders):
    return sorted(path.name for path in (folders / "exports").rglob("*") if path.is_file())


def test_the_file_is_there_with_its_size_and_checksum(export, folders):
    export = worked(export)

    assert (export.state, export.message) == ("done", "exported")
    assert (export.file_name, export.size) == ("tiny-1.gguf", len(CONTENT))
    assert export.sha256 == hashlib.sha256(CONTENT).hexdigest()
    assert export.is_there and export.file.read_bytes() == CONTENT
    assert export.folder.stat().st_mode & 0o077 == 0
    assert left_on_disk(folders) == ["tiny-1.gguf"]


@pytest.mark.parametrize(
    ("mode", "message", "words"),
    [
        ("refused", "failed", "A GGUF file can hold other architectures."),
        ("full", "no_room", "The disk is full."),
    ],
)
def test_a_failure_is_said_in_words_and_leaves_nothing(mode, message, words, export, folders):
    export = worked(export, mode)

    assert (export.state, export.message, export.is_there) == ("failed", message, False)
    assert words in sentence(export.message, export.detail)
    assert left_on_disk(folders) == []


def test_an_export_is_cancelled_while_it_is_written(export, folders, monkeypatch):
    store = Export.store

    def cancelled_meanwhile(self, **fields):
        if fields.get("message") == "exporting":
            Export.objects.get(pk=self.pk).cancel()
        return store(self, **fields)

    monkeypatch.setattr(Export, "store", cancelled_meanwhile)
    export = worked(export, "slow")

    assert (export.state, left_on_disk(folders)) == ("cancelled", [])


def test_files_that_are_gone_are_said(export, version, folders):
    (folders / "models" / "tiny" / "first").rename(folders / "elsewhere")

    export = worked(export)

    assert (export.state, export.message) == ("failed", "no_files")


def test_the_same_export_is_asked_for_once_at_a_time(export, version):
    with pytest.raises(AlreadyAsked) as again:
        ask(version, "gguf", by=None)

    assert again.value.export == export
    worked(export)
    assert ask(version, "gguf", by=None) != export


def test_a_format_of_another_kind_is_refused(version):
    with pytest.raises(NotExported):
        ask(version, "onnx", by=None)
    assert not Export.objects.exists()


def test_one_is_written_at_a_time(export, version):
    other = ask(version, "hf", by=None)

    assert Export.objects.claim(export.public_id) is not None
    assert Export.objects.claim(other.public_id) is None


def test_after_its_days_the_file_is_deleted_and_the_row_says_so(export, folders, settings):
    export = worked(export)
    look_after_exports()
    assert left_on_disk(folders) == ["tiny-1.gguf"]

    Export.objects.filter(pk=export.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    look_after_exports()

    export.refresh_from_db()
    assert (export.is_there, export.message, left_on_disk(folders)) == (False, "outdated", [])


def test_what_a_dead_worker_left_is_ended_and_removed(export, folders):
    claimed = Export.objects.claim(export.public_id)
    claimed.folder.mkdir(parents=True)
    (claimed.folder / "half").write_text("half")
    Export.objects.filter(pk=export.pk).update(touched_at=timezone.now() - timedelta(minutes=5))

    look_after_exports()

    export.refresh_from_db()
    assert (export.state, export.message, left_on_disk(folders)) == ("failed", "abandoned", [])


def test_who_asked_and_who_removed_it_is_on_the_record(export, administrator):
    export = worked(export)

    assert remove(export, by=administrator) and not remove(export, by=administrator)

    kinds = AuditEntry.objects.filter(actor_id=administrator.pk).values_list("kind", flat=True)
    assert list(kinds.order_by("number")) == ["workshop.export_asked", "workshop.export_removed"]
