"""How operators see what visitors feel, ask why, and correct it."""

import re
from datetime import timedelta

import pytest
from asgiref.sync import sync_to_async
from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts.action_types import action_type_of
from accounts.models import AuditEntry, Site, User
from chatbot.conversations.models import Conversation, Message, MessageSentiment
from chatbot.operators import inbox
from tests.chatbot.conversations.sentiment.scripted_classifier import feel
from tests.chatbot.operators.desk import OperatorClient
from tests.chatbot.operators.talks import talk
from tests.scripted_model import ScriptedModel

pytestmark = pytest.mark.django_db

LIST = "/admin/inbox/"


def felt(site: Site, *texts: str, **changes: object) -> Conversation:
    """Return a conversation in which a visitor who reads English said `texts`, all of them scored."""
    conversation = talk(site, language="en", **{"message_total": 1, **changes})
    for text in texts:
        feel(conversation, text)
    conversation.refresh_from_db()
    return conversation


@pytest.fixture
def conversation(site: Site) -> Conversation:
    return felt(site, "This is great", "This is <b>awful</b>")


@pytest.fixture
def page(client: Client, operator: User, conversation: Conversation):
    client.force_login(operator)
    return lambda part="", **query: client.get(f"{LIST}{conversation.public_id}/{part}", query)


def correction(client: Client, message: Message, label: str):
    path = f"{LIST}{message.conversation.public_id}/sentiment/"
    return client.post(
        path, {"message": message.public_id, "label": label}, headers={"Accept": "application/json"}
    )


# The lists


@pytest.mark.parametrize(
    ("text", "words"), [("awful", "Unhappy"), ("lamp", "Neutral"), ("great", "Happy"), (None, None)]
)
def test_a_row_says_how_the_visitor_feels_in_words_and_signs(client, operator, site, text, words):
    felt(site, *([text] if text else []))
    client.force_login(operator)

    html = client.get(LIST, {"tab": "all", "rows": "1"}).content.decode()

    marks = re.findall(r'class="inbox-mood .*?visually-hidden">(\w+)<', html)
    assert marks == ([words] if words else [])


def test_unhappy_visitors_have_a_list_of_their_own(client, operator, site):
    sad = felt(site, "awful")
    for text in ("lamp", "great"):
        felt(site, text)
    felt(site, "awful", status="closed")
    felt(site)
    client.force_login(operator)

    page = client.get(LIST, {"tab": "unhappy"}).context["page"]

    assert [row.pk for row in page.conversations] == [sad.pk]


def test_a_corrected_visitor_leaves_the_list(client, operator, site):
    sad = felt(site, "awful")
    client.force_login(operator)
    correction(client, sad.messages.get(), "positive")

    assert client.get(LIST, {"tab": "unhappy"}).context["page"].conversations == []


def test_the_list_of_the_unhappy_is_read_from_its_index(site, operator):
    felt(site, "awful")
    rows = inbox.under(inbox.Tab.UNHAPPY, operator).filter(site__in=[site.pk]).order_by("-updated_at", "-pk")
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute("SET LOCAL enable_sort = off")
        plan = rows[:51].explain()

    assert "inbox_unhappy" in plan or connection.vendor == "sqlite" and "inbox_" in plan, plan


# The page of a conversation


def test_each_message_carries_its_label_and_probabilities(page):
    html = page().content.decode()

    for words in ("Negative", "96.0 %", "Positive", "sentiment@1", "+0.95", "−0.95"):
        assert words in html, words


def test_the_course_is_a_picture_with_words_and_a_table(page, conversation):
    html = page().content.decode()

    assert 'aria-label="The mood over 2 messages: from +0.95 to 0.00, on a scale from −1 to +1."' in html
    assert html.count("<circle") == 2
    assert "style=" not in html.partition('id="inbox-mood"')[2].partition("</section>")[0]
    for message in conversation.messages.all():
        assert f'href="#message-{message.public_id}"' in html


def test_a_conversation_without_scores_says_so(client, operator, site):
    client.force_login(operator)

    html = client.get(f"{LIST}{felt(site).public_id}/").content.decode()

    assert "No message of this visitor has a sentiment yet." in html
    assert "<circle" not in html


def test_what_is_less_certain_or_unsure_is_marked(client, operator, site):
    conversation = felt(site, "Das ist nicht mein awful Problem", "hm")
    client.force_login(operator)

    html = client.get(f"{LIST}{conversation.public_id}/").content.decode()

    assert "Negative · less certain" in html
    assert "parley-feels-unsure" in html


def test_news_bring_the_marks_that_are_new_and_no_others(page, conversation):
    old, new = conversation.messages.all()
    MessageSentiment.objects.filter(message=old).update(updated_at=timezone.now() - timedelta(minutes=5))
    felt_at = int(timezone.now().timestamp()) - 60

    html = page("news/", after=conversation.last_seq, felt=felt_at).content.decode()

    assert f'id="feeling-{new.public_id}"' in html
    assert f'id="feeling-{old.public_id}"' not in html


@pytest.mark.parametrize("place", ["x", "-5", "9" * 30])
def test_a_place_that_was_made_up_is_no_error_of_ours(page, place):
    assert page("news/", felt=place).status_code in (200, 404)


def test_the_admins_transcript_shows_the_labels_and_no_forms(client, owner, conversation):
    client.force_login(owner)

    html = client.get(f"/admin/conversations/conversation/{conversation.pk}/change/").content.decode()

    assert "parley-feels-negative" in html and "96.0 %" in html
    assert "data-why" not in html and 'name="label"' not in html


