from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.management import call_command
from django.db import connection

from accounts.audit import record
from accounts.models import AuditEntry
from accounts.verification import verify

pytestmark = pytest.mark.django_db(transaction=True)

THREADS = 8
EACH = 25


def test_many_who_record_at_once_make_one_chain(owner, site):
    def write(thread: int) -> None:
        try:
            for n in range(EACH):
                record("test.lamp_lit", by=owner, site=site, thread=thread, n=n)
        finally:
            connection.close()

    with ThreadPoolExecutor(THREADS) as threads:
        list(threads.map(write, range(THREADS)))

    assert AuditEntry.objects.count() == THREADS * EACH
    verdict = verify()
    assert (verdict.ok, verdict.entries) == (True, THREADS * EACH)


def test_a_flush_empties_the_record_and_leaves_its_triggers(owner):
    record("test.lamp_broken", by=None)

    call_command("flush", interactive=False, verbosity=0)

    assert not AuditEntry.objects.exists()
    assert record("test.lamp_broken", by=None).number == 1
    with pytest.raises(Exception, match="append-only"):
        AuditEntry.objects.all().delete()
