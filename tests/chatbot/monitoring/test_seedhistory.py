"""The demo history reads like a real one, says that it is none, and goes as it came."""

from collections import Counter
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from chatbot.analytics.models import DailyFigures
from chatbot.conversations import posting
from chatbot.conversations.models import Conversation, ConversationEvent, HandoffSettings, Message, Visitor
from chatbot.conversations.models.conversations import ConversationQuerySet
from chatbot.knowledge.models import Document, Source
from chatbot.monitoring.demo_history.marking import LABEL
from chatbot.monitoring.demo_history.shape import outage_before
from chatbot.operators.models import Label
from chatbot.prompts.models import PromptVersion
from tests.chatbot.monitoring.demo_data import write_demo_data
from tests.chatbot.operators.talks import talk


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return write_demo_data(tmp_path_factory.mktemp("data"))


def seed(site, data, **options):
    call_command(
        "seedhistory", site=site.public_key, data=data, **{"days": 30, "conversations": 150, **options}
    )


def remove(site):
    call_command("seedhistory", site=site.public_key, remove=True)


def invented(site) -> ConversationQuerySet:
    return Conversation.objects.filter(visitor__in=Visitor.objects.filter(site=site).invented())


@pytest.fixture
def seeded(site, data):
    seed(site, data)
    return site


def test_rows_are_as_the_product_would_have_written_them(seeded):
    conversations = Conversation.objects.filter(site=seeded)
    assert conversations.count() == 150
    for conversation in conversations.prefetch_related("messages", "events"):
        messages, events = list(conversation.messages.all()), list(conversation.events.all())
        assert [event.seq for event in events] == list(range(1, conversation.last_seq + 1))
        assert conversation.message_total == len(messages)
        said = [message for message in messages if message.text]
        assert conversation.newest_line == " ".join(said[-1].text.split())[:200] or len(said[-1].text) > 200
        assert conversation.updated_at == max(event.created_at for event in events)
        assert [message.created_at for message in messages] == sorted(m.created_at for m in messages)
        assert conversation.created_at <= messages[0].created_at
        assert (conversation.status == "closed") == (conversation.closed_at is not None)
        assert conversation.rating is None or conversation.status == "closed"


def test_nothing_lies_ahead_and_nothing_waits_for_the_runner(seeded):
    now = timezone.now()
    assert not ConversationEvent.objects.filter(created_at__gt=now).exists()
    assert not Message.objects.unfinished().exists()
    assert not Conversation.objects.awaiting_reply(now).exists()
    first = Conversation.objects.earliest("created_at").created_at
    assert timedelta(days=20) < now - first < timedelta(days=31)


def test_it_has_all_that_figures_are_made_of(seeded):
    messages = Message.objects.filter(conversation__site=seeded)
    kinds = Counter(messages.values_list("trace__kind", flat=True))
    assert {"curated", "quoted", "checked", "free", "unknown"} <= kinds.keys()
    assert {"up", "down"} <= set(messages.values_list("feedback", flat=True))
    assert messages.filter(author="operator").exists()
    assert messages.filter(status="failed", error="model_unavailable").exists()
    assert len(set(messages.values_list("trace__prompt_version", flat=True)) - {None}) == 2
    models = set(messages.values_list("trace__language_model", flat=True)) - {None, ""}
    assert models == {"demo-history-model@1", "demo-history-model@2"}
    assert {"en", "zh-hans"} == set(Conversation.objects.values_list("language", flat=True))
    returning = Counter(Conversation.objects.values_list("visitor", flat=True)).most_common(1)
    assert returning[0][1] > 1
    assert Conversation.objects.filter(rating__isnull=False).exists()


def test_the_outage_is_on_a_weekday_of_the_sites_clock(site, data):
    HandoffSettings.objects.create(site=site, time_zone="Asia/Tokyo")
    seed(site, data, conversations=600)

    outage = outage_before(timezone.now(), ZoneInfo("Asia/Tokyo"))
    failed = Message.objects.filter(status="failed")
    assert outage.begins.weekday() < 5 and outage.begins.utcoffset() == timedelta(hours=9)
    assert failed.exists()
    assert all(
        outage.begins <= moment < outage.ends + timedelta(hours=1)
        for moment in failed.values_list("created_at", flat=True)
    )


def test_more_is_said_by_day_than_by_night(site, data):
    HandoffSettings.objects.create(site=site, time_zone="America/New_York")
    seed(site, data)

    zone = ZoneInfo("America/New_York")
    hours = Counter(
        moment.astimezone(zone).hour for moment in Conversation.objects.values_list("created_at", flat=True)
    )
    assert sum(hours[hour] for hour in range(9, 17)) > 4 * sum(hours[hour] for hour in range(6))


def test_nobody_takes_it_for_real(seeded, owner):
    browser = Client()
    browser.force_login(owner)
    conversation = Conversation.objects.filter(message_total__gt=2).latest("updated_at")

    inbox = browser.get(f"{reverse('operators:inbox')}?tab=all").text
    page = browser.get(reverse("operators:conversation", args=[conversation.public_id])).text

    assert LABEL in inbox and LABEL in page
    assert "Demo history: this conversation never took place" in page
    assert Label.objects.get(name=LABEL).conversations.count() == 150
    answers = Message.objects.filter(author="assistant", status="completed").exclude(trace__kind="")
    assert all(
        text.startswith(("Demo answer:", "示例回答：")) for text in answers.values_list("text", flat=True)
    )
    assert str(conversation).startswith("demo")


