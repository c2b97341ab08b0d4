"""Versions go from state to state on the ways that there are, one active and one canary at a time."""

import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import AuditEntry, User
from inference.models import LanguageModel, LanguageModelVersion, ModelKind, TransitionRefused

pytestmark = pytest.mark.django_db

State = LanguageModelVersion.State


@pytest.fixture
def versions() -> list[LanguageModelVersion]:
    model = LanguageModel.objects.create(name="tiny", parameters=1, context_length=1)
    made = [
        LanguageModelVersion.objects.register(
            model, path=f"tiny/{n}", sha256=f"{n}" * 64, size=1, dtype="float32", source="test"
        )
        for n in (1, 2, 3)
    ]
    LanguageModelVersion.objects.filter(pk=made[2].pk).update(state=State.CANDIDATE, recipe={"job": "x"})
    made[0].activate()
    made[2].refresh_from_db()
    return made


def states() -> list[str]:
    return list(LanguageModelVersion.objects.order_by("number").values_list("state", flat=True))


def test_a_canary_goes_back_to_where_it_came_from(versions: list[LanguageModelVersion]) -> None:
    one, two, three = versions
    for version, rest in ((two, "installed"), (three, "candidate")):
        version.start_canary(10)
        assert LanguageModelVersion.objects.canary(ModelKind.LANGUAGE) == version
        assert version.stop_canary("enough")
        assert version.state == rest
        assert not version.stop_canary("again")
    two.activate()
    one.refresh_from_db()
    assert one.state == State.RETIRED
    one.start_canary(10)
    one.stop_canary("enough")
    assert one.state == State.RETIRED
    kinds = AuditEntry.objects.order_by("number").values_list("kind", flat=True)
    assert list(kinds).count("language_model.canary_started") == 3
    assert AuditEntry.objects.filter(kind="language_model.canary_stopped").last().data["reason"] == "enough"


def test_what_is_no_way_is_refused(versions: list[LanguageModelVersion]) -> None:
    one, two, three = versions
    with pytest.raises(TransitionRefused, match="its state is “Active”"):
        one.start_canary(10)
    with pytest.raises(TransitionRefused, match="from 1 to 99"):
        two.start_canary(100)
    two.start_canary(10)
    with pytest.raises(TransitionRefused, match="tiny@2 is being tried already"):
        three.start_canary(10)
    assert states() == ["active", "canary", "candidate"]


def test_without_an_active_version_there_is_nothing_to_try_beside(
    versions: list[LanguageModelVersion],
) -> None:
    LanguageModelVersion.objects.filter(number=1).update(state=State.RETIRED)
    with pytest.raises(TransitionRefused, match="No version is active"):
        versions[1].start_canary(10)


def test_a_canary_that_is_activated_is_no_canary_any_more(versions: list[LanguageModelVersion]) -> None:
    versions[1].start_canary(50)
    versions[1].activate()
    assert states() == ["retired", "active", "candidate"]
    assert versions[1].activated_at is not None


def test_the_share_of_a_canary_is_kept_over_many_conversations(versions: list[LanguageModelVersion]) -> None:
    canary = versions[1]
    canary.start_canary(20)
    began = timezone.now()
    ids = [f"conversation-{number}" for number in range(4000)]
    tried = [canary.tries(each, began) for each in ids]

    # Five standard deviations of a binomial of 4000 with p = 0.2.
    assert abs(sum(tried) / 4000 - 0.2) < 5 * (0.2 * 0.8 / 4000) ** 0.5
    assert tried == [canary.tries(each, began) for each in ids]
    assert not any(canary.tries(each, began - timedelta(minutes=1)) for each in ids)


@pytest.mark.django_db(transaction=True)
def test_two_who_activate_at_once_leave_one_active_version(versions: list[LanguageModelVersion]) -> None:
    together = threading.Barrier(2)
    failures: list[Exception] = []

    def activate(version: LanguageModelVersion) -> None:
        try:
            together.wait(10)
            version.activate()
        except Exception as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=activate, args=(version,)) for version in versions[1:]]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert not failures
    assert sorted(states()).count("active") == 1
    assert AuditEntry.objects.filter(kind="language_model.activated").count() == 3


def test_who_takes_a_canary_back_stands_in_the_record(
    versions: list[LanguageModelVersion], administrator: User
) -> None:
    versions[1].start_canary(5, by=administrator)
    versions[1].stop_canary("slow", by=administrator)
    entries = AuditEntry.objects.filter(kind__startswith="language_model.canary_")
    assert [entry.actor_name for entry in entries] == ["administrator", "administrator"]
