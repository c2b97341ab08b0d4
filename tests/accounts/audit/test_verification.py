import json
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from accounts import append_only
from accounts.audit import record
from accounts.models import AuditEntry, AuditHead
from accounts.retention import scrub_before, scrub_person
from accounts.verification import Head, verify

pytestmark = pytest.mark.django_db


@pytest.fixture
def chain(owner, site) -> list[AuditEntry]:
    return [
        record("test.lamp_lit", by=owner, site=site, network="203.0.113.7", colour="blue", email=f"{n}@x.org")
        for n in range(5)
    ]


@pytest.fixture
def unlocked(chain):
    """The record in the hands of somebody who owns the database and has dropped the triggers."""
    append_only.remove(connection.schema_editor())


def head_of(entry: AuditEntry) -> Head:
    return Head(entry.number, entry.hash)


@pytest.mark.parametrize("batch", [1, 2, 5, 100])
def test_an_untouched_record_is_sound_in_batches_of_any_size(chain, batch):
    verdict = verify(batch=batch)

    assert (verdict.ok, verdict.entries, verdict.head) == (True, 5, head_of(chain[-1]))


def test_an_empty_record_is_sound(db):
    assert verify().ok


@pytest.mark.parametrize(
    ("column", "value", "reason"),
    [
        ("kind", "test.lamp_broken", "contents"),
        ("when", timezone.now() - timedelta(days=1), "contents"),
        ("actor_id", None, "contents"),
        ("site_name", "Elsewhere", "contents"),
        ("data", {"colour": "red"}, "contents"),
        ("hash", "0" * 64, "contents"),
        ("previous_hash", "0" * 64, "continue"),
        ("actor_name", "somebody else", "personal data do not match"),
        ("network", "198.51.100.1", "personal data do not match"),
        ("personal", {"email": "me@x.org"}, "personal data do not match"),
        ("salt", "", "counts as scrubbed"),
    ],
)
def test_a_changed_field_is_found(unlocked, column, value, reason):
    AuditEntry.objects.filter(number=3).update(**{column: value})

    verdict = verify()

    assert (verdict.broken, verdict.entries) == (3, 2)
    assert reason in verdict.reason


def test_an_entry_whose_hash_was_made_anew_is_found_at_the_next(unlocked):
    entry = AuditEntry.objects.get(number=3)
    entry.kind = "test.lamp_broken"
    entry.hash = entry.digest()
    entry.save()

    assert verify().broken == 4


def test_a_removed_entry_is_found(unlocked):
    AuditEntry.objects.filter(number=3).delete()

    verdict = verify()

    assert (verdict.broken, verdict.reason) == (4, "entry 3 is missing")


def test_a_cut_tail_is_found_by_the_records_own_head(unlocked):
    AuditEntry.objects.filter(number__gt=3).delete()

    assert verify().broken == 4


def test_a_tail_that_was_cut_with_its_head_is_found_by_a_head_noted_elsewhere(unlocked, chain):
    AuditEntry.objects.filter(number__gt=3).delete()
    AuditHead.objects.update(number=3, hash=chain[2].hash)

    assert verify().ok
    verdict = verify(head_of(chain[-1]))
    assert (verdict.broken, verdict.ok) == (4, False)


def test_a_record_written_anew_is_found_by_a_head_noted_elsewhere(unlocked, chain, owner):
    AuditEntry.objects.all().delete()
    AuditHead.objects.all().delete()
    for _ in range(7):
        record("test.lamp_broken", by=owner)

    assert verify().ok
    assert verify(head_of(chain[-1])).broken == 5


def test_later_entries_do_not_disturb_a_head_noted_before(chain, owner):
    record("test.lamp_broken", by=owner)

    assert verify(head_of(chain[-1])).ok


def test_scrubbing_erases_what_is_personal_and_keeps_the_chain(chain, owner):
    erased = scrub_before(timezone.now())

    entry = AuditEntry.objects.get(number=1)
    assert erased == 5
    assert (entry.actor_name, entry.network, entry.personal, entry.salt) == ("", "", {}, "")
    assert entry.data == {"colour": "blue"}
    assert entry.describe() == f"Person {owner.pk} lit – on Lumen Lamps with blue light, told by –"
    verdict = verify(head_of(chain[-1]))
    assert (verdict.ok, verdict.entries, verdict.scrubbed) == (True, 6, 5)
    assert AuditEntry.objects.get(number=6).kind == "audit.scrubbed"


def test_scrubbing_leaves_younger_entries_and_other_people(chain, owner, operator):
    other = record("test.lamp_lit", by=operator, email="op@x.org")

    assert scrub_before(timezone.now() - timedelta(days=1)) == 0
    assert scrub_person(owner.pk) == 5
    assert AuditEntry.objects.get(number=other.number).personal == {"email": "op@x.org"}
    assert verify().ok


def test_the_command_prints_the_head_and_writes_the_figures(chain, tmp_path, capsys):
    call_command("verifyaudit", json=tmp_path / "figures.json")

    assert f"Head: 5:{chain[-1].hash}" in capsys.readouterr().out
    assert json.loads((tmp_path / "figures.json").read_text()) == {
        "ok": True,
        "entries": 5,
        "scrubbed": 0,
        "head": f"5:{chain[-1].hash}",
        "broken": None,
        "reason": "",
    }


def test_the_command_fails_with_1_and_names_the_first_broken_entry(unlocked, tmp_path):
    AuditEntry.objects.filter(number=2).update(kind="test.lamp_broken")

    with pytest.raises(CommandError, match="broken at entry 2: its contents") as failure:
        call_command("verifyaudit", "--json", str(tmp_path / "figures.json"))

    assert failure.value.returncode == 1
    assert json.loads((tmp_path / "figures.json").read_text())["broken"] == 2


@pytest.mark.parametrize("head", ["", "5", "5:abc", f"x:{'0' * 64}", f"5:{'g' * 64}"])
def test_a_head_of_another_form_is_refused(db, head):
    with pytest.raises(CommandError, match="NUMBER:HASH"):
        call_command("verifyaudit", "--head", head)


def test_the_command_erases_by_age_and_by_person(chain, owner, capsys):
    call_command("scrubaudit", "--older-than", "1")
    call_command("scrubaudit", "--person", str(owner.pk))

    assert capsys.readouterr().out.splitlines() == [
        "Erased the personal data of 0 entries.",
        "Erased the personal data of 5 entries.",
    ]