def test_nobody_is_insulted(seeded):
    said = " ".join(Message.objects.values_list("text", flat=True))
    assert "This is the worst." in said
    assert "idiots" not in said and "垃圾" not in said


def test_no_secret_opens_what_never_took_place(seeded):
    visitor = Visitor.objects.filter(site=seeded).invented().first()
    for secret in (visitor.secret_hash, "demo-history:", ""):
        with pytest.raises(Visitor.DoesNotExist):
            Visitor.objects.for_secret(secret, seeded.public_key)


def test_its_documents_and_prompts_answer_nobody(seeded):
    assert PromptVersion.objects.current(seeded).message != LABEL
    documents = Document.objects.filter(site=seeded)
    assert documents.exists()
    assert not documents.filter(passages__isnull=False).exists()
    assert not Source.objects.get(site=seeded).is_enabled


def test_figures_are_counted_at_once(seeded):
    counted = DailyFigures.objects.filter(site=seeded, dimension="all")
    assert sum(counted.values_list("conversations", flat=True)) == 150


def test_the_same_seed_tells_the_same_again(site, other_site, data):
    seed(site, data, seed=3)
    seed(other_site, data, seed=3)

    def texts(of):
        rows = Message.objects.filter(conversation__site=of, author="visitor").order_by("pk")
        return Counter(rows.values_list("text", flat=True))

    first, second = texts(site), texts(other_site)
    # The present moves on by a second, at which the youngest conversations may end differently.
    assert (first & second).total() > 0.95 * first.total()


def test_removing_it_takes_exactly_what_was_invented(site, data):
    visitor, _secret = Visitor.objects.register(site)
    real = talk(site, "Where is my lamp?", "On its way.", visitor=visitor)
    own_label = Label.objects.create(site=site, name="Own")
    prompt = PromptVersion.objects.current(site)
    seed(site, data, force=True)

    remove(site)

    assert list(Conversation.objects.filter(site=site)) == [real]
    assert list(Visitor.objects.filter(site=site)) == [visitor]
    assert list(Label.objects.filter(site=site)) == [own_label]
    assert list(PromptVersion.objects.filter(site=site)) == [prompt]
    assert not Source.objects.filter(site=site).exists()
    counted = DailyFigures.objects.filter(site=site, dimension="all")
    assert sum(counted.values_list("conversations", flat=True)) == 1


def test_removing_it_from_one_site_leaves_it_on_another(site, other_site, data):
    seed(site, data)
    seed(other_site, data)

    remove(site)

    assert (invented(site).count(), invented(other_site).count()) == (0, 150)


def test_a_real_visitor_is_never_counted_as_invented(site):
    for _time in range(20):
        Visitor.objects.register(site)

    assert not Visitor.objects.invented().exists()


def test_it_is_not_mixed_with_real_conversations_unasked(site, data):
    talk(site, "Where is my lamp?")

    with pytest.raises(CommandError, match="real conversations.*--force"):
        seed(site, data)

    assert not invented(site).exists()


def test_an_opened_chat_in_which_nothing_was_said_does_not_count(site, data):
    posting.open_conversation(Visitor.objects.register(site)[0], None)

    seed(site, data)

    assert invented(site).count() == 150


def test_it_is_not_written_twice(seeded, data):
    with pytest.raises(CommandError, match="--remove"):
        seed(seeded, data, force=True)


@pytest.mark.parametrize("missing", ["banking77/train.csv", "vader_gt/hutto_ICWSM_2014.tar.gz"])
def test_a_missing_set_is_named_with_where_it_is_had(missing, site, tmp_path):
    folder = write_demo_data(tmp_path)
    (folder / missing).unlink()

    with pytest.raises(CommandError, match=f"{missing}.*cannot be read.*published by their authors.*--data"):
        seed(site, folder)


def test_a_broken_set_is_an_error_and_writes_nothing(site, tmp_path):
    folder = write_demo_data(tmp_path)
    (folder / "banking77/train.csv").write_text("a,b\n1,2\n")

    with pytest.raises(CommandError, match="not as expected"):
        seed(site, folder)

    assert not Conversation.objects.exists()


@pytest.mark.parametrize("options", [{"days": 0}, {"days": 5000}, {"conversations": 0}])
def test_numbers_out_of_reach_are_refused(options, site, data):
    with pytest.raises(CommandError, match="is from 1 to"):
        seed(site, data, **options)


def test_an_unknown_site_is_named(db, data):
    with pytest.raises(CommandError, match="no site with the public key “nowhere”"):
        call_command("seedhistory", site="nowhere", data=data)


@pytest.mark.parametrize("days", [1, 3])
def test_a_short_history_fits_into_its_days(days, site, data):
    seed(site, data, days=days, conversations=40)

    now = timezone.now()
    assert Conversation.objects.filter(site=site).count() == 40
    assert Conversation.objects.earliest("created_at").created_at > now - timedelta(days=days + 1)
