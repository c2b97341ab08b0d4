"""What the page of a conversation shows, to whom, and what is recorded."""

import json

import pytest
from django.test import Client

from accounts.models import AuditEntry, User
from chatbot.conversations import handover
from chatbot.conversations.models import Conversation, ReplyTrace
from chatbot.operators.canned import fill_in
from chatbot.operators.models import CannedReply
from tests.chatbot.operators.talks import say, talk

pytestmark = pytest.mark.django_db

EVIL = "<script>alert(1)</script>"


@pytest.fixture
def conversation(site) -> Conversation:
    return talk(site, "Where is my blue lamp?", "In the post.", language="zh-hans", page_title="Lamps & more")


@pytest.fixture
def page(client: Client, operator, conversation):
    client.force_login(operator)
    return lambda part="", **query: client.get(f"/admin/inbox/{conversation.public_id}/{part}", query)


def test_the_page_shows_what_was_said_and_what_happened(page, conversation, operator, owner):
    ReplyTrace.objects.create(message=conversation.messages.last(), language_model="tiny@7")
    handover.take_over(conversation, owner)
    handover.add_note(conversation, owner, "Paid by card")

    html = page().content.decode()

    for words in ("blue lamp", "In the post", "tiny@7", "took over", "Paid by card", "Lamps &amp; more"):
        assert words in html, words


def test_other_conversations_of_the_visitor_are_linked(page, conversation, site, other_site):
    other = talk(site, "Before that", visitor=conversation.visitor)
    foreign = talk(other_site, "Elsewhere", visitor=conversation.visitor)

    html = page().content.decode()

    assert f"/admin/inbox/{other.public_id}/" in html
    assert foreign.public_id not in html


def test_text_of_visitors_and_models_is_never_html(page, conversation, site):
    say(conversation, "visitor", EVIL)
    say(conversation, "assistant", EVIL)
    Conversation.objects.filter(pk=conversation.pk).update(
        page_url=f"https://x/{EVIL}", page_title=EVIL, contact=EVIL, language="<b>"
    )
    CannedReply.objects.create(site=site, shortcut="evil", text=f"</script>{EVIL}")

    assert EVIL not in page().content.decode()
    assert EVIL not in page("news/", after=0).content.decode()


def test_news_hold_what_came_after_and_nothing_else(page, conversation, operator):
    seq = conversation.last_seq
    say(conversation, "visitor", "Hello again")
    handover.add_note(conversation, operator, "Paid by card")

    html = page("news/", after=seq).content.decode()

    assert "Hello again" in html
    assert "Paid by card" in html
    assert "blue lamp" not in html
    assert f'data-seq="{seq + 1}"' in html


def test_reading_is_recorded_once_an_hour(page, conversation, operator):
    page()
    page()

    entry = AuditEntry.objects.get(kind="conversation.read")
    assert (entry.actor, entry.about_id) == (operator, conversation.public_id)


def test_a_transcript_holds_what_the_visitor_could_read(page, conversation, operator):
    handover.add_note(conversation, operator, "Difficult customer")

    text, data = page("transcript.txt"), json.loads(page("transcript.json").content)

    assert "In the post." in text.content.decode()
    assert "Difficult" not in text.content.decode()
    assert text.headers["Content-Disposition"].startswith("attachment")
    assert [message["text"] for message in data["messages"]] == ["Where is my blue lamp?", "In the post."]
    assert AuditEntry.objects.filter(kind="conversation.exported").count() == 2
    assert page("transcript.exe").status_code == 404


@pytest.mark.parametrize("part", ["", "news/", "transcript.txt", "transcript.json"])
@pytest.mark.parametrize("role", ["editor", "stranger"])
def test_for_others_the_conversation_does_not_exist(client, request, conversation, role, part):
    client.force_login(request.getfixturevalue(role))

    assert client.get(f"/admin/inbox/{conversation.public_id}/{part}").status_code == 404
    assert not AuditEntry.objects.filter(about_id=conversation.public_id).exists()


def test_a_viewer_reads_and_has_nothing_to_do(client, viewer, conversation):
    client.force_login(viewer)

    html = client.get(f"/admin/inbox/{conversation.public_id}/").content.decode()

    assert "blue lamp" in html
    assert "inbox-reply" not in html
    assert "take-over" not in html


def test_variables_of_canned_replies_are_filled_in_and_nothing_is_evaluated():
    values = {"visitor.name": "{{site.name}}", "site.name": "Lumen"}

    assert fill_in("Hi {{visitor.name}} of {{ site.name }}", values) == "Hi {{site.name}} of Lumen"
    assert fill_in("{{site.secret}} {% now %} {{ x }}", values) == "{{site.secret}} {% now %} {{ x }}"


@pytest.mark.parametrize(("first_name", "said"), [("Ada", "Ada here"), ("", "our team here")])
def test_a_canned_reply_never_lacks_a_name(page, conversation, operator, first_name, said):
    User.objects.filter(pk=operator.pk).update(first_name=first_name, last_name="")
    CannedReply.objects.create(site=conversation.site, shortcut="hi", text="{{operator.name}} here")

    assert [reply["text"] for reply in page().context["canned"]] == [said]


@pytest.mark.parametrize(
    ("code", "name"), [("zh-hans", "Simplified Chinese"), ("en", "English"), ("xx-klingon", "xx-klingon")]
)
def test_the_visitors_language_is_named(page, conversation, code, name):
    Conversation.objects.filter(pk=conversation.pk).update(language=code)

    assert f"<dd>{name}</dd>" in page().content.decode()
