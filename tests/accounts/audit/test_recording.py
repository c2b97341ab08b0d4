import pytest
from django.db import IntegrityError, connection, transaction

from accounts.action_types import ActionType
from accounts.audit import UnknownKind, record, register
from accounts.models import AuditEntry, AuditHead, Membership

pytestmark = pytest.mark.django_db


def light(owner, site, **data):
    return record("test.lamp_lit", by=owner, site=site, about=owner, network="203.0.113.7", **data)


def test_an_act_is_recorded_with_who_what_when_and_where(owner, site):
    light(owner, site, colour="blue", email="ann@lumen.example")

    entry = AuditEntry.objects.get()
    assert (entry.number, entry.actor, entry.site, entry.network) == (1, owner, site, "203.0.113.7")
    assert (entry.about_type, entry.about_id) == ("accounts.user", str(owner.pk))
    assert entry.all_data == {"colour": "blue", "email": "ann@lumen.example"}
    assert entry.describe() == ("owner lit owner on Lumen Lamps with blue light, told by ann@lumen.example")


def test_entries_are_numbered_without_a_gap_and_each_holds_the_hash_of_the_one_before(owner, site):
    first, second = light(owner, site), light(owner, site)

    assert (first.number, second.number) == (1, 2)
    assert second.previous_hash == first.hash
    assert str(AuditHead.objects.get()) == f"2:{second.hash}"
    stored = AuditEntry.objects.get(number=2)
    assert stored.digest() == stored.hash == second.hash
    assert stored.digest_personal() == stored.personal_digest


def test_an_act_that_is_rolled_back_leaves_neither_an_entry_nor_a_gap(owner, site):
    with pytest.raises(RuntimeError), transaction.atomic():
        light(owner, site)
        raise RuntimeError("the act failed")

    assert not AuditEntry.objects.exists()
    assert light(owner, site).number == 1


def test_a_kind_that_nobody_registered_is_refused(owner):
    with pytest.raises(UnknownKind, match="test.unheard_of"):
        record("test.unheard_of", by=owner)


def test_a_kind_is_registered_once():
    class Again(ActionType):
        kind = "test.lamp_lit"

    with pytest.raises(ValueError, match="registered already"):
        register(Again)


@pytest.mark.parametrize("value", [0.1, {"a": "dict"}, [1.5], b"bytes"])
def test_data_that_a_database_gives_back_in_another_shape_is_refused(owner, value):
    with pytest.raises(TypeError):
        record("test.lamp_lit", by=owner, colour=value)


def test_what_the_installation_does_by_itself_has_no_person():
    assert record("test.lamp_broken", by=None).describe() == "Parley broke a lamp"


def test_the_entries_of_a_person_and_a_site_outlive_both(owner, site):
    Membership.objects.all().delete()
    light(owner, site, colour="red")
    numbers = owner.pk, site.pk
    owner.delete()
    site.delete()

    entry = AuditEntry.objects.get()
    assert (entry.actor_id, entry.site_id) == numbers
    assert "owner lit owner on Lumen Lamps" in entry.describe()
    assert entry.digest() == entry.hash


def refused(statement: str) -> None:
    with (
        pytest.raises(IntegrityError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)


def test_the_orm_neither_changes_nor_deletes_an_entry(owner, site):
    entry = light(owner, site)
    entry.kind = "test.lamp_broken"

    for forbidden in (
        entry.save,
        entry.delete,
        AuditEntry.objects.all().delete,
        lambda: AuditEntry.objects.update(site_name="Elsewhere"),
    ):
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            forbidden()


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM accounts_auditentry",
        "UPDATE accounts_auditentry SET kind = 'test.lamp_broken'",
        """UPDATE accounts_auditentry SET "when" = '2020-01-01 00:00:00+00:00'""",
        "UPDATE accounts_auditentry SET actor_id = NULL",
        "UPDATE accounts_auditentry SET actor_name = 'somebody else'",
        "UPDATE accounts_auditentry SET actor_name = '', about_name = '', network = '', salt = ''",
        "UPDATE accounts_auditentry SET number = 2",
    ],
)
def test_sql_neither_changes_nor_deletes_an_entry(owner, site, statement):
    light(owner, site, email="ann@lumen.example")

    refused(statement)


def test_sql_replaces_no_entry_and_leaves_no_gap(owner, site):
    light(owner, site)
    columns = "kind, site_name, about_type, about_id, data, actor_name, about_name, network, personal, salt"
    rest = f'number, "when", {columns}, personal_digest, previous_hash, hash'
    values = "'2020-01-01 00:00:00+00:00', 'x', '', '', '', '{}', '', '', '', '{}', '', 'd', 'p', 'h'"
    insert = "INSERT OR REPLACE" if connection.vendor == "sqlite" else "INSERT"

    for number in (1, 3):
        refused(f"{insert} INTO accounts_auditentry ({rest}) VALUES ({number}, {values})")
