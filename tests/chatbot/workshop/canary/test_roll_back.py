"""A canary that is worse by more than the margins is taken back and people are told; a good one stays."""

from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from accounts.models import AuditEntry, Site, User
from chatbot.analytics.alerts import telling
from chatbot.analytics.models import Dispatch, Notice, WatchSettings
from chatbot.conversations import events
from chatbot.conversations.models import Conversation, Message, ReplyTrace, Visitor
from chatbot.workshop.canary import watching
from chatbot.workshop.canary.comparing import Finding, compare, difference_of_medians
from chatbot.workshop.models import RolloutSettings
from inference.models import LanguageModelVersion, ModelKind

pytestmark = pytest.mark.django_db


def talk(
    site: Site,
    version: LanguageModelVersion,
    *,
    failed: bool = False,
    feedback: str = "",
    handed_over: bool = False,
    first_token_ms: int = 200,
    written_by: str = "",
) -> None:
    visitor, _secret = Visitor.objects.register(site)
    conversation = Conversation.objects.create(site=site, visitor=visitor, first_version=version)
    message = Message.objects.create(
        conversation=conversation,
        author="assistant",
        text="Hi",
        status="failed" if failed else "completed",
        feedback=feedback,
    )
    ReplyTrace.objects.create(
        message=message,
        language_model=written_by or version.display_name,
        first_token_ms=first_token_ms,
        total_ms=first_token_ms + 1000,
        completion_tokens=101,
    )
    if handed_over:
        events.record(conversation, "handoff.requested", {})


@pytest.fixture
def canary(active: LanguageModelVersion, candidate: LanguageModelVersion) -> LanguageModelVersion:
    candidate.start_canary(50)
    return candidate


@pytest.fixture
def told(site: Site) -> WatchSettings:
    return WatchSettings.objects.create(site=site, addresses=["watch@mail.example"], roles=[])


def many(site: Site, version: LanguageModelVersion, count: int = 40, **how: Any) -> None:
    for _number in range(count):
        talk(site, version, **how)


def findings(canary: LanguageModelVersion, active: LanguageModelVersion) -> dict[str, Finding]:
    comparison = compare(canary, active, RolloutSettings.load().least_conversations)
    return {row.name: row.finding for row in comparison.rows}


@pytest.mark.parametrize(
    ("how", "figure"),
    [
        ({"failed": True}, "failed"),
        ({"handed_over": True}, "handed_over"),
        ({"feedback": "down"}, "unhelpful"),
        ({"first_token_ms": 900}, "first_token"),
    ],
)
def test_a_worse_canary_is_taken_back_once_and_people_are_told(
    site: Site,
    active: LanguageModelVersion,
    canary: LanguageModelVersion,
    told: WatchSettings,
    how: dict[str, Any],
    figure: str,
) -> None:
    many(site, active, feedback="up")
    many(site, canary, 20, feedback=how.get("feedback", "up"))
    many(site, canary, 20, **{"feedback": "up", **how})

    expected = figure != "first_token"
    if not expected:
        many(site, canary, 40, **how)
    assert findings(canary, active)[figure] is Finding.WORSE
    assert watching.look()
    assert not watching.look()

    canary.refresh_from_db()
    assert canary.state == "candidate"
    entry = AuditEntry.objects.get(kind="language_model.canary_stopped")
    assert entry.actor_id is None and entry.data["reason"]
    notice = Notice.objects.get()
    assert notice.taken_back["figure"] == figure and notice.taken_back["version"] == "tiny@2"
    letter = telling.as_mail(Dispatch.objects.get(channel="mail"))
    letter.send()
    assert mail.outbox[0].subject == "tiny@2 was taken back" and "active version" in mail.outbox[0].body