@pytest.mark.django_db(transaction=True)
async def test_an_open_page_and_an_open_list_hear_of_a_score_and_the_visitor_does_not(site, operator):
    conversation = await sync_to_async(talk)(site, "Hello", language="en")
    desk = await (await OperatorClient.of(operator)).open()
    await desk.watch(conversation.public_id)

    await sync_to_async(feel)(conversation, "bad")

    assert {(await desk.next_of("changed", "inbox"))["type"] for _ in range(2)} == {"changed", "inbox"}
    await conversation.arefresh_from_db()
    assert conversation.last_seq == 1
    await desk.close()


# Corrections


@pytest.mark.parametrize("label", ["negative", "neutral", "positive"])
def test_an_operator_corrects_a_label_and_the_trend_follows(client, operator, conversation, label):
    message = conversation.messages.last()
    client.force_login(operator)

    assert correction(client, message, label).json() == {"detail": "Corrected."}

    sentiment = MessageSentiment.objects.get(message=message)
    assert (sentiment.counted_label, sentiment.corrected_by) == (label, operator)
    conversation.refresh_from_db()
    score = {"negative": -1, "neutral": 0, "positive": 1}[label]
    assert conversation.sentiment == pytest.approx(0.95 + 0.5 * (score - 0.95))


def test_a_correction_is_audited_without_the_text_and_only_once(client, operator, conversation):
    message = conversation.messages.last()
    client.force_login(operator)
    for label in ("neutral", "neutral", ""):
        correction(client, message, label)

    first, second = AuditEntry.objects.filter(kind="message.sentiment_corrected").order_by("number")
    assert (first.data["label"], first.data["automatic"]) == ("neutral", False)
    assert (second.data["label"], second.data["automatic"]) == ("negative", True)
    assert "awful" not in str([first.data, second.data])
    assert action_type_of(first.kind).describe(first).endswith("feels: Neutral")


@pytest.mark.parametrize("label", ["unsure", "angry", "NEGATIVE"])
def test_labels_that_are_none_are_refused(client, operator, conversation, label):
    client.force_login(operator)

    assert correction(client, conversation.messages.last(), label).status_code == 400
    assert not MessageSentiment.objects.exclude(corrected_label="").exists()


def test_a_message_without_score_or_of_another_conversation_is_not_corrected(client, operator, site):
    conversation, other = felt(site, "awful"), felt(site, "awful")
    unscored = conversation.messages.create(author="visitor", text="new")
    client.force_login(operator)

    assert correction(client, unscored, "positive").status_code == 404
    path = f"{LIST}{conversation.public_id}/sentiment/"
    client.post(path, {"message": other.messages.get().public_id, "label": "positive"})
    assert not MessageSentiment.objects.exclude(corrected_label="").exists()


@pytest.mark.parametrize(("role", "status"), [("viewer", 403), ("editor", 404), ("stranger", 404)])
def test_whoever_may_not_answer_corrects_nothing(client, request, conversation, role, status):
    client.force_login(request.getfixturevalue(role))

    assert correction(client, conversation.messages.last(), "positive").status_code == status
    assert not MessageSentiment.objects.exclude(corrected_label="").exists()


def test_a_viewer_sees_the_marks_and_no_way_to_correct_them(client, viewer, conversation):
    client.force_login(viewer)

    html = client.get(f"{LIST}{conversation.public_id}/").content.decode()

    assert "parley-feels-negative" in html and "data-why" in html
    assert 'name="label"' not in html


# Why?


def why(conversation: Conversation, **query: str) -> str:
    message = conversation.messages.last()
    asked = "&".join(f"{name}={value}" for name, value in query.items())
    return f"{LIST}{conversation.public_id}/messages/{message.public_id}/why/?{asked}"


async def asked(client: Client, conversation: Conversation, **query: str):
    """Ask why in a thread, as the web process does: the scripted server answers on this loop."""
    return await sync_to_async(lambda: client.get(why(conversation, **query)))()


@pytest.mark.django_db(transaction=True)
async def test_why_marks_the_words_and_shows_numbers_that_add_up(
    client, operator, conversation, model: ScriptedModel
):
    model.classifies = True
    await client.aforce_login(operator)

    html = (await asked(client, conversation, part="1")).content.decode()

    assert '<mark class="inbox-pull-down inbox-pull-3">awful</mark>' in html
    assert "&lt;b&gt;" in html and "<b>" not in html and "<html" not in html
    table = re.findall(r'<th scope="row">(.*?)</th>\s*<td>(.*?)</td>', html)
    assert table[0] == ("awful", "−0.95")
    assert table[-2:] == [("A text without these words", "0.00"), ("Together", "−0.95")]
    assert "is −0.95 by sentiment@1" in html


@pytest.mark.django_db(transaction=True)
async def test_without_a_script_why_is_a_page(client, operator, conversation, model: ScriptedModel):
    model.classifies = True
    await client.aforce_login(operator)

    html = (await asked(client, conversation)).content.decode()

    assert "<html" in html and "inbox-pull-down" in html and f"{LIST}{conversation.public_id}/" in html


@pytest.mark.django_db(transaction=True)
async def test_without_a_classifier_why_says_so(client, operator, conversation, model: ScriptedModel):
    await client.aforce_login(operator)

    response = await asked(client, conversation, part="1")

    assert response.status_code == 503
    assert "No classifier answers just now." in response.content.decode()


@pytest.mark.parametrize("role", ["editor", "stranger"])
def test_whoever_may_not_read_the_conversation_learns_no_reason(client, request, conversation, role):
    client.force_login(request.getfixturevalue(role))

    assert client.get(why(conversation)).status_code == 404


def test_messages_of_another_conversation_are_not_explained(client, operator, conversation, site):
    other = felt(site, "awful")
    client.force_login(operator)
    path = why(conversation).replace(conversation.messages.last().public_id, other.messages.last().public_id)

    assert client.get(path).status_code == 404