def test_a_canary_as_good_as_the_active_version_stays(
    site: Site, active: LanguageModelVersion, canary: LanguageModelVersion
) -> None:
    for version in (active, canary):
        many(site, version, 36, feedback="up")
        many(site, version, 4, feedback="down", failed=True, handed_over=True)
    assert set(findings(canary, active).values()) <= {Finding.NO_DIFFERENCE, Finding.TOO_FEW}
    assert not watching.look()
    assert LanguageModelVersion.objects.canary(ModelKind.LANGUAGE) == canary


def test_a_handful_of_conversations_proves_nothing(
    site: Site, active: LanguageModelVersion, canary: LanguageModelVersion
) -> None:
    many(site, active)
    many(site, canary, 10, failed=True, first_token_ms=9000)
    assert findings(canary, active)["failed"] is Finding.TOO_FEW
    assert not watching.look()


def test_a_real_loss_within_the_margin_is_borne(
    site: Site, active: LanguageModelVersion, canary: LanguageModelVersion
) -> None:
    many(site, active)
    many(site, canary, failed=True)
    RolloutSettings.objects.create(pk=1, failed_margin=100)
    assert findings(canary, active)["failed"] is Finding.WORSE
    assert not watching.look()


def test_an_installation_may_watch_for_itself(
    site: Site, active: LanguageModelVersion, canary: LanguageModelVersion
) -> None:
    many(site, active)
    many(site, canary, failed=True)
    RolloutSettings.objects.create(pk=1, is_watched=False)
    assert not watching.look()


def test_conversations_from_before_the_canary_do_not_count(
    site: Site, active: LanguageModelVersion, canary: LanguageModelVersion
) -> None:
    many(site, active)
    many(site, canary, failed=True)
    LanguageModelVersion.objects.filter(pk=canary.pk).update(canary_since=timezone.now())
    canary.refresh_from_db()
    assert compare(canary, active, 5).conversations == (0, 0)


def test_a_difference_of_medians_has_an_interval_that_holds_it() -> None:
    slow, fast = [300.0 + n % 50 for n in range(100)], [200.0 + n % 50 for n in range(100)]
    gap = difference_of_medians(slow, fast)
    assert gap.low <= gap.value == 100 <= gap.high and gap.low > 50
    assert difference_of_medians(slow, fast) == gap
    with pytest.raises(ValueError):
        difference_of_medians([], fast)


def test_the_page_shows_both_and_takes_the_canary_back(
    client: Client,
    administrator: User,
    site: Site,
    active: LanguageModelVersion,
    canary: LanguageModelVersion,
) -> None:
    many(site, active)
    many(site, canary, failed=True)
    talk(site, canary, written_by="tiny@1")
    client.force_login(administrator)
    page = client.get("/admin/workshop/canary/").content.decode()
    assert "tiny@2" in page and "The canary is worse, and not by chance." in page
    assert "1 answer in its conversations was written by another version" in page

    stop = f"/admin/inference/languagemodelversion/{canary.pk}/canary/stop/"
    client.post(stop, {"reason": "enough seen"})
    canary.refresh_from_db()
    assert canary.state == "candidate"
    assert AuditEntry.objects.get(kind="language_model.canary_stopped").data["reason"] == "enough seen"
    assert "No canary" in client.get("/admin/workshop/canary/").content.decode()


@pytest.mark.parametrize("role", ["owner", "viewer", "stranger"])
def test_people_of_sites_start_and_stop_no_canary(
    client: Client,
    request: Any,
    role: str,
    active: LanguageModelVersion,
    candidate: LanguageModelVersion,
) -> None:
    client.force_login(request.getfixturevalue(role))
    page = f"/admin/inference/languagemodelversion/{candidate.pk}/"
    assert client.post(f"{page}canary/", {"percent": "10", "reason": "x"}).status_code == 403
    candidate.start_canary(10)
    for act in ("canary/stop/", "remove/"):
        assert client.post(f"{page}{act}").status_code == 403
    assert client.post("/admin/inference/languagemodelversion/restart/").status_code == 403
    candidate.refresh_from_db()
    assert candidate.state == "canary"
